// Redirections. Source: POSIX 2.7.
//
// Rules: a shell that changes its own descriptors for one command passes a list, and gives it to restore() afterwards.
// In a child, and for `exec`, the changes stay: pass null.

import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { close, dup2, fcntl, Fcntl, open, Open } from '../lib/file';
import { freeList, List } from '../lib/list';
import { free } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { reportError } from '../lib/report';
import { stdout } from '../lib/stream';
import { Redirection } from './ast';
import { expandToOne } from './expand';
import { Token } from './token';

/** Descriptors that the shell keeps for itself start here. */
const FIRST_OWN: u64 = 10;
/** In a list of saved descriptors: there was none. */
const WAS_CLOSED: usize = 0xffff;

/** Makes the changes; false after a message, with the list holding what had been changed by then. */
export function redirect(first: Redirection | null, saved: List | null): bool {
  stdout.flush();
  let each = first;
  while (each) {
    const word = expandToOne(each.word);
    if (!word) return false;
    const done = change(each, word, saved);
    free(word);
    if (!done) return false;
    each = each.next;
  }
  return true;
}

/** Puts back what redirect() changed, and frees the list's contents. */
export function restore(saved: List): void {
  stdout.flush();
  for (let i = saved.length - 2; i >= 0; i -= 2) {
    const fd = <i32>saved.get(i);
    const copy = saved.get(i + 1);
    if (copy == WAS_CLOSED) close(fd);
    else {
      dup2(<i32>copy, fd);
      close(<i32>copy);
    }
  }
  freeList(saved);
}

function change(each: Redirection, word: usize, saved: List | null): bool {
  let source: i32;
  const duplicates = each.operator == Token.lessAnd || each.operator == Token.greatAnd;
  if (duplicates) {
    if (bytesAre(word, '-')) {
      save(each.fd, saved);
      close(each.fd);
      return true;
    }
    source = parseDigits(word, 10) && parsed() < 1024 ? <i32>parsed() : -Errno.BADF;
  } else source = open(word, flagsOf(each.operator));
  if (source < 0) {
    reportError(word, source);
    return false;
  }
  save(each.fd, saved);
  if (source == each.fd) return true;
  const error = dup2(source, each.fd);
  if (!duplicates) close(source);
  if (error < 0) reportError(word, error);
  return error >= 0;
}

function flagsOf(operator: i32): u32 {
  switch (operator) {
    case Token.less:
      return Open.readOnly;
    case Token.lessGreat:
      return Open.readWrite | Open.create;
    case Token.doubleGreat:
      return Open.writeOnly | Open.create | Open.append;
    default:
      return Open.writeOnly | Open.create | Open.truncate;
  }
}

function save(fd: i32, saved: List | null): void {
  if (!saved) return;
  const copy = fcntl(fd, Fcntl.duplicateCloseOnExec, FIRST_OWN);
  const kept = saved.append(<usize>fd) && saved.append(copy < 0 ? WAS_CLOSED : <usize>copy);
  assert(kept, 'out of memory');
}
