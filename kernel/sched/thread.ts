/**
 * Making kernel threads.
 */
import { kernelThreadStart } from '../arch/x86_64/image';
import { ENOMEM } from '../lib/errno';
import { allocPid, freePid } from '../lib/ids';
import { enqueueNew } from './scheduler';
import { threadCreate, threadName } from './tcb';

const NAME_MAX: i32 = 31;

/**
 * Starts a kernel thread that runs `entry(argument)` with interrupts on and ends when it returns. Its number, or
 * -ENOMEM. A kernel thread is never preempted: it sleeps, or calls schedule() in long loops.
 */
export function spawnKernelThread(name: string, entry: (argument: usize) => void, argument: usize): i32 {
  const id = allocPid();
  if (id == 0) return -ENOMEM;
  const thread = threadCreate(id);
  if (changetype<usize>(thread) == 0) {
    freePid(id);
    return -ENOMEM;
  }
  for (let i = 0; i < name.length && i < NAME_MAX; i++) {
    store<u8>(threadName(thread) + <usize>i, <u8>name.charCodeAt(i));
  }
  const stack = <usize>thread.stackTop;
  store<u64>(stack - 24, <u64>kernelThreadStart());
  store<u64>(stack - 56, <u64>argument); // R13: contextSwitch pops R15, R14, R13, R12, RBP, RBX
  store<u64>(stack - 48, <u64>entry.index); // R12
  thread.rsp = thread.stackTop - 72;
  enqueueNew(thread);
  return id;
}
