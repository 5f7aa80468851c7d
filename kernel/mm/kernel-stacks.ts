/**
 * Kernel stacks: 32 KiB slots from KERNEL_STACKS upwards, the upper half mapped, the lower half never: an overflow
 * hits the guard and becomes a double fault on the emergency stack instead of overwriting somebody else's memory.
 *
 * Allocation and release are O(1): a two-level bitmap, one word of which says which of 64 words have a free slot.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { panic } from '../lib/panic';
import { allocFrame, freeFrame } from './frames';
import { mapKernelPage, unmapKernelPage } from './kernel-map';
import { EMERGENCY_STACKS, KERNEL_STACKS } from './layout';
import { PTE_NO_EXECUTE, PTE_WRITE } from './page-table';

const SLOT_SIZE: u64 = 32768;
const STACK_PAGES: u64 = 4;
const STACK_SIZE: u64 = STACK_PAGES * 4096;
const WORDS: u32 = 64;
const FLAGS: u64 = PTE_WRITE | PTE_NO_EXECUTE;
const EMERGENCY_SLOTS_PER_CPU: u64 = 4;

const lock = memory.data(4, 4);
/** Bit set: slot free. */
const slots = memory.data(64 * 8, 8);
/** Bit set: that word of `slots` is not 0. */
let summary: u64 = 0;
let used: u32 = 0;

export function kernelStacksInit(): void {
  summary = ~(<u64>0);
  memory.fill(slots, 0xff, <usize>WORDS * 8);
}

/** Top of a fresh stack; 0 when out of slots or memory. */
export function allocKernelStack(): u64 {
  const slot = takeSlot();
  if (slot < 0) return 0;
  const top = KERNEL_STACKS + (<u64>slot + 1) * SLOT_SIZE;
  if (mapStack(top)) return top;
  returnSlot(slot);
  return 0;
}

/** The stack must not be in use by any CPU any more. */
export function freeKernelStack(top: u64): void {
  unmapStack(top, STACK_PAGES);
  returnSlot(<i32>((top - KERNEL_STACKS) / SLOT_SIZE) - 1);
}

/** Is `address` in the guard below a kernel or emergency stack? (For the double-fault message.) */
export function isStackGuard(address: u64): bool {
  const end = EMERGENCY_STACKS + ((<u64>1) << 32);
  return address >= KERNEL_STACKS && address < end && (address & (SLOT_SIZE - 1)) < SLOT_SIZE - STACK_SIZE;
}

export function kernelStacksInUse(): u32 {
  return used;
}

/** Top of emergency stack `index` (0–3) of a CPU; panics without memory, it is needed to boot. */
export function mapEmergencyStack(cpu: u32, index: u32): u64 {
  const top = EMERGENCY_STACKS + (<u64>cpu * EMERGENCY_SLOTS_PER_CPU + index + 1) * SLOT_SIZE;
  if (!mapStack(top)) panic('no memory for the emergency stacks');
  return top;
}

function mapStack(top: u64): bool {
  for (let i: u64 = 1; i <= STACK_PAGES; i++) {
    const frame = allocFrame();
    if (frame != 0 && mapKernelPage(top - i * 4096, frame, FLAGS)) continue;
    if (frame != 0) freeFrame(frame);
    unmapStack(top, i - 1);
    return false;
  }
  return true;
}

function unmapStack(top: u64, pages: u64): void {
  for (let i: u64 = 1; i <= pages; i++) freeFrame(unmapKernelPage(top - i * 4096));
}

function takeSlot(): i32 {
  const flags = lockIrqSave(lock);
  let slot: i32 = -1;
  if (summary != 0) {
    const word = <u32>ctz(summary);
    const at = slots + <usize>word * 8;
    const bits = load<u64>(at);
    slot = <i32>(word * 64 + <u32>ctz(bits));
    store<u64>(at, bits & (bits - 1));
    if ((bits & (bits - 1)) == 0) summary &= summary - 1;
    used++;
  }
  unlockIrqRestore(lock, flags);
  return slot;
}

function returnSlot(slot: i32): void {
  const flags = lockIrqSave(lock);
  const word = (<u32>slot) >> 6;
  const at = slots + <usize>word * 8;
  store<u64>(at, load<u64>(at) | ((<u64>1) << (slot & 63)));
  summary |= (<u64>1) << word;
  used--;
  unlockIrqRestore(lock, flags);
}
