/**
 * What a saved machine holds of the processor: everything of layout.ts that software can see, directly or by its
 * effects, as ranges of memory. Caches, translations and TLBs are never part of it.
 *
 * - New architectural state outside these ranges needs a row here, and a higher version.
 */
import type { StateFields } from '../machine/state-fields.ts';
import {
  CR0,
  CPL,
  CURRENT_UOP,
  DEBUG_ENABLED,
  DELIVERING,
  DR0,
  FAULT_ERROR,
  FAULT_VECTOR,
  FLAG_AUX,
  FLAG_RESULT,
  FLAG_SYSTEM,
  FPU_CONTROL,
  GDTR_BASE,
  INSTRUCTIONS,
  MSR_MCG_STATUS,
  NMI_BLOCKED,
  PENDING,
  REGS,
  RIP,
  SEGMENTS,
  SEGMENT_SIZE,
} from './layout.ts';

export const VCPU_STATE_VERSION = 2;

const GENERAL_REGISTERS = 16;
const SEGMENT_COUNT = 8;

/** Offset and bytes. */
const RANGES: readonly (readonly [offset: number, bytes: number])[] = [
  [REGS, GENERAL_REGISTERS * 8],
  [RIP, 8],
  [FLAG_RESULT, 8],
  [FLAG_AUX, 4],
  [FLAG_SYSTEM, 4],
  [CPL, 4],
  [DELIVERING, 4],
  [FAULT_VECTOR, 4],
  [FAULT_ERROR, 4],
  [NMI_BLOCKED, 4],
  [INSTRUCTIONS, 8],
  [SEGMENTS, SEGMENT_COUNT * SEGMENT_SIZE],
  // GDTR and IDTR.
  [GDTR_BASE, 0x20],
  // CR0, CR2, CR3, CR4, CR8, EFER.
  [CR0, 0x30],
  // Debug registers and model-specific registers, up to the scratch of the page walk.
  [DR0, 0xe0],
  // What the debug registers enable, XCR0, MTRRs, machine-check status.
  [DEBUG_ENABLED, MSR_MCG_STATUS + 8 - DEBUG_ENABLED],
  // x87 and SSE.
  [FPU_CONTROL, 0x200],
];

/** Of PENDING: INTR is the board's line, which drives it again; a wish to yield and single steps are the host's. */
const EVENT_YIELD = 1;
const EVENT_INTR = 4;
const EVENT_SINGLE = 256;
const NOT_STATE = EVENT_YIELD | EVENT_INTR | EVENT_SINGLE;

/** Between two runs only. The caller drops all caches afterwards. */
export function vcpuState(view: DataView, fields: StateFields): void {
  for (const [offset, bytes] of RANGES) {
    // A copy: memory is shared, and fields are kept.
    const range = new Uint8Array(view.buffer, view.byteOffset + offset, bytes);
    const copy = Uint8Array.from(range);
    fields.bytes(copy);
    range.set(copy);
  }
  const pending = view.getUint32(PENDING, true);
  const events = fields.u32(pending & ~NOT_STATE);
  if (!fields.restoring) return;
  view.setUint32(PENDING, (pending & EVENT_INTR) | events, true);
  view.setUint32(CURRENT_UOP, 0, true);
}
