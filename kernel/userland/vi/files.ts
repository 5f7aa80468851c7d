// Reading and writing the file that is edited.

import { close, open, Open, readFully, writeFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, malloc } from '../lib/malloc';
import { Buffer } from '../lib/buffer';
import { fstat, Stat } from '../lib/stat';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { Errno } from '../lib/errno';
import { isModified, lineAt, lineCount, makeLine, startText } from './lines';
import { fail, moveTo, say, setFileName, setOption, setTop } from './state';

/** Bytes that are written at once. */
const PIECE: usize = 65536;
/** struct sysinfo: free memory in units. */
const FREE: usize = 40;
const UNIT: usize = 104;

const status = changetype<Stat>(memory.data(144, 8));

function freeMemory(): u64 {
  const info = memory.data(128, 8);
  if (syscall(Sys.sysinfo, info) < 0) return u64.MAX_VALUE;
  return load<u64>(info + FREE) * <u64>max<u32>(1, load<u32>(info + UNIT));
}

/** The lines of `size` bytes. */
function split(at: usize, size: usize): List {
  const list = make<List>();
  let start: usize = 0;
  for (let i: usize = 0; i < size; i++) {
    if (load<u8>(at + i) != 10) continue;
    list.append(changetype<usize>(makeLine(at + start, i - start)));
    start = i + 1;
  }
  if (start < size) list.append(changetype<usize>(makeLine(at + start, size - start)));
  return list;
}

/** Makes `path` the file that is edited. A file that is not there is a new one; one that is too large is refused. */
export function loadFile(path: usize): bool {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd == -Errno.NOENT) {
    begin(path, make<List>());
    say('"%s" [new file]', path);
    return true;
  }
  if (fd < 0) {
    fail('%s: %s', path, literal(errorMessage(fd)));
    return false;
  }
  const error = fstat(fd, status);
  const size = <usize>status.size;
  const type = status.mode & 0o170000;
  let problem = '';
  if (error < 0) problem = errorMessage(error);
  else if (type == 0o040000) problem = 'is a directory';
  else if (type != 0o100000) problem = 'is not a file';
  // The text is held twice for a moment, and each line has a cost of its own.
  else if (<u64>size * 3 > freeMemory()) problem = 'too large for the memory there is';
  const room = problem.length ? 0 : malloc(size + 1);
  if (!problem.length && !room) problem = 'too large for the memory there is';
  if (problem.length) {
    close(fd);
    fail('%s: %s', path, literal(problem));
    return false;
  }
  const got = readFully(fd, room, size);
  close(fd);
  if (got < 0) {
    free(room);
    fail('%s: %s', path, literal(errorMessage(got)));
    return false;
  }
  begin(path, split(room, <usize>got));
  const whole = got == 0 || load<u8>(room + <usize>got - 1) == 10;
  free(room);
  const locked = syscall(Sys.access, path, 2) < 0;
  setOption(9, locked ? 1 : 0);
  if (locked) say('"%s" [read only] %d lines, %d bytes', path, lineCount(), got);
  else if (!whole) say('"%s" [no newline at the end] %d lines, %d bytes', path, lineCount(), got);
  else say('"%s" %d lines, %d bytes', path, lineCount(), got);
  return true;
}

function begin(path: usize, list: List): void {
  startText(list);
  setFileName(path);
  setTop(0);
  moveTo(0, 0);
}

/** Writes lines, each with a newline, and brings them to the disk. Bytes written, or negative after a message. */
export function saveLines(path: usize, from: i32, end: i32, append: bool): i64 {
  const flags: u32 = Open.writeOnly | Open.create | (append ? Open.append : Open.truncate);
  const fd = open(path, flags, 0o666);
  if (fd < 0) {
    fail('%s: %s', path, literal(errorMessage(fd)));
    return fd;
  }
  const piece = make<Buffer>();
  piece.clear();
  let total: i64 = 0;
  let error: i64 = 0;
  const empty = !isModified() && lineCount() == 1 && lineAt(0).length == 0 && from == 0;
  for (let r = from; r <= end && error >= 0 && !empty; r++) {
    const line = lineAt(r);
    piece.range(line.at, line.length);
    piece.byte(10);
    total += line.length + 1;
    if (piece.length < PIECE) continue;
    error = writeFully(fd, piece.at, piece.length);
    piece.clear();
  }
  if (error >= 0) error = writeFully(fd, piece.at, piece.length);
  if (error >= 0) {
    const synced = syscall(Sys.fsync, <u64>fd);
    if (synced < 0 && synced != -Errno.INVAL && synced != -Errno.ROFS && synced != -Errno.NOSYS)
      error = synced;
  }
  close(fd);
  if (error < 0) {
    fail('%s: %s; the text is still here', path, literal(errorMessage(error)));
    return error;
  }
  return total;
}
