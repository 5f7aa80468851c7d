/**
 * Descriptors of processes (pidfd_open(2)): they stay with the process that they were opened for, however its number is
 * used later, and are readable once it has ended.
 *
 * A process has one PidHandle at most, made with its first descriptor. It lives as long as the process or a descriptor
 * does; processLock guards its fields.
 */
import { File, FileOps, FilePoll, FileRelease } from '../fs/file';
import { POLLIN } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { WaitQueue, wakeAll } from '../sched/wait-queue';
import { PROCESS_ZOMBIE, Process, isNull, processFindLocked, processLock } from './process';

@unmanaged
export class PidHandle {
  /** The Process; 0 once it has been waited for. */
  process: usize;
  /** Open files. */
  users: u32;
  padding: u32;
  queue0: u64;
  queue1: u64;
  queue2: u64;
}

export const pidFdOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function queueOf(h: PidHandle): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(h) + offsetof<PidHandle>('queue0'));
}

/** The handle of the process with this number, with one user more; 0: no such process; 1: out of memory. */
export function pidHandleTake(pid: i32): usize {
  const fresh = alloc<PidHandle>();
  if (changetype<usize>(fresh) == 0) return 1;
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  let handle: usize = 0;
  if (!isNull(p)) {
    if (p.pidHandle == 0) {
      fresh.process = changetype<usize>(p);
      p.pidHandle = changetype<usize>(fresh);
    }
    handle = p.pidHandle;
    changetype<PidHandle>(handle).users++;
  }
  unlockIrqRestore(processLock(), flags);
  if (handle != changetype<usize>(fresh)) kfree(changetype<usize>(fresh));
  return handle;
}

export function isPidFd(file: File): bool {
  return file.ops == pidFdOps;
}

/** The caller holds processLock. Null when the process has been waited for. */
export function pidFdProcessLocked(file: File): Process {
  return changetype<Process>(changetype<PidHandle>(file.data).process);
}

/** The process has ended: its descriptors become readable. The caller holds processLock. */
export function pidHandleEndedLocked(p: Process): void {
  if (p.pidHandle != 0) wakeAll(queueOf(changetype<PidHandle>(p.pidHandle)));
}

/** The process has left the table: the descriptors that are open refer to nobody. */
export function pidHandleForget(p: Process): void {
  if (p.pidHandle == 0) return;
  const flags = lockIrqSave(processLock());
  const h = changetype<PidHandle>(p.pidHandle);
  p.pidHandle = 0;
  h.process = 0;
  const unused = h.users == 0;
  unlockIrqRestore(processLock(), flags);
  if (unused) kfree(changetype<usize>(h));
}

function poll(file: File, wait: PollWait | null): u32 {
  const h = changetype<PidHandle>(file.data);
  pollRegister(wait, queueOf(h), POLLIN);
  const flags = lockIrqSave(processLock());
  const ended = h.process == 0 || changetype<Process>(h.process).state == PROCESS_ZOMBIE;
  unlockIrqRestore(processLock(), flags);
  return ended ? POLLIN : 0;
}

function release(file: File): void {
  pidHandleDrop(file.data);
}

/** One descriptor less. */
export function pidHandleDrop(handle: usize): void {
  const flags = lockIrqSave(processLock());
  const h = changetype<PidHandle>(handle);
  const unused = --h.users == 0 && h.process == 0;
  unlockIrqRestore(processLock(), flags);
  if (unused) kfree(handle);
}

export function pidFdInit(): void {
  const pollFunction: FilePoll = poll;
  pidFdOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  pidFdOps.release = releaseFunction.index;
}
