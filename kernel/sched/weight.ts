/**
 * Nice values and shares of the processor: each step of nice changes the share by a factor of 1.25, so that one step
 * between two threads that compete is about ten percent (setpriority(2), sched(7)).
 */
import { Thread } from './tcb';

export const NICE_MIN: i32 = -20;
export const NICE_MAX: i32 = 19;
export const SCHED_OTHER: u32 = 0;
export const SCHED_FIFO: u32 = 1;
export const SCHED_RR: u32 = 2;
export const SCHED_BATCH: u32 = 3;
export const SCHED_IDLE: u32 = 5;

/** Weight of nice 0. */
export const WEIGHT_NORMAL: u32 = 1024;
/** SCHED_IDLE: far below nice 19. */
const WEIGHT_IDLE: u32 = 3;
/** 1024.0 in 22.10 fixed point: keeps the steps exact enough down to nice 19. */
const SCALE: u32 = 10;
/** virtual time = (real time * inverse) >> INVERSE_SHIFT */
export const INVERSE_SHIFT: u32 = 32;

function weightOf(nice: i32): u32 {
  let w: u64 = (<u64>WEIGHT_NORMAL) << SCALE;
  for (let n: i32 = 0; n < nice; n++) w = (w * 4) / 5;
  for (let n: i32 = 0; n > nice; n--) w = (w * 5) / 4;
  return <u32>(w >> SCALE);
}

/** After `policy` or `nice` has changed: what virtual time runs by. */
export function threadSetWeight(t: Thread): void {
  t.weight = t.policy == SCHED_IDLE ? WEIGHT_IDLE : weightOf(t.nice);
  t.inverseWeight = ((<u64>WEIGHT_NORMAL) << INVERSE_SHIFT) / <u64>t.weight;
}

export function isRealTimePolicy(policy: u32): bool {
  return policy == SCHED_FIFO || policy == SCHED_RR;
}
