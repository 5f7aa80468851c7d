/**
 * What this CPU can do, from CPUID, and switching on what protects the kernel.
 * Source: Intel SDM 2A CPUID, 3A 2.5 (CR4), 4.6 (SMEP, SMAP), 5.x (UMIP); AMD APM 3 appendix E.
 */
import { cpuid, readCr0, readCr4, writeCr0, writeCr4 } from './cpu';
import { smapEnabledFlag } from './image';
import { LOG_INFO, logBegin, logEnd, logStr } from '../../lib/log';

const CR0_MONITOR: u64 = 1 << 1;
const CR0_EMULATION: u64 = 1 << 2;
const CR0_TASK_SWITCHED: u64 = 1 << 3;
const CR0_NUMERIC_ERROR: u64 = 1 << 5;
const CR4_TSD: u64 = 1 << 2;
const CR4_OSFXSR: u64 = 1 << 9;
const CR4_OSXMMEXCPT: u64 = 1 << 10;
const CR4_UMIP: u64 = 1 << 11;
const CR4_SMEP: u64 = 1 << 20;
const CR4_SMAP: u64 = 1 << 21;

const registers = memory.data(16, 4);
let leaf1Edx: u32 = 0;
let leaf7Ebx: u32 = 0;
let leaf7Ecx: u32 = 0;
let extendedEdx: u32 = 0;

export function cpuHas1GPages(): bool {
  return (extendedEdx & (1 << 26)) != 0;
}

export function cpuHasGlobalPages(): bool {
  return (leaf1Edx & (1 << 13)) != 0;
}

/** CPUID leaf 1 EDX: what AT_HWCAP tells programs. */
export function cpuFeatureBits(): u32 {
  return leaf1Edx;
}

export function cpuFeaturesInit(): void {
  cpuid(0, 0, registers);
  const highest = load<u32>(registers);
  cpuid(1, 0, registers);
  leaf1Edx = load<u32>(registers, 12);
  if (highest >= 7) {
    cpuid(7, 0, registers);
    leaf7Ebx = load<u32>(registers, 4);
    leaf7Ecx = load<u32>(registers, 8);
  }
  cpuid(0x80000000, 0, registers);
  if (load<u32>(registers) >= 0x80000001) {
    cpuid(0x80000001, 0, registers);
    extendedEdx = load<u32>(registers, 12);
  }
}

/** SMEP and UMIP, and the FPU for user code. SMAP comes when the tables are final: enableSmap. */
export function cpuProtectInit(): void {
  writeCr0((readCr0() & ~(CR0_EMULATION | CR0_TASK_SWITCHED)) | CR0_MONITOR | CR0_NUMERIC_ERROR);
  let cr4 = (readCr4() & ~CR4_TSD) | CR4_OSFXSR | CR4_OSXMMEXCPT;
  const smep = (leaf7Ebx & (1 << 7)) != 0;
  const smap = (leaf7Ebx & (1 << 20)) != 0;
  const umip = (leaf7Ecx & (1 << 2)) != 0;
  if (smep) cr4 |= CR4_SMEP;
  if (smap) cr4 |= CR4_SMAP;
  if (umip) cr4 |= CR4_UMIP;
  writeCr4(cr4);
  if (smap) store<u8>(smapEnabledFlag(), 1);
  logBegin(LOG_INFO, 'cpu');
  logStr('protection: NX');
  if (smep) logStr(' SMEP');
  if (smap) logStr(' SMAP');
  if (umip) logStr(' UMIP');
  logEnd();
}
