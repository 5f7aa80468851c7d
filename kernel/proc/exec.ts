/**
 * execve(2), and the first processes that the kernel itself starts.
 *
 * The point of no return comes after everything was loaded and checked: a failing exec leaves the caller untouched.
 */
import { fxrstor, restoreInterrupts, saveAndDisableInterrupts, writeCr3 } from '../arch/x86_64/cpu';
import { fpuStateReset } from '../arch/x86_64/fpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { fsContextCreate } from '../fs/context';
import { fdTableCloseOnExec, fdTableUnshare } from '../fs/fd-table';
import { EAGAIN, ENOMEM } from '../lib/errno';
import { spaceDestroy } from '../mm/address-space';
import { File, fileRelease } from '../fs/file';
import { O_PATH } from '../fs/open-flags';
import { vfsOpen } from '../fs/vfs';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { enqueueNew, loadUserBases } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { processPeakPages } from './cpu-time';
import {
  ExecArguments,
  execArgumentsAdd,
  execArgumentsFree,
  execArgumentsFromUser,
  execArgumentsInit,
  execArgumentsInsert,
} from './exec-arguments';
import {
  Process,
  isNull,
  processAlloc,
  processFree,
  processPublish,
  processLock,
  processThread,
  setProcessName,
} from './process';
import { credentialsOf } from './credentials';
import { futexLeaveMemory } from './futex-exit';
import { Program, programAbandon, programFileRelease, programLoad } from './program';
import { limitsInit } from './limits';
import { resetSignalActions } from './signal-actions';
import { becomeOnlyThread } from './exec-threads';
import { SIGCHLD } from './signal-numbers';
import { threadAttachLocked } from './thread-group';
import { accountRetainLocked } from './user-account';
import { posixTimersDeleteAll } from './posix-timers';
import { vforkDoneLocked } from './vfork';
import { setEntryFrame, userFrame, userThreadCreate } from './user-thread';

const EMPTY: usize = memory.data<u8>([0]);

/**
 * Replaces the current process's program by `file`, opened with O_PATH and named `path`; `argv` and `envp` are user
 * addresses. 0, or a negative errno.
 */
export function processExec(
  p: Process,
  frame: TrapFrame,
  file: File,
  path: usize,
  argv: u64,
  envp: u64,
): i32 {
  const args = alloc<ExecArguments>();
  const program = alloc<Program>();
  let error =
    changetype<usize>(args) != 0 && changetype<usize>(program) != 0 ? execArgumentsInit(args) : -ENOMEM;
  if (error == 0) error = execArgumentsFromUser(args, argv, envp);
  // Programs rely on argv[0]: as in Linux (5.18) an empty list gets an empty string.
  if (error == 0 && args.argc == 0) error = execArgumentsInsert(args, EMPTY, 0, 0);
  if (error == 0) error = programLoad(p, p.fs, file, path, args, program);
  if (error == 0) {
    error = becomeOnlyThread(p);
    const files = error == 0 ? fdTableUnshare(p.files) : 0;
    if (error == 0 && files == 0) error = -ENOMEM;
    if (error == 0) {
      p.files = files;
      become(p, program, frame, path);
    } else {
      programAbandon(program);
    }
  }
  if (changetype<usize>(args) != 0) execArgumentsFree(args);
  kfree(changetype<usize>(args));
  kfree(changetype<usize>(program));
  return error;
}

/**
 * Starts the program at `path` as a process of its own, without a parent and in its own session: its number, or a
 * negative errno. `pid` 0 takes the next free number. `files` becomes its descriptor table, also on failure the
 * caller's to destroy.
 */
export function processSpawn(pid: i32, path: usize, files: usize): i32 {
  const args = alloc<ExecArguments>();
  const program = alloc<Program>();
  const slot = kmalloc(8);
  let error = -ENOMEM;
  if (changetype<usize>(args) != 0 && changetype<usize>(program) != 0 && slot != 0)
    error = execArgumentsInit(args);
  if (error == 0) error = execArgumentsAdd(args, path);
  if (error == 0) error = vfsOpen(0, path, O_PATH, 0, slot);
  if (error == 0) {
    const file = changetype<File>(load<usize>(slot));
    error = programLoad(changetype<Process>(<usize>0), 0, file, path, args, program);
    fileRelease(file);
  }
  if (error == 0) error = start(pid, path, files, program);
  if (changetype<usize>(args) != 0) execArgumentsFree(args);
  kfree(slot);
  kfree(changetype<usize>(args));
  kfree(changetype<usize>(program));
  return error;
}

function start(pid: i32, path: usize, files: usize, program: Program): i32 {
  const p = processAlloc(pid);
  if (isNull(p)) {
    programAbandon(program);
    return -EAGAIN;
  }
  p.space = program.space;
  p.fs = fsContextCreate();
  let thread = changetype<Thread>(<usize>0);
  if (p.fs != 0) thread = userThreadCreate(p, p.pid);
  if (changetype<usize>(thread) == 0) {
    programAbandon(program);
    processFree(p);
    return -ENOMEM;
  }
  p.executable = program.file;
  limitsInit(p);
  const flags = lockIrqSave(processLock());
  p.account = changetype<usize>(accountRetainLocked(0));
  threadAttachLocked(p, thread);
  unlockIrqRestore(processLock(), flags);
  p.files = files;
  p.pgid = p.pid;
  p.sid = p.pid;
  p.argumentsStart = program.argumentsStart;
  p.argumentsEnd = program.argumentsEnd;
  p.auxiliaryStart = program.auxiliaryStart;
  setProcessName(p, path);
  setEntryFrame(userFrame(thread), program.entry, program.stackPointer);
  const number = p.pid;
  processPublish(p, changetype<Process>(<usize>0));
  enqueueNew(thread);
  return number;
}

/** The point of no return. */
function become(p: Process, program: Program, frame: TrapFrame, path: usize): void {
  const old = p.space;
  const thread = processThread(p);
  futexLeaveMemory(p, thread);
  p.peakPages = processPeakPages(p);
  const flags = saveAndDisableInterrupts();
  p.space = program.space;
  thread.cr3 = program.space.pml4;
  thisCpu().cr3 = thread.cr3;
  writeCr3(thread.cr3);
  thread.fsBase = 0;
  thread.gsBase = 0;
  loadUserBases(thread);
  fpuStateReset(thread.fpuState);
  fxrstor(thread.fpuState);
  restoreInterrupts(flags);
  spaceDestroy(old);
  fdTableCloseOnExec(p.files);
  posixTimersDeleteAll(p);
  resetSignalActions(p);
  thread.altSize = 0;
  thread.altStack = 0;
  thread.altFlags = 0;
  p.parentDeathSignal = 0;
  p.exitSignal = SIGCHLD;
  p.hasExecuted = 1;
  programFileRelease(p.executable);
  p.executable = program.file;
  const locked = lockIrqSave(processLock());
  const c = credentialsOf(p);
  c.euid = program.euid;
  c.suid = program.euid;
  c.fsuid = program.euid;
  c.egid = program.egid;
  c.sgid = program.egid;
  c.fsgid = program.egid;
  vforkDoneLocked(p);
  unlockIrqRestore(processLock(), locked);
  p.argumentsStart = program.argumentsStart;
  p.argumentsEnd = program.argumentsEnd;
  p.auxiliaryStart = program.auxiliaryStart;
  setProcessName(p, path);
  setEntryFrame(frame, program.entry, program.stackPointer);
}
