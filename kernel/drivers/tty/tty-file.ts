/**
 * Terminals as open files: what read(), write(), ioctl() and poll() do on any of them. File.data is the Tty, File.offset
 * (terminals have no position) its generation at the time of the open: a hang-up makes the file a dead one.
 */
import { File, FileIoctl, FileOps, FilePoll, FileRelease, FileTransfer } from '../../fs/file';
import { O_NOCTTY, O_NONBLOCK } from '../../fs/open-flags';
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from '../../lib/poll-bits';
import { PollWait, pollRegister } from '../../sched/poll-wait';
import { ttyAcquire } from './job-control';
import { Tty } from './tty';
import { ttyRead, ttyReadable, ttyWritable, ttyWrite } from './tty-io';
import { ttyClosed, ttyIoctl, ttyOpened } from './tty-ioctl';

export function ttyOfFile(file: File): Tty {
  return changetype<Tty>(file.data);
}

function isNonBlocking(file: File): bool {
  return (file.flags & O_NONBLOCK) != 0;
}

export function ttyFileRead(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return ttyRead(ttyOfFile(file), buffer, count, isNonBlocking(file), <u32>file.offset);
}

export function ttyFileWrite(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return ttyWrite(ttyOfFile(file), buffer, count, isNonBlocking(file), <u32>file.offset);
}

export function ttyFileIoctl(file: File, request: u32, argument: u64): i64 {
  return ttyIoctl(ttyOfFile(file), request, argument, <u32>file.offset);
}

export function ttyFilePoll(file: File, wait: PollWait | null): u32 {
  const tty = ttyOfFile(file);
  pollRegister(wait, tty.readers, POLLIN);
  pollRegister(wait, tty.writers, POLLOUT);
  if (tty.generation != <u32>file.offset) return POLLIN | POLLOUT | POLLERR | POLLHUP;
  return (ttyReadable(tty) ? POLLIN : 0) | (ttyWritable(tty) ? POLLOUT : 0);
}

export function ttyFileRelease(file: File): void {
  if (file.data != 0) ttyClosed(ttyOfFile(file));
}

/** Opens `tty` as `file`. A session leader without a terminal gets this one, unless it says O_NOCTTY. */
export function ttyFileOpen(tty: Tty, file: File): i32 {
  const error = ttyOpened(tty);
  if (error != 0) return error;
  file.data = changetype<usize>(tty);
  file.offset = tty.generation;
  if (!(file.flags & O_NOCTTY)) ttyAcquire(tty);
  return 0;
}

/** Fills a table of operations with those above. */
export function ttyFileOps(o: FileOps): void {
  const readFunction: FileTransfer = ttyFileRead;
  o.read = readFunction.index;
  const writeFunction: FileTransfer = ttyFileWrite;
  o.write = writeFunction.index;
  const ioctlFunction: FileIoctl = ttyFileIoctl;
  o.ioctl = ioctlFunction.index;
  const pollFunction: FilePoll = ttyFilePoll;
  o.poll = pollFunction.index;
  const releaseFunction: FileRelease = ttyFileRelease;
  o.release = releaseFunction.index;
}
