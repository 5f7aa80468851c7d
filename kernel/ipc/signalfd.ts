/**
 * Signals read from a descriptor (Linux signalfd(2)): those of a set that are pending for whoever reads.
 */
import { File, FileOps, FilePoll, FileRelease, FileTransfer } from '../fs/file';
import { O_NONBLOCK } from '../fs/open-flags';
import { EAGAIN, EINTR, EINVAL, ERESTARTSYS } from '../lib/errno';
import { POLLIN } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { currentProcess, processLock, signalWaitQueue } from '../proc/process';
import { SI_TIMER, SignalInfo } from '../proc/signal-info';
import { pendingSignalsOf, takeSignal } from '../proc/signal-mask';
import { SIGCHLD } from '../proc/signal-numbers';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { sleepOn, wakeAll } from '../sched/wait-queue';

/** struct signalfd_siginfo. */
const RECORD_SIZE: usize = 128;

const enum Record {
  Signal = 0,
  Errno = 4,
  Code = 8,
  Pid = 12,
  Uid = 16,
  Timer = 24,
  Overrun = 32,
  Status = 40,
  Int = 44,
  Pointer = 48,
  UserTime = 56,
  SystemTime = 64,
}

@unmanaged
class SignalFd {
  mask: u64;
}

export const signalFdOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** The state of a new descriptor; 0 when out of memory. */
export function signalFdCreate(mask: u64): usize {
  const state = alloc<SignalFd>();
  if (changetype<usize>(state) == 0) return 0;
  state.mask = mask;
  return changetype<usize>(state);
}

export function isSignalFd(file: File): bool {
  return file.ops == signalFdOps;
}

export function signalFdSetMask(file: File, mask: u64): void {
  changetype<SignalFd>(file.data).mask = mask;
  wakeAll(signalWaitQueue(currentProcess()));
}

function fill(at: usize, info: SignalInfo): void {
  memory.fill(at, 0, RECORD_SIZE);
  store<i32>(at, info.signal, Record.Signal);
  store<i32>(at, info.errno, Record.Errno);
  store<i32>(at, info.code, Record.Code);
  if (info.code == SI_TIMER) {
    store<i32>(at, info.pid, Record.Timer);
    store<u32>(at, info.uid, Record.Overrun);
  } else {
    store<i32>(at, info.pid, Record.Pid);
    store<u32>(at, info.uid, Record.Uid);
  }
  if (info.signal == SIGCHLD && info.code > 0) {
    store<i32>(at, <i32>info.value, Record.Status);
    store<u64>(at, info.userTime, Record.UserTime);
    store<u64>(at, info.systemTime, Record.SystemTime);
  } else {
    store<i32>(at, <i32>info.value, Record.Int);
    store<u64>(at, info.value, Record.Pointer);
  }
}

/** Until one of the set is pending: 0 or a negative errno. */
function awaitSignal(mask: u64, nonBlocking: bool): i32 {
  let error: i32 = 0;
  const flags = lockIrqSave(processLock());
  while (pendingSignalsOf(mask) == 0 && error == 0) {
    error = nonBlocking ? -EAGAIN : sleepOn(signalWaitQueue(currentProcess()), processLock());
  }
  if (pendingSignalsOf(mask) != 0) error = 0;
  unlockIrqRestore(processLock(), flags);
  return error == -EINTR ? -ERESTARTSYS : error;
}

function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count < RECORD_SIZE) return -EINVAL;
  const info = alloc<SignalInfo>();
  if (changetype<usize>(info) == 0) return -EAGAIN;
  const mask = changetype<SignalFd>(file.data).mask;
  let done: usize = 0;
  let error: i32 = 0;
  while (count - done >= RECORD_SIZE) {
    if (takeSignal(mask, info) != 0) {
      fill(buffer + done, info);
      done += RECORD_SIZE;
      continue;
    }
    if (done != 0) break;
    error = awaitSignal(mask, (file.flags & O_NONBLOCK) != 0);
    if (error != 0) break;
  }
  kfree(changetype<usize>(info));
  return done != 0 ? <i64>done : error;
}

function poll(file: File, wait: PollWait | null): u32 {
  pollRegister(wait, signalWaitQueue(currentProcess()), POLLIN);
  return pendingSignalsOf(changetype<SignalFd>(file.data).mask) != 0 ? POLLIN : 0;
}

function release(file: File): void {
  kfree(file.data);
}

export function signalFdInit(): void {
  const readFunction: FileTransfer = read;
  signalFdOps.read = readFunction.index;
  const pollFunction: FilePoll = poll;
  signalFdOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  signalFdOps.release = releaseFunction.index;
}
