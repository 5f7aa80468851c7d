/** CPUID: says what is implemented and nothing else (SDM vol. 2, CPUID). */
import { CR4, MSR_APIC_BASE, REGS } from '../layout';
import {
  CR4_DE,
  CR4_FSGSBASE,
  CR4_MCE,
  CR4_OSFXSR,
  CR4_OSXMMEXCPT,
  CR4_OSXSAVE,
  CR4_PAE,
  CR4_PCE,
  CR4_PCIDE,
  CR4_PGE,
  CR4_PSE,
  CR4_PVI,
  CR4_SMAP,
  CR4_SMEP,
  CR4_TSD,
  CR4_UMIP,
  CR4_VME,
  RAX,
  RBX,
  RCX,
  RDX,
} from './bits';
import { isLong } from './mode';

export const CR4_SUPPORTED: u64 =
  CR4_VME |
  CR4_PVI |
  CR4_TSD |
  CR4_DE |
  CR4_PSE |
  CR4_PAE |
  CR4_MCE |
  CR4_PGE |
  CR4_PCE |
  CR4_OSFXSR |
  CR4_OSXMMEXCPT |
  CR4_UMIP |
  CR4_FSGSBASE |
  CR4_PCIDE |
  CR4_OSXSAVE |
  CR4_SMEP |
  CR4_SMAP;

/**
 * Leaf 1 EDX: FPU VME DE PSE TSC MSR PAE MCE CX8 SEP MTRR PGE MCA CMOV PAT PSE36 CLFLUSH MMX FXSR SSE SSE2. MCA has no
 * banks (IA32_MCG_CAP is 0): nothing here breaks.
 */
const LEAF1_EDX: u32 = 0x078bf9ff;
/**
 * Leaf 1 ECX: SSE3 SSSE3 CX16 PCID SSE4.1 SSE4.2 MOVBE POPCNT XSAVE, and the hypervisor bit, for this is no real
 * processor.
 */
const LEAF1_ECX: u32 =
  1 |
  (1 << 9) |
  (1 << 13) |
  (1 << 17) |
  (1 << 19) |
  (1 << 20) |
  (1 << 22) |
  (1 << 23) |
  (1 << 26) |
  (1 << 31);
/** Leaf 1 ECX: the local APIC's timer has the TSC-deadline mode. */
const TSC_DEADLINE: u32 = 1 << 24;
/** Leaf 6 EAX: ARAT, the local APIC's timer runs in every C-state. */
const ALWAYS_RUNNING_TIMER: u32 = 1 << 2;
/** Leaf 7 EBX: FSGSBASE, TSC_ADJUST, BMI1, SMEP, BMI2, ERMS, INVPCID, SMAP. */
const LEAF7_EBX: u32 = 1 | (1 << 1) | (1 << 3) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 20);
/** Leaf 7 ECX: UMIP. */
const LEAF7_ECX: u32 = 1 << 2;
/** Leaf 7 EDX: IBRS and IBPB, STIBP, IA32_ARCH_CAPABILITIES, which says that nothing needs them. */
const LEAF7_EDX: u32 = (1 << 26) | (1 << 27) | (1 << 29);
/** The x87 and SSE components, both of which lie in the legacy region; then the header. */
export const XCR0_SUPPORTED: u64 = 3;
const XSAVE_AREA_SIZE: u32 = 512 + 64;
/** Leaf 80000001 EDX: NX 1-GiB pages RDTSCP LM, and in 64-bit mode SYSCALL. ECX: LAHF in 64-bit mode, LZCNT, 3DNow prefetch. */
const SYSCALL: u32 = 1 << 11;
const EXTENDED_EDX: u32 = (1 << 20) | (1 << 26) | (1 << 27) | (1 << 29);
const EXTENDED_ECX: u32 = 1 | (1 << 5) | (1 << 8);
/** Family 6, model 15, stepping 1: a generic 64-bit part. */
const SIGNATURE: u32 = 0x06f1;

function set(a: u32, b: u32, c: u32, d: u32): void {
  store<u64>(REGS + RAX, a);
  store<u64>(REGS + RBX, b);
  store<u64>(REGS + RCX, c);
  store<u64>(REGS + RDX, d);
}

/** Leaf 1 EDX bit 9: the local APIC is there while IA32_APIC_BASE enables it. */
function apicBit(): u32 {
  return (load<u32>(MSR_APIC_BASE) & 0x800) >> 2;
}

/** Leaf 1 ECX bit 27: the system has enabled XSAVE. */
function osxsaveBit(): u32 {
  return load<u64>(CR4) & CR4_OSXSAVE ? 1 << 27 : 0;
}

export function cpuidLeaf(leaf: u32, subleaf: u32): void {
  switch (leaf) {
    case 0:
      // "GenuineIntel": guests pick documented behaviour by the vendor, and ours follows the SDM.
      set(0xd, 0x756e6547, 0x6c65746e, 0x49656e69);
      break;
    case 1:
      set(SIGNATURE, 0x00010800, LEAF1_ECX | TSC_DEADLINE | osxsaveBit(), LEAF1_EDX | apicBit());
      break;
    case 6:
      set(ALWAYS_RUNNING_TIMER, 0, 0, 0);
      break;
    case 7:
      if (subleaf == 0) set(0, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX);
      else set(0, 0, 0, 0);
      break;
    case 0xd:
      // The state components, the size of the area for those enabled, and for all.
      if (subleaf == 0) set(<u32>XCR0_SUPPORTED, XSAVE_AREA_SIZE, XSAVE_AREA_SIZE, 0);
      else set(0, 0, 0, 0);
      break;
    case 0x40000000:
      set(0x40000000, 0x65657242, 0x2078696e, 0x00435056);
      break;
    case 0x80000000:
      set(0x80000008, 0, 0, 0);
      break;
    case 0x80000001:
      set(0, 0, EXTENDED_ECX, isLong() ? EXTENDED_EDX | SYSCALL : EXTENDED_EDX);
      break;
    // "Breenix virtual x86-64 CPU".
    case 0x80000002:
      set(0x65657242, 0x2078696e, 0x74726976, 0x206c6175);
      break;
    case 0x80000003:
      set(0x2d363878, 0x43203436, 0x00005550, 0);
      break;
    case 0x80000008:
      set(0x3028, 0, 0, 0);
      break;
    default:
      set(0, 0, 0, 0);
  }
}
