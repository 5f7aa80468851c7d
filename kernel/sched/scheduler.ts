/**
 * Round robin with a quantum of ten ticks. A thread keeps what is left of its quantum while it sleeps or gives way to one
 * that woke, and is then in front of those that used theirs up: neither a sleeper nor the one it interrupts loses its turn.
 *
 * - The timer interrupt only counts and sets needResched; a switch happens on the way back to user code
 *   (beforeUserReturn), in idle, or where a thread calls schedule() itself.
 * - schedule() may be called with interrupts on or off and returns with them as they were. No spinlock may be held.
 * - The run-queue lock is taken by the thread that leaves and released by the one that comes (finishSwitch).
 */
import {
  MSR_FS_BASE,
  MSR_KERNEL_GS_BASE,
  enableAndHalt,
  disableInterrupts,
  enableInterrupts,
  fxrstor,
  fxsave,
  pause,
  restoreInterrupts,
  saveAndDisableInterrupts,
  writeCr3,
  writeMsr,
} from '../arch/x86_64/cpu';
import { setTssRsp0 } from '../arch/x86_64/gdt';
import { bootStackTop } from '../arch/x86_64/image';
import { PerCpu, cpuId, setNeedResched, thisCpu } from '../arch/x86_64/percpu';
import { contextSwitch } from '../arch/x86_64/switch';
import { acquire, lockIrqSave, release, unlockIrqRestore } from '../lib/spinlock';
import { TICK_NS, nowNs } from './clock';
import { RunQueue, runQueue, runQueueAppend, runQueueLock, runQueuePrepend, runQueueTake } from './run-queue';
import {
  QUANTUM_TICKS,
  THREAD_DEAD,
  THREAD_RUNNABLE,
  THREAD_RUNNING,
  THREAD_SLEEPING,
  THREAD_STOPPED,
  Thread,
  threadFree,
  threadName,
} from './tcb';

/** By the clock and not by counting ticks: a busy host may deliver one tick for many. */
const QUANTUM_NS: u64 = QUANTUM_TICKS * TICK_NS - TICK_NS / 2;

const bootThread = memory.data(512, 16);

/** The code that has been running since boot becomes thread 0, the idle thread of this CPU. */
export function schedulerInit(): void {
  const idle = changetype<Thread>(bootThread);
  idle.state = THREAD_RUNNING;
  idle.stackTop = <u64>bootStackTop();
  idle.onCpu = 1;
  store<u32>(threadName(idle), 0x656c6469); // "idle"
  const cpu = thisCpu();
  cpu.current = bootThread;
  cpu.idle = bootThread;
}

export function currentThread(): Thread {
  return changetype<Thread>(thisCpu().current);
}

/** What the idle thread does for ever. */
export function idleLoop(): void {
  while (true) {
    disableInterrupts();
    if (runQueue(cpuId()).length != 0) {
      schedule();
      enableInterrupts();
    } else {
      enableAndHalt();
    }
  }
}

/** Gives the CPU away: a thread that could go on gets its next turn after all others. */
export function schedule(): void {
  const flags = saveAndDisableInterrupts();
  const current = currentThread();
  if (current.state == THREAD_RUNNING) current.sliceEndNs = 0;
  switchAway();
  restoreInterrupts(flags);
}

/** On the way back to user code when needResched is set: what is left of the thread's quantum stays its own. */
export function preempt(): void {
  const flags = saveAndDisableInterrupts();
  switchAway();
  restoreInterrupts(flags);
}

/** Interrupts are off. */
function switchAway(): void {
  const cpu = thisCpu();
  const queue = runQueue(cpu.id);
  const previous = changetype<Thread>(cpu.current);
  acquire(runQueueLock(queue));
  cpu.needResched = 0;
  const now = nowNs();
  previous.sliceLeftNs = previous.sliceEndNs > now ? previous.sliceEndNs - now : 0;
  let next = runQueueTake(queue);
  if (previous.state == THREAD_RUNNING && cpu.current != cpu.idle) {
    previous.state = THREAD_RUNNABLE;
    if (changetype<usize>(next) == 0) next = previous;
    else enqueue(queue, previous);
  }
  if (changetype<usize>(next) == 0) next = changetype<Thread>(cpu.idle);
  next.state = THREAD_RUNNING;
  if (next.sliceLeftNs == 0) next.sliceLeftNs = QUANTUM_NS;
  next.sliceEndNs = now + next.sliceLeftNs;
  if (next == previous) {
    release(runQueueLock(queue));
  } else {
    while (atomic.load<u32>(changetype<usize>(next) + offsetof<Thread>('onCpu')) != 0) pause();
    next.onCpu = 1;
    next.cpu = cpu.id;
    cpu.previous = changetype<usize>(previous);
    switchState(cpu, previous, next);
    contextSwitch(changetype<usize>(previous), next.rsp);
    finishSwitch();
  }
}

/** A thread that still has some of its quantum goes first; one that used it up goes last. */
function enqueue(queue: RunQueue, thread: Thread): void {
  if (thread.sliceLeftNs > 0) runQueuePrepend(queue, thread);
  else runQueueAppend(queue, thread);
}

/** First thing on the new thread's stack: lets go of the one that left. Interrupts are off. */
export function finishSwitch(): void {
  const cpu = thisCpu();
  const previous = changetype<Thread>(cpu.previous);
  const dead = previous.state == THREAD_DEAD;
  atomic.store<u32>(changetype<usize>(previous) + offsetof<Thread>('onCpu'), 0);
  release(runQueueLock(runQueue(cpu.id)));
  if (dead) threadFree(previous);
}

/** Called by switch.S on a new kernel thread's stack. */
export function kernelThreadStart(entry: u32, argument: usize): void {
  finishSwitch();
  enableInterrupts();
  call_indirect<void>(entry, argument);
  threadExit();
}

/** Called by switch.S on a new user thread's stack, before it returns to user code. */
export function userThreadStart(): void {
  finishSwitch();
}

/** The current thread ends; its stack and control block go when the next one runs. */
export function threadExit(): void {
  disableInterrupts();
  currentThread().state = THREAD_DEAD;
  schedule();
  unreachable();
}

/** For a thread that has never run. */
export function enqueueNew(thread: Thread): void {
  thread.state = THREAD_SLEEPING;
  makeRunnable(thread);
}

/** Wakes a sleeping thread; one that does not sleep is left alone. True when this call woke it. */
export function makeRunnable(thread: Thread): bool {
  return wakeFrom(thread, THREAD_SLEEPING);
}

/** Lets a stopped thread go on. */
export function continueThread(thread: Thread): bool {
  return wakeFrom(thread, THREAD_STOPPED);
}

/** The current thread stops until continueThread. `flags` and the lock: as for a wait queue, released meanwhile. */
export function stopCurrent(lock: usize): void {
  currentThread().state = THREAD_STOPPED;
  release(lock);
  schedule();
  acquire(lock);
}

/** From the timer interrupt: accounts the tick and ends the quantum. */
export function schedulerTick(userMode: bool): void {
  const cpu = thisCpu();
  const thread = changetype<Thread>(cpu.current);
  cpu.ticks++;
  if (cpu.current == cpu.idle) {
    cpu.idleTicks++;
    return;
  }
  if (userMode) thread.userTicks++;
  else thread.systemTicks++;
  if (runQueue(cpu.id).length != 0 && nowNs() >= thread.sliceEndNs) setNeedResched();
}

function wakeFrom(thread: Thread, state: u32): bool {
  const queue = runQueue(thread.cpu);
  const flags = lockIrqSave(runQueueLock(queue));
  const woken = thread.state == state;
  if (woken) {
    thread.state = THREAD_RUNNABLE;
    enqueue(queue, thread);
    // A user thread that becomes ready is looked at when the running one next leaves the kernel.
    if (thread.process != 0 || thisCpu().current == thisCpu().idle) setNeedResched();
  }
  unlockIrqRestore(runQueueLock(queue), flags);
  return woken;
}

/** Everything of a thread that is not on its stack. */
function switchState(cpu: PerCpu, previous: Thread, next: Thread): void {
  cpu.current = changetype<usize>(next);
  cpu.kernelRsp = next.stackTop;
  setTssRsp0(next.stackTop);
  if (previous.fpuState != 0) fxsave(previous.fpuState);
  if (next.fpuState != 0) fxrstor(next.fpuState);
  if (next.cr3 == 0) return;
  if (next.cr3 != cpu.cr3) {
    cpu.cr3 = next.cr3;
    writeCr3(next.cr3);
  }
  writeMsr(MSR_FS_BASE, next.fsBase);
  writeMsr(MSR_KERNEL_GS_BASE, next.gsBase);
}
