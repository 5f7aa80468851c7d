/**
 * execve(2), and the first processes that the kernel itself starts.
 *
 * The point of no return comes after everything was loaded and checked: a failing exec leaves the caller untouched.
 */
import {
  MSR_FS_BASE,
  MSR_KERNEL_GS_BASE,
  fxrstor,
  restoreInterrupts,
  saveAndDisableInterrupts,
  writeCr3,
  writeMsr,
} from '../arch/x86_64/cpu';
import { fpuStateReset } from '../arch/x86_64/fpu';
import { thisCpu } from '../arch/x86_64/percpu';
import { TrapFrame } from '../arch/x86_64/trap-frame';
import { fdTableCloseOnExec } from '../fs/fd-table';
import { EAGAIN, ENOMEM } from '../lib/errno';
import { spaceDestroy } from '../mm/address-space';
import { alloc, kfree } from '../mm/kmalloc';
import { enqueueNew } from '../sched/scheduler';
import {
  ExecArguments,
  execArgumentsAdd,
  execArgumentsFree,
  execArgumentsFromUser,
  execArgumentsInit,
} from './exec-arguments';
import { copyString } from './fork';
import {
  Process,
  isNull,
  processAlloc,
  processFree,
  processPublish,
  processThread,
  setProcessName,
} from './process';
import { Program, programLoad } from './program';
import { resetSignalActions } from './signal-actions';
import { setEntryFrame, userFrame, userThreadCreate } from './user-thread';

/** Replaces the current process's program; `argv` and `envp` are user addresses. 0, or a negative errno. */
export function processExec(p: Process, frame: TrapFrame, path: usize, argv: u64, envp: u64): i32 {
  const args = alloc<ExecArguments>();
  const program = alloc<Program>();
  let error =
    changetype<usize>(args) != 0 && changetype<usize>(program) != 0 ? execArgumentsInit(args) : -ENOMEM;
  if (error == 0) error = execArgumentsFromUser(args, argv, envp);
  if (error == 0) error = programLoad(p.cwd, path, args, program);
  if (error == 0) become(p, program, frame, path);
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
  let error =
    changetype<usize>(args) != 0 && changetype<usize>(program) != 0 ? execArgumentsInit(args) : -ENOMEM;
  if (error == 0) error = execArgumentsAdd(args, path);
  if (error == 0) error = programLoad(ROOT, path, args, program);
  if (error == 0) error = start(pid, path, files, program);
  if (changetype<usize>(args) != 0) execArgumentsFree(args);
  kfree(changetype<usize>(args));
  kfree(changetype<usize>(program));
  return error;
}

const ROOT: usize = memory.data<u8>([47, 0]);

function start(pid: i32, path: usize, files: usize, program: Program): i32 {
  const p = processAlloc(pid);
  if (isNull(p)) {
    spaceDestroy(program.space);
    return -EAGAIN;
  }
  p.space = program.space;
  p.cwd = copyString(ROOT);
  if (p.cwd == 0 || changetype<usize>(userThreadCreate(p)) == 0) {
    spaceDestroy(program.space);
    processFree(p);
    return -ENOMEM;
  }
  p.files = files;
  p.pgid = p.pid;
  p.sid = p.pid;
  p.argumentsStart = program.argumentsStart;
  p.argumentsEnd = program.argumentsEnd;
  setProcessName(p, path);
  setEntryFrame(userFrame(processThread(p)), program.entry, program.stackPointer);
  const number = p.pid;
  processPublish(p, changetype<Process>(<usize>0));
  enqueueNew(processThread(p));
  return number;
}

/** The point of no return. */
function become(p: Process, program: Program, frame: TrapFrame, path: usize): void {
  const old = p.space;
  const thread = processThread(p);
  const flags = saveAndDisableInterrupts();
  p.space = program.space;
  thread.cr3 = program.space.pml4;
  thisCpu().cr3 = thread.cr3;
  writeCr3(thread.cr3);
  thread.fsBase = 0;
  thread.gsBase = 0;
  writeMsr(MSR_FS_BASE, 0);
  writeMsr(MSR_KERNEL_GS_BASE, 0);
  fpuStateReset(thread.fpuState);
  fxrstor(thread.fpuState);
  restoreInterrupts(flags);
  spaceDestroy(old);
  fdTableCloseOnExec(p.files);
  resetSignalActions(p);
  p.argumentsStart = program.argumentsStart;
  p.argumentsEnd = program.argumentsEnd;
  setProcessName(p, path);
  setEntryFrame(frame, program.entry, program.stackPointer);
}
