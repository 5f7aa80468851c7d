/**
 * x87 and SSE state of user threads, in the FXSAVE layout (SDM 1 10.5.1). The kernel itself uses neither, so the
 * state is saved and restored only when threads switch.
 */
import { kmalloc } from '../../mm/kmalloc';
import { SCRATCH_SIZE } from '../../sched/tcb';

/** kmalloc aligns to 16 bytes. */
export const FPU_STATE_SIZE: usize = 512;

const OFFSET_FCW: usize = 0;
const OFFSET_MXCSR: usize = 24;
const FCW_INITIAL: u16 = 0x037f;
const MXCSR_INITIAL: u32 = 0x1f80;

/** State of a fresh program, with the thread's scratch bytes behind it (sched/tcb.ts); 0 when out of memory. */
export function fpuStateCreate(): usize {
  const state = kmalloc(FPU_STATE_SIZE + SCRATCH_SIZE);
  if (state != 0) fpuStateReset(state);
  return state;
}

export function fpuStateReset(state: usize): void {
  memory.fill(state, 0, FPU_STATE_SIZE);
  store<u16>(state, FCW_INITIAL, OFFSET_FCW);
  store<u32>(state, MXCSR_INITIAL, OFFSET_MXCSR);
}
