/**
 * Who runs: real-time threads by priority (SCHED_FIFO, SCHED_RR; POSIX 2.8.4), all others by the time that they have had,
 * weighted by nice: each has a virtual run time that advances by 1024 / weight, and the least goes first.
 *
 * - The timer interrupt and wake-ups only set needResched; a switch happens on the way back to user code
 *   (beforeUserReturn), in idle, or where a thread calls schedule() itself.
 * - Who wakes is put no farther back than a little before all others, so that a sleeper is served soon but cannot save up
 *   time. It takes the CPU at once from a thread that has had more by WAKEUP_NS, or is of lower priority.
 * - Real-time threads together leave 5% of each second to the others, so that a loop in one does not end the system
 *   (sched(7), "Limiting the CPU usage of real-time and deadline processes").
 * - schedule() may be called with interrupts on or off and returns with them as they were. No spinlock may be held.
 * - The run-queue lock is taken by the thread that leaves and released by the one that comes (finishSwitch).
 */
import {
  MSR_FS_BASE,
  MSR_KERNEL_GS_BASE,
  disableInterrupts,
  enableAndHalt,
  enableInterrupts,
  fxrstor,
  fxsave,
  multiplyShift,
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
import { panic } from '../lib/panic';
import { acquire, lockIrqSave, release, unlockIrqRestore } from '../lib/spinlock';
import { NS_PER_SECOND, TICK_NS, nowNs } from './clock';
import { clockEventAt } from './clock-event';
import {
  RunQueue,
  runQueue,
  runQueueAdd,
  runQueueFair,
  runQueueInit,
  runQueueLock,
  runQueueRemove,
  runQueueTake,
  runQueueUrgency,
} from './run-queue';
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
import {
  INVERSE_SHIFT,
  SCHED_BATCH,
  SCHED_IDLE,
  SCHED_OTHER,
  SCHED_RR,
  WEIGHT_NORMAL,
  threadSetWeight,
} from './weight';

/** Round robin, by the clock and not by counting ticks: a busy host may deliver one tick for many. */
export const RR_QUANTUM_NS: u64 = QUANTUM_TICKS * TICK_NS;
/** How long a normal thread runs before a tick looks whether another has had less. */
const SLICE_NS: u64 = 3 * TICK_NS;
/** How far before all others a thread may be that slept. */
const SLEEPER_NS: u64 = 3 * TICK_NS;
/** A thread that wakes must have had less by this much to take the CPU at once. */
const WAKEUP_NS: u64 = TICK_NS;
/** Real-time threads get this much of each period. */
const PERIOD_NS: u64 = NS_PER_SECOND;
const REAL_TIME_TICKS: u32 = 950;

const bootThread = memory.data(1024, 16);

/** The code that has been running since boot becomes thread 0, the idle thread of this CPU. */
export function schedulerInit(): void {
  const idle = changetype<Thread>(bootThread);
  idle.state = THREAD_RUNNING;
  idle.stackTop = <u64>bootStackTop();
  idle.onCpu = 1;
  threadSetWeight(idle);
  store<u32>(threadName(idle), 0x656c6469); // "idle"
  const cpu = thisCpu();
  cpu.current = bootThread;
  cpu.idle = bootThread;
  cpu.accountedNs = nowNs();
  if (!runQueueInit(runQueue(cpu.id))) panic('no memory for the run queue');
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

/** Gives the CPU away: a thread that could go on gets its next turn after others that are as good. */
export function schedule(): void {
  const flags = saveAndDisableInterrupts();
  switchAway(true);
  restoreInterrupts(flags);
}

/** On the way back to user code when needResched is set: the thread keeps its place. */
export function preempt(): void {
  const flags = saveAndDisableInterrupts();
  switchAway(false);
  restoreInterrupts(flags);
}

/** Adds the time since the last look to what the running thread has had. Interrupts are off. */
function account(cpu: PerCpu, t: Thread): u64 {
  const now = nowNs();
  const delta = now - cpu.accountedNs;
  cpu.accountedNs = now;
  t.runNs += delta;
  if (t.groupTime != 0) store<u64>(t.groupTime, load<u64>(t.groupTime) + delta);
  if (t.weight == WEIGHT_NORMAL) t.vruntime += delta;
  else t.vruntime += multiplyShift(delta, t.inverseWeight, INVERSE_SHIFT);
  return now;
}

/** Nanoseconds that this CPU had nothing to do. */
export function idleNs(): u64 {
  return changetype<Thread>(thisCpu().idle).runNs;
}

/** Brings runNs of the current thread, and of its group, up to now. */
export function accountCurrent(): void {
  const flags = saveAndDisableInterrupts();
  const cpu = thisCpu();
  account(cpu, changetype<Thread>(cpu.current));
  restoreInterrupts(flags);
}

/** Interrupts are off. `yields`: behind the others, if it could go on. */
function switchAway(yields: bool): void {
  const cpu = thisCpu();
  const queue = runQueue(cpu.id);
  const previous = changetype<Thread>(cpu.current);
  acquire(runQueueLock(queue));
  cpu.needResched = 0;
  const now = account(cpu, previous);
  if (previous.state != THREAD_RUNNING) previous.switchesVoluntary++;
  else if (cpu.current != cpu.idle) keepRunnable(queue, previous, now, yields);
  let next = runQueueTake(queue);
  if (changetype<usize>(next) == 0) next = changetype<Thread>(cpu.idle);
  else if (cpu.tickStopped != 0) resumeTicks(cpu, now);
  next.state = THREAD_RUNNING;
  if (next != previous || yields) next.sliceStartNs = now;
  if (next == previous) {
    release(runQueueLock(queue));
  } else {
    while (atomic.load<u32>(changetype<usize>(next) + offsetof<Thread>('onCpu')) != 0) pause();
    next.onCpu = 1;
    next.cpu = cpu.id;
    cpu.previous = changetype<usize>(previous);
    cpu.switches++;
    switchState(cpu, previous, next);
    contextSwitch(changetype<usize>(previous), next.rsp);
    finishSwitch();
  }
}

/** A thread is to run after idleness. */
function resumeTicks(cpu: PerCpu, now: u64): void {
  cpu.tickStopped = 0;
  cpu.tickDueNs = now + TICK_NS;
  clockEventAt(cpu.tickDueNs);
}

/** Back into the queue: a real-time thread keeps its place unless it yields or its quantum is over. */
function keepRunnable(queue: RunQueue, t: Thread, now: u64, yields: bool): void {
  t.state = THREAD_RUNNABLE;
  if (t.priority == 0) {
    t.givesWay = 0;
    const other = runQueueFair(queue);
    if (yields && changetype<usize>(other) != 0 && <i64>(t.vruntime - other.vruntime) <= 0)
      t.vruntime = other.vruntime + 1;
    if (!yields) t.switchesInvoluntary++;
    runQueueAdd(queue, t, false);
    return;
  }
  const used = t.policy == SCHED_RR && now - t.sliceStartNs >= RR_QUANTUM_NS;
  if (used) t.sliceStartNs = now;
  runQueueAdd(queue, t, !yields && !used && t.givesWay == 0);
  t.givesWay = 0;
}

/** First thing on the new thread's stack: lets go of the one that left. Interrupts are off. */
export function finishSwitch(): void {
  const cpu = thisCpu();
  const previous = changetype<Thread>(cpu.previous);
  const dead = previous.state == THREAD_DEAD;
  atomic.store<u32>(changetype<usize>(previous) + offsetof<Thread>('onCpu'), 0);
  release(runQueueLock(runQueue(cpu.id)));
  if (dead) {
    if (cpu.fpuOwner == cpu.previous) cpu.fpuOwner = 0;
    threadFree(previous);
  }
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

/**
 * For a thread that has never run. A program's stands a slice behind the one that has had least, so that its maker, when
 * it is woken by it, goes on at once, and making threads gains nobody time.
 */
export function enqueueNew(thread: Thread): void {
  const queue = runQueue(thread.cpu);
  const flags = lockIrqSave(runQueueLock(queue));
  const cpu = thisCpu();
  const current = changetype<Thread>(cpu.current);
  thread.state = THREAD_RUNNABLE;
  thread.vruntime = later(queue.minimum, current.priority == 0 ? current.vruntime : queue.minimum);
  if (cpu.current == cpu.idle) thread.vruntime = queue.minimum;
  if (thread.process != 0) thread.vruntime += SLICE_NS;
  runQueueAdd(queue, thread, false);
  if (cpu.current == cpu.idle || thread.priority > current.priority) setNeedResched();
  unlockIrqRestore(runQueueLock(queue), flags);
}

function later(a: u64, b: u64): u64 {
  return <i64>(a - b) > 0 ? a : b;
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

/** The current thread's page fault is resolved; `major`: a disk was waited for (getrusage(2)). */
export function countFault(major: bool): void {
  const thread = currentThread();
  if (major) thread.majorFaults++;
  else thread.minorFaults++;
  if (thread.groupTime == 0) return;
  const sum = thread.groupTime + (major ? 32 : 24);
  store<u64>(sum, load<u64>(sum) + 1);
}

/** From the timer interrupt: accounts the tick and ends the turn. */
export function schedulerTick(userMode: bool): void {
  const cpu = thisCpu();
  const queue = runQueue(cpu.id);
  const thread = changetype<Thread>(cpu.current);
  const now = account(cpu, thread);
  throttle(queue, thread, now);
  if (cpu.current == cpu.idle) return;
  if (userMode) {
    cpu.userTicks++;
    thread.userTicks++;
  } else {
    cpu.systemTicks++;
    thread.systemTicks++;
  }
  if (thread.groupTime != 0) {
    const ticks = thread.groupTime + (userMode ? 8 : 16);
    store<u64>(ticks, load<u64>(ticks) + 1);
  }
  if (queue.length == 0) return;
  const had = now - thread.sliceStartNs;
  if (thread.priority != 0) {
    const over = thread.policy == SCHED_RR && had >= RR_QUANTUM_NS;
    if (over || queue.throttled != 0 || runQueueUrgency(queue) > thread.priority) setNeedResched();
  } else if (had + TICK_NS / 2 >= SLICE_NS || runQueueUrgency(queue) != 0 || thread.policy == SCHED_IDLE) {
    setNeedResched();
  }
}

function throttle(queue: RunQueue, thread: Thread, now: u64): void {
  if (thread.priority != 0) queue.realTimeTicks++;
  if (queue.realTimeTicks > REAL_TIME_TICKS) queue.throttled = 1;
  if (now - queue.periodStartNs < PERIOD_NS) return;
  queue.periodStartNs = now;
  queue.realTimeTicks = 0;
  queue.throttled = 0;
}

function wakeFrom(thread: Thread, state: u32): bool {
  const queue = runQueue(thread.cpu);
  const flags = lockIrqSave(runQueueLock(queue));
  const woken = thread.state == state;
  if (woken) {
    thread.state = THREAD_RUNNABLE;
    thread.vruntime = later(thread.vruntime, queue.minimum - SLEEPER_NS);
    runQueueAdd(queue, thread, false);
    const cpu = thisCpu();
    const current = changetype<Thread>(cpu.current);
    if (cpu.current == cpu.idle || isBetter(cpu, thread, current)) setNeedResched();
  }
  unlockIrqRestore(runQueueLock(queue), flags);
  return woken;
}

/** Should a thread that has just become runnable take the CPU from the current one? */
function isBetter(cpu: PerCpu, t: Thread, current: Thread): bool {
  if ((t.priority | current.priority) != 0) return t.priority > current.priority;
  if (t.policy != SCHED_OTHER) return current.policy == SCHED_IDLE && t.policy == SCHED_BATCH;
  if (current.policy == SCHED_IDLE) return true;
  account(cpu, current);
  return <i64>(current.vruntime - t.vruntime) > <i64>WAKEUP_NS;
}

/**
 * Puts a thread at the place that its new policy, priority or nice value gives it: behind the others of its real-time
 * priority, or with `first` before them.
 */
export function reschedule(thread: Thread, priority: u32, first: bool): void {
  const queue = runQueue(thread.cpu);
  const flags = lockIrqSave(runQueueLock(queue));
  const queued = thread.queued != 0;
  if (queued) runQueueRemove(queue, thread);
  thread.priority = priority;
  threadSetWeight(thread);
  if (queued) runQueueAdd(queue, thread, first);
  else if (thread.state == THREAD_RUNNING) thread.givesWay = first ? 0 : 1;
  setNeedResched();
  unlockIrqRestore(runQueueLock(queue), flags);
}

/** Loads the current thread's FS and GS base after they were changed. */
export function loadUserBases(t: Thread): void {
  const cpu = thisCpu();
  if (cpu.fsBase != t.fsBase) {
    cpu.fsBase = t.fsBase;
    writeMsr(MSR_FS_BASE, t.fsBase);
  }
  if (cpu.gsBase != t.gsBase) {
    cpu.gsBase = t.gsBase;
    writeMsr(MSR_KERNEL_GS_BASE, t.gsBase);
  }
}

/**
 * Everything of a thread that is not on its stack. The processor's state is saved whenever a thread leaves, and loaded
 * unless it is still that of the one that comes: kernel threads do not touch it.
 */
function switchState(cpu: PerCpu, previous: Thread, next: Thread): void {
  cpu.current = changetype<usize>(next);
  cpu.kernelRsp = next.stackTop;
  setTssRsp0(next.stackTop);
  if (previous.fpuState != 0) fxsave(previous.fpuState);
  if (next.fpuState != 0 && (cpu.fpuOwner != changetype<usize>(next) || next.fpuCpu != cpu.id)) {
    fxrstor(next.fpuState);
    cpu.fpuOwner = changetype<usize>(next);
    next.fpuCpu = cpu.id;
  }
  if (next.cr3 == 0) return;
  if (next.cr3 != cpu.cr3) {
    cpu.cr3 = next.cr3;
    writeCr3(next.cr3);
  }
  loadUserBases(next);
}
