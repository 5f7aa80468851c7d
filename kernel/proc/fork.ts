/**
 * fork(2): a copy of the calling process. Memory is shared copy-on-write, descriptors are shared, the child continues
 * at the same place with 0 as the result.
 */
import { fxsave } from '../arch/x86_64/cpu';
import { FPU_STATE_SIZE } from '../arch/x86_64/fpu';
import { TRAP_FRAME_SIZE, TrapFrame } from '../arch/x86_64/trap-frame';
import { fdTableClone, fdTableDestroy } from '../fs/fd-table';
import { EAGAIN, ENOMEM } from '../lib/errno';
import { spaceDestroy } from '../mm/address-space';
import { spaceWrite } from '../mm/fault';
import { kmalloc } from '../mm/kmalloc';
import { spaceFork } from '../mm/space-fork';
import { currentThread, enqueueNew } from '../sched/scheduler';
import { Credentials, credentialsOf } from './credentials';
import {
  PROCESS_NAME_SIZE,
  Process,
  isNull,
  processAlloc,
  processFree,
  processName,
  processPublish,
  processThread,
} from './process';
import { copySignalActions } from './signal-actions';
import { userFrame, userThreadCreate } from './user-thread';

/**
 * `stack` 0: the child goes on with the parent's stack pointer. Its number is stored at `childTid` in its own memory when
 * that is not 0. Returns the child's number, -EAGAIN when there are too many processes, or -ENOMEM.
 */
export function processFork(parent: Process, frame: TrapFrame, stack: u64, childTid: u64): i64 {
  const child = processAlloc(0);
  if (isNull(child)) return -EAGAIN;
  if (!copyParts(parent, child)) {
    if (child.files != 0) fdTableDestroy(child.files);
    if (changetype<usize>(child.space) != 0) spaceDestroy(child.space);
    processFree(child);
    return -ENOMEM;
  }
  const mine = currentThread();
  const thread = processThread(child);
  fxsave(mine.fpuState);
  memory.copy(thread.fpuState, mine.fpuState, FPU_STATE_SIZE);
  thread.fsBase = mine.fsBase;
  thread.gsBase = mine.gsBase;
  memory.copy(changetype<usize>(userFrame(thread)), changetype<usize>(frame), TRAP_FRAME_SIZE);
  userFrame(thread).rax = 0;
  if (stack != 0) userFrame(thread).rsp = stack;
  if (childTid != 0)
    spaceWrite(child.space, childTid, changetype<usize>(child) + offsetof<Process>('pid'), 4);
  const pid = child.pid;
  processPublish(child, parent);
  enqueueNew(thread);
  return pid;
}

/** All that needs memory; false when there is none (what was made is left in `child`). */
function copyParts(parent: Process, child: Process): bool {
  child.pgid = parent.pgid;
  child.sid = parent.sid;
  child.tty = parent.tty;
  child.umask = parent.umask;
  memory.copy(
    changetype<usize>(credentialsOf(child)),
    changetype<usize>(credentialsOf(parent)),
    offsetof<Credentials>(),
  );
  child.blockedSignals = parent.blockedSignals;
  child.ignoredSignals = parent.ignoredSignals;
  child.argumentsStart = parent.argumentsStart;
  child.argumentsEnd = parent.argumentsEnd;
  memory.copy(processName(child), processName(parent), PROCESS_NAME_SIZE);
  child.cwd = copyString(parent.cwd);
  if (child.cwd == 0 || !copySignalActions(parent, child)) return false;
  child.space = spaceFork(parent.space);
  if (changetype<usize>(child.space) == 0) return false;
  child.files = fdTableClone(parent.files);
  if (child.files == 0) return false;
  return changetype<usize>(userThreadCreate(child)) != 0;
}

/** Null-terminated copy from kmalloc; 0 when out of memory. */
export function copyString(text: usize): usize {
  let length: usize = 0;
  while (load<u8>(text + length) != 0) length++;
  const copy = kmalloc(length + 1);
  if (copy != 0) memory.copy(copy, text, length + 1);
  return copy;
}
