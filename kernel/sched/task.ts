/**
 * Kernel tasks: stackless state machines that one kernel thread polls when something woke them. Drivers hand work
 * from interrupt handlers to them; keyboard and serial input arrive this way.
 *
 * - A task's function returns TASK_PENDING (poll me again after the next wakeTask) or TASK_DONE.
 * - wakeTask may be called from any context and any number of times: a task is in the ready queue at most once, so
 *   the queue, which has a place for every task, cannot overflow. A wake during the poll causes one more poll.
 * - Polls are cooperative: no long work, no sleeping for long.
 */
import { ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { spawnKernelThread } from './thread';
import { WaitQueue, sleepOn, wakeOne } from './wait-queue';

export const TASK_PENDING: i32 = 0;
export const TASK_DONE: i32 = 1;
export const MAX_TASKS: i32 = 128;

@unmanaged
class Task {
  poll: u32;
  used: u8;
  queued: u8;
  padding: u16;
  argument: usize;
}

const tasks = memory.data(128 * 16, 8);
const ready = memory.data(128, 8);
const lock = memory.data(4, 4);
const queue = changetype<WaitQueue>(memory.data(24, 8));
let readyHead: i32 = 0;
let readyCount: i32 = 0;
let live: i32 = 0;

/** Starts the thread that polls; its number or -ENOMEM. */
export function tasksInit(): i32 {
  return spawnKernelThread('tasks', runTasks, 0);
}

/** The task's number, woken once to begin with; -ENOMEM when there are too many. */
export function spawnTask(poll: (argument: usize) => i32, argument: usize): i32 {
  const flags = lockIrqSave(lock);
  let id: i32 = 0;
  while (id < MAX_TASKS && (task(id).used | task(id).queued) != 0) id++;
  if (id < MAX_TASKS) {
    const t = task(id);
    t.used = 1;
    t.poll = poll.index;
    t.argument = argument;
    live++;
  }
  unlockIrqRestore(lock, flags);
  if (id == MAX_TASKS) return -ENOMEM;
  wakeTask(id);
  return id;
}

export function wakeTask(id: i32): void {
  const flags = lockIrqSave(lock);
  const t = task(id);
  if (t.used != 0 && t.queued == 0) {
    t.queued = 1;
    store<u8>(ready + <usize>((readyHead + readyCount++) % MAX_TASKS), <u8>id);
    wakeOne(queue);
  }
  unlockIrqRestore(lock, flags);
}

export function taskCount(): i32 {
  return live;
}

function runTasks(_argument: usize): void {
  while (true) {
    const id = nextReady();
    const t = task(id);
    if (t.used != 0 && call_indirect<i32>(t.poll, t.argument) == TASK_DONE) retire(t);
  }
}

function nextReady(): i32 {
  const flags = lockIrqSave(lock);
  while (readyCount == 0) sleepOn(queue, lock);
  const id = <i32>load<u8>(ready + <usize>readyHead);
  readyHead = (readyHead + 1) % MAX_TASKS;
  readyCount--;
  task(id).queued = 0;
  unlockIrqRestore(lock, flags);
  return id;
}

function retire(t: Task): void {
  const flags = lockIrqSave(lock);
  t.used = 0;
  live--;
  unlockIrqRestore(lock, flags);
}

function task(id: i32): Task {
  return changetype<Task>(tasks + <usize>id * 16);
}
