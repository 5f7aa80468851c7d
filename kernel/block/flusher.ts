/**
 * The thread that writes back what has been dirty for a while, so that a program that never syncs loses at most some
 * seconds. File systems register what they have to do first (a journal's commit).
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { nowNs } from '../sched/clock';
import { spawnKernelThread } from '../sched/thread';
import { sleepOnUninterruptible } from '../sched/wait-queue';
import { cacheDirtyCount, cacheDirtyLimit, cacheFlusherQueue } from './buffer-cache';
import { bufferWriteBefore } from './write-back';

const INTERVAL_NS: u64 = 5_000_000_000;
/** What has been dirty this long is written. */
const AGE_NS: u64 = 5_000_000_000;
const MAX_HOOKS: u32 = 16;

const lock = memory.data(4, 4);
/** Pairs of function index and argument. */
const hooks = memory.data(16 * 16, 8);
let started = false;

/** Calls `hook(argument)` every few seconds, in the flusher's thread; false when there are too many. */
export function flusherAdd(hook: (argument: usize) => void, argument: usize): bool {
  const flags = lockIrqSave(lock);
  let added = false;
  for (let i: u32 = 0; i < MAX_HOOKS && !added; i++) {
    const slot = hooks + <usize>i * 16;
    if (load<u64>(slot) != 0) continue;
    store<u64>(slot, hook.index);
    store<usize>(slot, argument, 8);
    added = true;
  }
  unlockIrqRestore(lock, flags);
  return added;
}

export function flusherRemove(argument: usize): void {
  const flags = lockIrqSave(lock);
  for (let i: u32 = 0; i < MAX_HOOKS; i++) {
    const slot = hooks + <usize>i * 16;
    if (load<u64>(slot) != 0 && load<usize>(slot, 8) == argument) store<u64>(slot, 0);
  }
  unlockIrqRestore(lock, flags);
}

function runHooks(): void {
  for (let i: u32 = 0; i < MAX_HOOKS; i++) {
    const slot = hooks + <usize>i * 16;
    const hook = <u32>load<u64>(slot);
    if (hook != 0) call_indirect<void>(hook, load<usize>(slot, 8));
  }
}

function run(_argument: usize): void {
  while (true) {
    const flags = lockIrqSave(lock);
    sleepOnUninterruptible(cacheFlusherQueue(), lock, nowNs() + INTERVAL_NS);
    unlockIrqRestore(lock, flags);
    runHooks();
    const now = nowNs();
    const pressed = cacheDirtyCount() >= cacheDirtyLimit();
    bufferWriteBefore(null, pressed || now < AGE_NS ? now : now - AGE_NS);
  }
}

/** Starts the thread, once. */
export function flusherStart(): void {
  if (started) return;
  started = spawnKernelThread('buffers', run, 0) >= 0;
}
