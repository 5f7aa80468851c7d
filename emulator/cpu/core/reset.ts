/** The state after RESET# and INIT# (SDM vol. 3, table 10-1). */
import {
  CPL,
  CR0,
  CR2,
  CR3,
  CR4,
  CURRENT_UOP,
  DEBUG_ENABLED,
  DEBUG_HITS,
  DELIVERING,
  DR0,
  DR6,
  DR7,
  EFER,
  FLAG_AUX,
  FLAG_RESULT,
  FLAG_SYSTEM,
  FPU_CONTROL,
  FPU_STATUS,
  FPU_TAGS,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
  MSR_APIC_BASE,
  MSR_MCG_STATUS,
  MSR_MISC_ENABLE,
  MSR_MTRR,
  MSR_MTRR_FIXED,
  MSR_PAT,
  MSR_SPEC_CTRL,
  MSR_STAR,
  MXCSR,
  NMI_BLOCKED,
  PENDING,
  REGS,
  RIP,
  MODE,
  CODE_KEY,
  FPU_REGS,
  XCR0,
} from '../layout';
import { CR0_CD, CR0_ET, CR0_NW, CS, LDTR, RDX, TR } from './bits';
import { EVENT_INTR } from './event-bits';
import { NO_VECTOR } from './exceptions';
import { updateMode } from './mode';
import { setSegment } from './segments';
import { resetTlbs } from './tlb';

export function resetProcessor(powerOn: bool): void {
  memory.fill(REGS, 0, 144);
  store<u64>(REGS + RDX, 0x6f1);
  store<u64>(RIP, 0xfff0);
  store<u64>(FLAG_RESULT, 1);
  store<u32>(FLAG_AUX, 0x100);
  store<u32>(FLAG_SYSTEM, 0);
  store<u32>(CURRENT_UOP, 0);
  store<u32>(PENDING, load<u32>(PENDING) & EVENT_INTR);
  store<u32>(NMI_BLOCKED, 0);
  store<u32>(DELIVERING, NO_VECTOR);
  store<u32>(CPL, 0);
  for (let index: u32 = 0; index < 6; index++) setSegment(index, 0, 0x93, 0, 0xffff);
  setSegment(CS, 0xf000, 0x93, 0xffff0000, 0xffff);
  setSegment(LDTR, 0, 0x82, 0, 0xffff);
  setSegment(TR, 0, 0x8b, 0, 0xffff);
  store<u64>(GDTR_BASE, 0);
  store<u32>(GDTR_LIMIT, 0xffff);
  store<u64>(IDTR_BASE, 0);
  store<u32>(IDTR_LIMIT, 0xffff);
  const caches = powerOn ? CR0_CD | CR0_NW : load<u64>(CR0) & (CR0_CD | CR0_NW);
  store<u64>(CR0, CR0_ET | caches);
  store<u64>(CR2, 0);
  store<u64>(CR3, 0);
  store<u64>(CR4, 0);
  store<u64>(EFER, 0);
  store<u64>(XCR0, 1);
  memory.fill(DR0, 0, 48);
  store<u64>(DR6, 0xffff0ff0);
  store<u64>(DR7, 0x400);
  store<u32>(DEBUG_ENABLED, 0);
  store<u32>(DEBUG_HITS, 0);
  if (powerOn) {
    memory.fill(MSR_STAR, 0, 0x60);
    memory.fill(MSR_MTRR_FIXED, 0, MSR_MCG_STATUS + 8 - MSR_MTRR_FIXED);
    store<u64>(MSR_MTRR, 0);
    store<u64>(MSR_PAT, 0x0007040600070406);
    store<u64>(MSR_APIC_BASE, 0xfee00900);
    store<u64>(MSR_MISC_ENABLE, 1);
    store<u64>(MSR_SPEC_CTRL, 0);
    memory.fill(FPU_CONTROL, 0, 0x200);
    store<u16>(FPU_CONTROL, 0x40);
    store<u16>(FPU_STATUS, 0);
    // Reset marks all registers valid zeros; FNINIT empties them.
    store<u8>(FPU_TAGS, 0xff);
    memory.fill(FPU_REGS, 0, 128);
    store<u32>(MXCSR, 0x1f80);
  }
  store<u32>(MODE, 0xffffffff);
  store<u32>(CODE_KEY, 1);
  resetTlbs();
  updateMode();
}
