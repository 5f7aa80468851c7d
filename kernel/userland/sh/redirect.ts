// Redirections. Source: POSIX 2.7.
//
// Rules: a shell that changes its own descriptors for one command passes a list, and gives it to restore() afterwards.
// In a child, and for `exec`, the changes stay: pass null.

import { byteLength, bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { close, dup2, fcntl, Fcntl, open, Open, pipe, writeFully } from '../lib/file';
import { freeList, List } from '../lib/list';
import { parseDigits, parsed } from '../lib/number';
import { fork } from '../lib/process';
import { FileType, fstat, Stat, stat } from '../lib/stat';
import { errorMessage } from '../lib/strerror';
import { stdout } from '../lib/stream';
import { Redirection } from './ast';
import { shellErrno, shellMessage } from './error';
import { expandToOne } from './expand';
import { Token } from './token';
import { Option, option } from './state';

/** Descriptors that the shell keeps for itself start here. */
const FIRST_OWN: u64 = 10;
/** In a list of saved descriptors: there was none. */
const WAS_CLOSED: usize = 0xffffff;
/** A here-document up to this size is written into its pipe at once; a child writes a longer one. */
const PIPE_ROOM: usize = 4096;

/** Makes the changes; false after a message, with the list holding what had been changed by then. */
export function redirect(first: Redirection | null, saved: List | null): bool {
  if (!first) return true;
  stdout.flush();
  let each: Redirection | null = first;
  while (each) {
    const word = expandToOne(each.word);
    if (!word || !change(each, word, saved)) return false;
    each = each.next;
  }
  return true;
}

/** Puts back what redirect() changed, and empties the list. */
export function restore(saved: List): void {
  if (!saved.length) return;
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

/** For `exec`: the changes stay, the copies go. */
export function keepChanges(saved: List): void {
  for (let i = saved.length - 2; i >= 0; i -= 2)
    if (saved.get(i + 1) != WAS_CLOSED) close(<i32>saved.get(i + 1));
  freeList(saved);
}

function change(each: Redirection, word: usize, saved: List | null): bool {
  const duplicates = each.operator == Token.lessAnd || each.operator == Token.greatAnd;
  if (duplicates && bytesAre(word, '-')) {
    save(each.fd, saved);
    close(each.fd);
    return true;
  }
  let source: i32;
  if (duplicates) {
    if (!parseDigits(word, 10)) {
      shellMessage().bytes(word).text(': bad file descriptor number').newline();
      return false;
    }
    source = parsed() < 100000 && !isOwn(<i32>parsed()) ? <i32>parsed() : -Errno.BADF;
    if (source >= 0 && fcntl(source, Fcntl.getFlags, 0) < 0) source = -Errno.BADF;
  } else if (each.operator == Token.doubleLess || each.operator == Token.doubleLessDash)
    source = document(word);
  else source = openFile(each.operator, word);
  if (source < 0) {
    if (source == -Errno.EXIST) shellErrno(word, -Errno.EXIST);
    else if (
      each.operator == Token.great ||
      each.operator == Token.clobber ||
      each.operator == Token.doubleGreat
    ) {
      shellMessage().text('cannot create ').bytes(word).text(': ').text(errorMessage(source)).newline();
    } else if (duplicates) shellErrno(word, source);
    else shellMessage().text('cannot open ').bytes(word).text(': ').text(errorMessage(source)).newline();
    return false;
  }
  if (source == each.fd) {
    // open() found the descriptor free: there was nothing to save.
    if (!duplicates && saved) remember(each.fd, WAS_CLOSED, saved);
    return true;
  }
  save(each.fd, saved);
  const error = dup2(source, each.fd);
  if (!duplicates) close(source);
  if (error < 0) shellErrno(word, error);
  return error >= 0;
}

/** Whether the descriptor is one that the shell keeps for itself: those close on exec. */
function isOwn(fd: i32): bool {
  return fd >= <i32>FIRST_OWN && (fcntl(fd, Fcntl.getFlags, 0) & 1) == 1;
}

function openFile(operator: i32, path: usize): i32 {
  switch (operator) {
    case Token.less:
      return open(path, Open.readOnly);
    case Token.lessGreat:
      return open(path, Open.readWrite | Open.create);
    case Token.doubleGreat:
      return open(path, Open.writeOnly | Open.create | Open.append);
    case Token.great:
      if (option(Option.noclobber)) return openNew(path);
      return open(path, Open.writeOnly | Open.create | Open.truncate);
    default:
      return open(path, Open.writeOnly | Open.create | Open.truncate);
  }
}

/** `set -C`: a regular file must not exist yet. */
function openNew(path: usize): i32 {
  const found = changetype<Stat>(memory.data(144, 8));
  if (stat(path, found) < 0) return open(path, Open.writeOnly | Open.create | Open.exclusive);
  if ((found.mode & FileType.mask) == FileType.regular) return -Errno.EXIST;
  const fd = open(path, Open.writeOnly);
  if (fd < 0) return fd;
  if (fstat(fd, found) == 0 && (found.mode & FileType.mask) == FileType.regular) {
    close(fd);
    return -Errno.EXIST;
  }
  return fd;
}

/** A descriptor from which the text can be read. */
function document(text: usize): i32 {
  const ends = memory.data(8, 4);
  const size = byteLength(text);
  const error = pipe(ends);
  if (error < 0) return error;
  const readEnd = load<i32>(ends);
  const writeEnd = load<i32>(ends, 4);
  if (size <= PIPE_ROOM) writeFully(writeEnd, text, size);
  else {
    const pid = fork();
    if (pid == 0) {
      close(readEnd);
      writeFully(writeEnd, text, size);
      exitNow(0);
    }
  }
  close(writeEnd);
  return readEnd;
}

function remember(fd: i32, copy: usize, saved: List): void {
  assert(saved.append(<usize>fd) && saved.append(copy), 'out of memory');
}

function save(fd: i32, saved: List | null): void {
  if (!saved) return;
  const copy = fcntl(fd, Fcntl.duplicateCloseOnExec, FIRST_OWN);
  remember(fd, copy < 0 ? WAS_CLOSED : <usize>copy, saved);
}
