/**
 * Process and thread numbers: one name space, 1 to PID_MAX - 1, handed out in a circle so that a number is not used
 * again soon. 0 is the idle thread, 1 is kept for init.
 */
import { lockIrqSave, unlockIrqRestore } from './spinlock';

export const PID_MAX: i32 = 32768;
export const PID_INIT: i32 = 1;

const lock = memory.data(4, 4);
const taken = memory.data(4096, 8);
let last: i32 = PID_INIT;

/** 0 when all numbers are in use. */
export function allocPid(): i32 {
  const flags = lockIrqSave(lock);
  let found: i32 = 0;
  for (let i: i32 = 0; i < PID_MAX && found == 0; i++) {
    last = last + 1 == PID_MAX ? PID_INIT + 1 : last + 1;
    const at = taken + <usize>(last >> 3);
    const bit = <u8>((<u32>1) << (last & 7));
    if ((load<u8>(at) & bit) == 0) {
      store<u8>(at, load<u8>(at) | bit);
      found = last;
    }
  }
  unlockIrqRestore(lock, flags);
  return found;
}

/** The number given last. */
export function lastPid(): i32 {
  return last;
}

export function freePid(pid: i32): void {
  if (pid <= PID_INIT) return;
  const flags = lockIrqSave(lock);
  const at = taken + <usize>(pid >> 3);
  store<u8>(at, load<u8>(at) & ~(<u8>((<u32>1) << (pid & 7))));
  unlockIrqRestore(lock, flags);
}
