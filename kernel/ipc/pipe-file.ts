/**
 * Pipes as files: reading, writing, control and readiness, the same for both kinds (POSIX read(), write(); Linux pipe(7)).
 *
 * - Up to PIPE_BUF bytes are written whole or not at all; more may be split among other writers' data.
 * - A sleeping writer is woken once PIPE_BUF bytes have room, a reader as soon as there is something, one at a time: each
 *   hands on what it leaves.
 */
import { File, FileIoctl, FileOps, FilePoll, FileRelease, FileTransfer } from '../fs/file';
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_WRONLY } from '../fs/open-flags';
import {
  EAGAIN,
  EBUSY,
  EFAULT,
  EINTR,
  EINVAL,
  ENOMEM,
  ENOTTY,
  EPERM,
  EPIPE,
  ERESTARTSYS,
} from '../lib/errno';
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../proc/credentials';
import { signalSelf } from '../proc/kill-signal';
import { SIGPIPE } from '../proc/signal-numbers';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { sleepOn, wakeAll, wakeOne } from '../sched/wait-queue';
import { copyToUser } from '../syscall/user-copy';
import {
  PIPE_BUF,
  Pipe,
  pipeCapacity,
  pipeConsume,
  pipeCopyIn,
  pipeCopyOut,
  pipeDestroy,
  pipeEnter,
  pipeHasPage,
  pipeLeave,
  pipeLock,
  pipeReaders,
  pipeRoom,
  pipeSetPages,
  pipeUsed,
  pipeWriters,
} from './pipe';

const FIONREAD: u32 = 0x541b;
/** /proc/sys/fs/pipe-max-size: what an ordinary user may ask for. */
export const PIPE_MAX_SIZE: u64 = 1 << 20;
/** What anybody may. */
const MAX_PRIVILEGED_SIZE: u64 = 1 << 31;
const PAGE: u64 = 4096;

export const pipeOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function pipeOf(file: File): Pipe {
  return changetype<Pipe>(file.data);
}

function reads(file: File): bool {
  return (file.flags & O_ACCMODE) != O_WRONLY;
}

function writes(file: File): bool {
  return (file.flags & O_ACCMODE) != O_RDONLY;
}

/** One more open file with the ends that its flags say. The lock is held. */
export function pipeAttach(pipe: Pipe, file: File): void {
  pipe.users++;
  if (reads(file)) {
    pipe.readerCount++;
    pipe.readerOpens++;
  }
  if (writes(file)) {
    pipe.writerCount++;
    pipe.writerOpens++;
  }
  file.data = changetype<usize>(pipe);
}

/** Undoes pipeAttach; true when that was the last user, who frees the pipe. The lock is held. */
export function pipeDetach(pipe: Pipe, file: File): bool {
  if (reads(file)) pipe.readerCount--;
  if (writes(file)) pipe.writerCount--;
  pipe.users--;
  if (pipe.writerCount == 0 && pipeReaders(pipe).head != 0) wakeAll(pipeReaders(pipe));
  if (pipe.readerCount == 0 && pipeWriters(pipe).head != 0) wakeAll(pipeWriters(pipe));
  return pipe.users == 0;
}

/** (file: File) => void: closes a FIFO's file. Set by fifo.ts, which knows names. */
let fifoForget: u32 = 0;

export function setFifoForget(forget: (file: File) => void): void {
  fifoForget = forget.index;
}

function release(file: File): void {
  const pipe = pipeOf(file);
  if (file.inode.ipc != 0) {
    call_indirect<void>(fifoForget, file);
    return;
  }
  const flags = lockIrqSave(pipeLock(pipe));
  const last = pipeDetach(pipe, file);
  unlockIrqRestore(pipeLock(pipe), flags);
  if (last) pipeDestroy(pipe);
}

/** After any change: whoever can go on is woken, one of a kind. The lock is held. */
function wakeNext(pipe: Pipe): void {
  const used = pipeUsed(pipe);
  if (used != 0 && pipeReaders(pipe).head != 0) wakeOne(pipeReaders(pipe));
  if (pipeWriters(pipe).head != 0 && pipeCapacity(pipe) - used >= PIPE_BUF) wakeOne(pipeWriters(pipe));
}

/** Until there is something to read: bytes, 0 when no writer is left, or a negative errno. The lock is held. */
function awaitData(pipe: Pipe, nonBlocking: bool): i64 {
  while (true) {
    pipeEnter(pipe);
    const used = pipeUsed(pipe);
    if (used != 0 || pipe.writerCount == 0) return <i64>used;
    if (nonBlocking) return -EAGAIN;
    const error = sleepOn(pipeReaders(pipe), pipeLock(pipe));
    if (error != 0) return error == -EINTR ? -ERESTARTSYS : error;
  }
}

/** `buffer` is user or kernel memory. */
function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count == 0) return 0;
  const pipe = pipeOf(file);
  let flags = lockIrqSave(pipeLock(pipe));
  let result = awaitData(pipe, (file.flags & O_NONBLOCK) != 0);
  if (result > 0) {
    const n = min(<usize>result, count);
    const position = pipe.readPosition;
    pipe.busy = 1;
    unlockIrqRestore(pipeLock(pipe), flags);
    const copied = pipeCopyOut(pipe, position, buffer, n);
    flags = lockIrqSave(pipeLock(pipe));
    pipeConsume(pipe, copied);
    pipeLeave(pipe);
    wakeNext(pipe);
    result = copied == 0 ? -EFAULT : <i64>copied;
  }
  unlockIrqRestore(pipeLock(pipe), flags);
  return result;
}

/** As reading, but the bytes stay in the pipe. `buffer` is kernel memory. */
export function pipePeek(file: File, buffer: usize, count: usize, nonBlocking: bool): i64 {
  const pipe = pipeOf(file);
  let flags = lockIrqSave(pipeLock(pipe));
  let result = awaitData(pipe, nonBlocking);
  if (result > 0) {
    const n = min(<usize>result, count);
    const position = pipe.readPosition;
    pipe.busy = 1;
    unlockIrqRestore(pipeLock(pipe), flags);
    pipeCopyOut(pipe, position, buffer, n);
    flags = lockIrqSave(pipeLock(pipe));
    pipeLeave(pipe);
    wakeNext(pipe);
    result = <i64>n;
  }
  unlockIrqRestore(pipeLock(pipe), flags);
  return result;
}

/** Until `wanted` bytes have room: the room, or a negative errno. The lock is held. */
function awaitRoom(pipe: Pipe, wanted: usize, nonBlocking: bool): i64 {
  while (true) {
    pipeEnter(pipe);
    if (pipe.readerCount == 0) return -EPIPE;
    const room = pipeRoom(pipe);
    if (room >= wanted) return <i64>room;
    if (nonBlocking) return -EAGAIN;
    const error = sleepOn(pipeWriters(pipe), pipeLock(pipe));
    if (error != 0) return error == -EINTR ? -ERESTARTSYS : error;
  }
}

/** `buffer` is user or kernel memory. */
function write(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count == 0) return 0;
  const pipe = pipeOf(file);
  const nonBlocking = (file.flags & O_NONBLOCK) != 0;
  const whole = count <= PIPE_BUF ? count : 1;
  let done: usize = 0;
  let error: i64 = 0;
  let flags = lockIrqSave(pipeLock(pipe));
  while (done < count) {
    const room = awaitRoom(pipe, whole, nonBlocking);
    if (room < 0) {
      error = room;
      break;
    }
    const n = min(<usize>room, count - done);
    pipe.busy = 1;
    unlockIrqRestore(pipeLock(pipe), flags);
    const copied = pipeCopyIn(pipe, buffer + done, n);
    flags = lockIrqSave(pipeLock(pipe));
    pipe.writePosition += <u64>copied;
    pipeLeave(pipe);
    wakeNext(pipe);
    done += copied;
    if (copied < n) {
      error = pipeHasPage(pipe) ? -EFAULT : -ENOMEM;
      break;
    }
  }
  unlockIrqRestore(pipeLock(pipe), flags);
  if (done != 0) return <i64>done;
  if (error == -EPIPE) signalSelf(SIGPIPE);
  return error;
}

function poll(file: File, wait: PollWait | null): u32 {
  const pipe = pipeOf(file);
  if (reads(file)) pollRegister(wait, pipeReaders(pipe), POLLIN);
  if (writes(file)) pollRegister(wait, pipeWriters(pipe), POLLOUT);
  const flags = lockIrqSave(pipeLock(pipe));
  let bits: u32 = 0;
  if (reads(file)) {
    if (pipeUsed(pipe) != 0) bits |= POLLIN;
    if (pipe.writerCount == 0 && <u64>pipe.writerOpens != file.offset) bits |= POLLHUP;
  }
  if (writes(file)) {
    if (pipeRoom(pipe) >= PIPE_BUF) bits |= POLLOUT;
    if (pipe.readerCount == 0) bits |= POLLERR;
  }
  unlockIrqRestore(pipeLock(pipe), flags);
  return bits;
}

function ioctl(file: File, request: u32, argument: u64): i64 {
  if (request != FIONREAD) return -ENOTTY;
  const word = kmalloc(4);
  if (word == 0) return -ENOMEM;
  const pipe = pipeOf(file);
  const flags = lockIrqSave(pipeLock(pipe));
  store<u32>(word, <u32>pipeUsed(pipe));
  unlockIrqRestore(pipeLock(pipe), flags);
  const error = copyToUser(argument, word, 4);
  kfree(word);
  return error;
}

/** Whether a file is a pipe or FIFO: then the two functions below may be called. */
export function isPipe(file: File): bool {
  return file.ops == pipeOps;
}

/** fcntl F_GETPIPE_SZ: bytes. */
export function pipeGetSize(file: File): i64 {
  return <i64>pipeCapacity(pipeOf(file));
}

/** fcntl F_SETPIPE_SZ: the new size in bytes, rounded up to a power of two of pages; -EINVAL, -EPERM, -EBUSY, -ENOMEM. */
export function pipeSetSize(file: File, size: u64): i64 {
  if (size > MAX_PRIVILEGED_SIZE) return -EINVAL;
  let bytes = PAGE;
  while (bytes < size) bytes <<= 1;
  const pipe = pipeOf(file);
  if (bytes > PIPE_MAX_SIZE && bytes > <u64>pipeCapacity(pipe) && !isSuperuser(currentCredentials()))
    return -EPERM;
  const slots = kmalloc(<usize>(bytes / PAGE) * 8);
  if (slots == 0) return -ENOMEM;
  const flags = lockIrqSave(pipeLock(pipe));
  pipeEnter(pipe);
  const done = pipeSetPages(pipe, <u32>(bytes / PAGE), slots);
  if (done) wakeNext(pipe);
  unlockIrqRestore(pipeLock(pipe), flags);
  if (done) return <i64>bytes;
  kfree(slots);
  return -EBUSY;
}

export function pipeOpsInit(): void {
  const readFunction: FileTransfer = read;
  pipeOps.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  pipeOps.write = writeFunction.index;
  const ioctlFunction: FileIoctl = ioctl;
  pipeOps.ioctl = ioctlFunction.index;
  const pollFunction: FilePoll = poll;
  pipeOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  pipeOps.release = releaseFunction.index;
  pipeOps.anyMemory = true;
}
