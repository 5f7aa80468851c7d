/** Model-specific registers (SDM vol. 4). An unknown one reads and writes as #GP, named once in the log. */
import {
  CR0,
  EFER,
  MSR_APIC_BASE,
  MSR_CSTAR,
  MSR_FMASK,
  MSR_KERNEL_GS_BASE,
  MSR_LSTAR,
  MSR_MCG_STATUS,
  MSR_MISC_ENABLE,
  MSR_PAT,
  MSR_SPEC_CTRL,
  MSR_STAR,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
  MSR_TSC_AUX,
  MSR_TSC_OFFSET,
  SEG_BASE,
} from '../layout';
import { CR0_PG, EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE, FS, GP_VECTOR, GS } from './bits';
import { raise } from './exceptions';
import { report, setApicBase, setTimestampDeadline, timestamp, timestampDeadline } from './host';
import { updateMode } from './mode';
import { checkMtrr, mtrrAddress, MTRR_CAPABILITIES } from './mtrr';
import { segment } from './segments';
import { flushTlbs } from './tlb';

const REPORT_MSR: u32 = 5;
/** IA32_APIC_BASE: bootstrap processor, global enable, 40 address bits; no x2APIC. */
const APIC_BASE_VALID: u64 = 0xfffffff900;

/**
 * IA32_ARCH_CAPABILITIES (SDM vol. 4, table 2-2): nothing here executes speculatively, so that systems need none of
 * their defences, some of which (a second set of page tables, another CR3 at each system call) cost much. RDCL_NO,
 * IBRS_ALL, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, IF_PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO,
 * PBRSB_NO, GDS_NO, RFDS_NO, ITS_NO.
 */
const ARCH_CAPABILITIES: u64 = 0x400000000d10e17b;
/** IA32_SPEC_CTRL: IBRS and STIBP, which there is nothing to do for. */
const SPEC_CTRL_VALID: u64 = 3;
/** IA32_PRED_CMD: IBPB. */
const PRED_CMD_VALID: u64 = 1;

/** Where a register that is plain storage lies; 0 for the others. */
function plain(index: u32): usize {
  switch (index) {
    case 0x174:
      return MSR_SYSENTER_CS;
    case 0x175:
      return MSR_SYSENTER_ESP;
    case 0x176:
      return MSR_SYSENTER_EIP;
    case 0x48:
      return MSR_SPEC_CTRL;
    case 0x1a0:
      return MSR_MISC_ENABLE;
    case 0x277:
      return MSR_PAT;
    case 0x17a:
      return MSR_MCG_STATUS;
    case 0xc0000081:
      return MSR_STAR;
    case 0xc0000082:
      return MSR_LSTAR;
    case 0xc0000083:
      return MSR_CSTAR;
    case 0xc0000084:
      return MSR_FMASK;
    case 0xc0000100:
      return <usize>segment(FS) + SEG_BASE;
    case 0xc0000101:
      return <usize>segment(GS) + SEG_BASE;
    case 0xc0000102:
      return MSR_KERNEL_GS_BASE;
    case 0xc0000103:
      return MSR_TSC_AUX;
    default:
      return mtrrAddress(index);
  }
}

/** Addresses that must be canonical. */
function holdsAddress(index: u32): bool {
  return (
    index == 0x175 ||
    index == 0x176 ||
    index == 0xc0000082 ||
    index == 0xc0000083 ||
    (index >= 0xc0000100 && index <= 0xc0000102)
  );
}

function unknown(index: u32, write: bool): void {
  report(REPORT_MSR, index, u64(write));
  raise(GP_VECTOR, 0);
}

function readDeadline(): u64 {
  const deadline = timestampDeadline();
  return deadline ? deadline + load<u64>(MSR_TSC_OFFSET) : 0;
}

/** An armed deadline stays what the guest wrote: it moves against the board's counter. */
function writeOffset(offset: u64): void {
  const deadline = readDeadline();
  store<u64>(MSR_TSC_OFFSET, offset);
  if (deadline) setTimestampDeadline(deadline - load<u64>(MSR_TSC_OFFSET));
}

export function readMsr(index: u32): u64 {
  const at = plain(index);
  if (at) return load<u64>(at);
  switch (index) {
    case 0x10:
      return timestamp() + load<u64>(MSR_TSC_OFFSET);
    // P5_MC_ADDR, P5_MC_TYPE, PLATFORM_ID, BIOS_SIGN_ID, MCG_CAP: no machine-check banks, no microcode.
    case 0:
    case 1:
    case 0x17:
    case 0x8b:
    case 0x179:
      return 0;
    case 0x1b:
      return load<u64>(MSR_APIC_BASE);
    case 0x6e0:
      return readDeadline();
    case 0x3b:
      // TSC_ADJUST: all that ever moved the counter.
      return load<u64>(MSR_TSC_OFFSET);
    case 0xfe:
      return MTRR_CAPABILITIES;
    case 0x10a:
      return ARCH_CAPABILITIES;
    case 0xc0000080:
      return load<u64>(EFER);
    default:
      unknown(index, false);
      return 0;
  }
}

export function writeMsr(index: u32, value: u64): void {
  const at = plain(index);
  if (at) {
    if (holdsAddress(index) && <u64>(((<i64>value) << 16) >> 16) != value) raise(GP_VECTOR, 0);
    if (index == 0x277 && !patValid(value)) raise(GP_VECTOR, 0);
    if (index == 0x48 && (value & ~SPEC_CTRL_VALID) != 0) raise(GP_VECTOR, 0);
    if (mtrrAddress(index)) checkMtrr(index, value);
    store<u64>(at, value);
    return;
  }
  switch (index) {
    case 0x10:
      writeOffset(value - timestamp());
      break;
    case 0x6e0:
      // The board knows the counter without the guest's offset.
      setTimestampDeadline(value ? value - load<u64>(MSR_TSC_OFFSET) : 0);
      break;
    case 0x3b:
      writeOffset(value);
      break;
    // A write to BIOS_SIGN_ID asks for the microcode's revision; BIOS_UPDT_TRIG loads one.
    case 0x8b:
    case 0x79:
      break;
    case 0x49:
      if (value & ~PRED_CMD_VALID) raise(GP_VECTOR, 0);
      break;
    case 0x1b:
      if (value & ~APIC_BASE_VALID) raise(GP_VECTOR, 0);
      store<u64>(MSR_APIC_BASE, value);
      setApicBase(value);
      break;
    case 0xc0000080: {
      const old = load<u64>(EFER);
      if (value & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)) raise(GP_VECTOR, 0);
      if ((load<u64>(CR0) & CR0_PG) != 0 && ((value ^ old) & EFER_LME) != 0) raise(GP_VECTOR, 0);
      store<u64>(EFER, (value & ~EFER_LMA) | (old & EFER_LMA));
      if ((value ^ old) & EFER_NXE) flushTlbs(false);
      updateMode();
      break;
    }
    default:
      unknown(index, true);
  }
}

/** Types 0, 1, 4, 5, 6, 7. */
function patValid(value: u64): bool {
  for (let i: u64 = 0; i < 64; i += 8) {
    const type = (value >> i) & 0xff;
    if (type > 7 || type == 2 || type == 3) return false;
  }
  return true;
}
