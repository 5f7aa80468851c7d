// What find does with a file: -print, -exec, -delete and the like. Source: POSIX find.

import { argument } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { byteLength, bytesAre, duplicateBytes } from '../lib/bytes';
import { exitNow } from '../lib/exit';
import { List } from '../lib/list';
import { free, make, mustAllocate } from '../lib/malloc';
import { execSearch, fork, waitpid } from '../lib/process';
import { message, reportError } from '../lib/report';
import { nextLine, openReader, Reader } from '../lib/reader';
import { FileType, Stat } from '../lib/stat';
import { stderr, stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { Expression } from './expression';

/** Bytes of operands that one command gets at most with -exec … +. */
const BATCH_BYTES: usize = 65536;

/** The operands that -exec … + has gathered; one list for each expression. */
@unmanaged
@final
class Batch {
  next: Batch | null;
  expression: Expression;
  words: List;
  bytes: usize;
}

let batches: Batch | null = null;
let allSucceeded = true;

/** Runs a command and waits; true when it ended with 0. */
function run(words: List): bool {
  stdout.flush();
  const pid = fork();
  if (pid == 0) {
    const error = execSearch(words.get(0), words.values);
    reportError(words.get(0), error);
    exitNow(127);
  }
  if (pid < 0) {
    message().text('cannot fork').newline();
    return false;
  }
  const status = memory.data(4, 4);
  waitpid(pid, status, 0);
  return load<i32>(status) == 0;
}

/** The word with each {} replaced by the path; the caller frees it. */
function filled(word: usize, path: usize): usize {
  const text = make<Buffer>();
  text.clear();
  for (; load<u8>(word); word++) {
    if (load<u16>(word) == 0x7d7b) {
      text.bytes(path);
      word++;
    } else text.byte(load<u8>(word));
  }
  const at = text.at;
  free(changetype<usize>(text));
  return at;
}

export function executeOne(expression: Expression, path: usize): bool {
  const words = make<List>();
  for (let i = 0; i < expression.count; i++) {
    assert(words.append(filled(argument(expression.first + i), path)), 'out of memory');
  }
  const good = run(words);
  for (let i = 0; i < words.length; i++) free(words.get(i));
  free(words.values);
  free(changetype<usize>(words));
  return good;
}

let answers: Reader | null = null;

/** -ok: as -exec, when the answer begins with y. */
export function askAndExecute(expression: Expression, path: usize): bool {
  stdout.flush();
  stderr.text('< ').bytes(argument(expression.first)).text(' ... ').bytes(path).text(' > ? ').flush();
  if (!answers) answers = openReader(0);
  const from = answers;
  const line = from ? nextLine(from) : 0;
  if (!line || (load<u8>(line) | 0x20) != 0x79) return false;
  return executeOne(expression, path);
}

export function gather(expression: Expression, path: usize): void {
  let batch = batches;
  while (batch && batch.expression != expression) batch = batch.next;
  if (!batch) {
    batch = make<Batch>();
    batch.next = batches;
    batch.expression = expression;
    batch.words = make<List>();
    batches = batch;
  }
  const size = byteLength(path) + 9;
  if (batch.words.length && batch.bytes + size > BATCH_BYTES) runBatch(batch);
  if (!batch.words.length) {
    for (let i = 0; i < expression.count; i++)
      assert(batch.words.append(argument(expression.first + i)), 'out of memory');
  }
  assert(batch.words.append(mustAllocate(duplicateBytes(path))), 'out of memory');
  batch.bytes += size;
}

function runBatch(batch: Batch): void {
  if (!run(batch.words)) allSucceeded = false;
  for (let i = batch.expression.count; i < batch.words.length; i++) free(batch.words.get(i));
  batch.words.length = 0;
  batch.bytes = 0;
}

/** Runs what -exec … + has gathered; whether all its commands ended with 0. */
export function finishCommands(): bool {
  let batch = batches;
  while (batch) {
    if (batch.words.length) runBatch(batch);
    batch = batch.next;
  }
  return allSucceeded;
}

export function removeFile(path: usize, what: Stat): bool {
  if (bytesAre(path, '.') || bytesAre(path, '..')) return true;
  const isDirectory = (what.mode & FileType.mask) == FileType.directory;
  const error = syscall(isDirectory ? Sys.rmdir : Sys.unlink, path);
  if (error < 0) message().text('cannot delete ').bytes(path).newline();
  return error >= 0;
}
