/**
 * Virtual interrupts: VIF stands for IF in virtual-8086 mode with CR4.VME and in protected mode with CR4.PVI, where IOPL
 * would forbid it (SDM vol. 3, 20.3 and 20.4).
 */
import { CPL, CR4, FLAG_SYSTEM, MODE, RIP, SEG_BASE, SEG_LIMIT } from '../layout';
import { AC, CR4_PVI, CR4_VME, CS, GP_VECTOR, IF, IOPL, NT, RF, TF, TR, VIF, VIP } from './bits';
import { raise } from './exceptions';
import { readEflags } from './flags';
import { Memory } from './memory';
import { readSystem } from './memory-slow';
import { updateMode } from './mode';
import { MODE_REAL, MODE_V86 } from './mode-bits';
import { segment, selectorOf } from './segments';
import { frameBegin, frameCommit, framePush } from './stack';

/** IF by the instruction, VIF in its place, or #GP. */
export const USES_IF: u32 = 0;
export const USES_VIF: u32 = 1;

/** What CLI and STI change. */
export function interruptFlag(): u32 {
  const mode = load<u32>(MODE);
  const system = load<u32>(FLAG_SYSTEM);
  const cpl = load<u32>(CPL);
  if (mode & MODE_REAL || cpl <= (system & IOPL) >>> 12) return USES_IF;
  const extension = mode & MODE_V86 ? CR4_VME : cpl == 3 ? CR4_PVI : 0;
  if ((load<u64>(CR4) & extension) == 0) raise(GP_VECTOR, 0);
  return USES_VIF;
}

export function setVirtualIf(on: bool): void {
  const system = load<u32>(FLAG_SYSTEM);
  if (on && (system & VIP) != 0) raise(GP_VECTOR, 0);
  store<u32>(FLAG_SYSTEM, on ? system | VIF : system & ~VIF);
}

/**
 * PUSHF, POPF and IRET in virtual-8086 mode: whether IOPL leaves them to the extension. #GP when it has neither IOPL 3
 * nor the extension, which knows 16-bit operands only.
 */
export function flagsAreVirtual(sizeBytes: u32): bool {
  const system = load<u32>(FLAG_SYSTEM);
  if ((load<u32>(MODE) & MODE_V86) == 0 || (system & IOPL) == IOPL) return false;
  if (sizeBytes != 2 || (load<u64>(CR4) & CR4_VME) == 0) raise(GP_VECTOR, 0);
  return true;
}

/** FLAGS as the task sees them: IOPL 3, and VIF where IF is. */
export function virtualFlags(flags: u32): u32 {
  const shown = (flags & ~IF) | IOPL;
  return flags & VIF ? shown | IF : shown;
}

/** EFLAGS with VIF set from the IF of `popped`, to be checked before anything changes. */
export function checkVirtualFlags(popped: u32): void {
  if ((popped & TF) != 0 || ((popped & IF) != 0 && (load<u32>(FLAG_SYSTEM) & VIP) != 0)) raise(GP_VECTOR, 0);
}

/** Whether INT n of a virtual-8086 task goes to its own handler: a clear bit of the TSS's redirection bitmap. */
function isRedirected(vector: u32): bool {
  const tss = segment(TR);
  const base = load<u64>(tss, SEG_BASE);
  // The 32 bytes below the I/O bitmap.
  const at = <u32>readSystem<u16>(base + 102) - 32 + (vector >>> 3);
  if (at > load<u32>(tss, SEG_LIMIT)) raise(GP_VECTOR, 0);
  return (((<u32>readSystem<u8>(base + at)) >>> (vector & 7)) & 1) == 0;
}

/**
 * INT n in virtual-8086 mode: true when it was delivered through the task's own vector table; false when it goes through
 * the IDT as any other (SDM vol. 3, 20.3.3, table 20-2). `rip` is that of the next instruction.
 */
export function virtualInterrupt(p: usize, vector: u32, rip: u64): bool {
  const system = load<u32>(FLAG_SYSTEM);
  const privileged = (system & IOPL) == IOPL;
  if ((load<u64>(CR4) & CR4_VME) == 0 || !isRedirected(vector)) {
    if (!privileged) raise(GP_VECTOR, 0);
    return false;
  }
  const entry = Memory.read<u32>(p, vector * 4);
  const flags = readEflags();
  frameBegin();
  framePush(privileged ? flags : virtualFlags(flags), 2);
  framePush(selectorOf(CS), 2);
  framePush(rip, 2);
  frameCommit();
  store<u32>(FLAG_SYSTEM, system & ~(TF | NT | AC | RF | (privileged ? IF : VIF)));
  const s = segment(CS);
  store<u32>(s, entry >>> 16);
  store<u64>(s, (<u64>(entry >>> 16)) << 4, SEG_BASE);
  store<u64>(RIP, entry & 0xffff);
  updateMode();
  return true;
}
