// Compressed archives: gzip, bzip2 or xz runs as a program of its own between tar and the archive, joined by a pipe.
//
// Rules: throughFilter() takes the archive's descriptor and answers the one that tar uses instead; endFilter() is called
// when tar is done with that. Errors are reported here. Source: the magic numbers of RFC 1952 and of the bzip2 and xz files.

import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { close, dup2, lseek, pipe, read, readAt, Seek } from '../lib/file';
import { byteLength, bytesAre } from '../lib/bytes';
import { literal } from '../lib/literal';
import { execSearch, fork, waitpid } from '../lib/process';
import { message, reportError } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { exited, exitStatus } from '../lib/wait-status';

export const enum Compression {
  none,
  gzip,
  bzip2,
  xz,
}

const MAGIC_BYTES: usize = 6;
let child: i32 = 0;
let used: Compression = Compression.none;

function programOf(compression: Compression): usize {
  if (compression == Compression.gzip) return literal('gzip');
  return compression == Compression.bzip2 ? literal('bzip2') : literal('xz');
}

function endsWith(path: usize, ending: string): bool {
  const length = byteLength(path);
  const size = <usize>ending.length;
  return length >= size && bytesAre(path + length - size, ending);
}

/** What the ending of an archive's name promises. */
export function compressionOfName(path: usize): Compression {
  if (endsWith(path, '.gz') || endsWith(path, '.tgz')) return Compression.gzip;
  if (endsWith(path, '.bz2') || endsWith(path, '.tbz2') || endsWith(path, '.tbz')) return Compression.bzip2;
  return endsWith(path, '.xz') || endsWith(path, '.txz') ? Compression.xz : Compression.none;
}

/** What an archive begins with; none for one that cannot be read twice, as from a pipe. */
export function compressionOf(fd: i32): Compression {
  const start = memory.data(8, 8);
  const at = lseek(fd, 0, Seek.current);
  if (at < 0 || readAt(fd, start, MAGIC_BYTES, at) != <i64>MAGIC_BYTES) return Compression.none;
  if (load<u16>(start) == 0x8b1f) return Compression.gzip;
  if (load<u16>(start) == 0x5a42 && load<u8>(start, 2) == 0x68) return Compression.bzip2;
  return load<u32>(start) == 0x587a37fd && load<u16>(start, 4) == 0x005a ? Compression.xz : Compression.none;
}

/** Replaces the process by the program, from its standard input to its standard output. */
function become(compression: Compression, writing: bool): void {
  const words = memory.data(24, 8);
  const name = programOf(compression);
  store<usize>(words, name);
  store<usize>(words, writing ? literal('-c') : literal('-dc'), 8);
  store<usize>(words, 0, 16);
  reportError(name, execSearch(name, words));
  exitNow(127);
}

/** The descriptor that tar reads from or writes to in place of `fd`, which is closed; negative after a report. */
export function throughFilter(fd: i32, compression: Compression, writing: bool): i32 {
  if (compression == Compression.none) return fd;
  const ends = memory.data(8, 4);
  const made = pipe(ends);
  child = made < 0 ? made : fork();
  if (child < 0) {
    reportError(programOf(compression), child);
    return child;
  }
  const ours = load<i32>(ends + (writing ? 4 : 0));
  const theirs = load<i32>(ends + (writing ? 0 : 4));
  if (!child) {
    dup2(fd, writing ? 1 : 0);
    dup2(theirs, writing ? 0 : 1);
    if (fd > 2) close(fd);
    close(ours);
    close(theirs);
    become(compression, writing);
  }
  used = compression;
  setDisposition(Signal.PIPE, Disposition.ignore);
  close(theirs);
  close(fd);
  return ours;
}

/** Whether the archive goes through another program: that one says why it ended, not the broken pipe. */
export function isFiltered(): bool {
  return used != Compression.none;
}

/** Reads what follows the archive, closes `fd` and waits for the program: whether it ended well. True without one. */
export function endFilter(fd: i32, writing: bool): bool {
  if (used == Compression.none) return true;
  const room = memory.data(4096);
  let got: i64 = writing ? 0 : 1;
  while (got > 0 || got == -Errno.INTR) got = read(fd, room, 4096);
  close(fd);
  const status = memory.data(4, 4);
  let ended: i32;
  do ended = waitpid(child, status, 0);
  while (ended == -Errno.INTR);
  if (ended == child && exited(load<i32>(status)) && !exitStatus(load<i32>(status))) return true;
  message().bytes(programOf(used)).text(' failed').newline();
  return false;
}
