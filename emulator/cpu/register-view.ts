/** Registers by name, for logs and the debugger. */
import {
  CR0,
  CR2,
  CR3,
  CR4,
  DR0,
  DR6,
  DR7,
  EFER,
  REGS,
  RIP,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  CPL,
} from './layout.ts';

const GENERAL = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const;
const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'ldtr', 'tr'] as const;
const CONTROL = {
  cr0: CR0,
  cr2: CR2,
  cr3: CR3,
  cr4: CR4,
  efer: EFER,
  dr0: DR0,
  dr1: DR0 + 8,
  dr2: DR0 + 16,
  dr3: DR0 + 24,
  dr6: DR6,
  dr7: DR7,
} as const;

export function readRegisters(view: DataView, eflags: number): ReadonlyMap<string, bigint> {
  const map = new Map<string, bigint>();
  GENERAL.forEach((name, i) => map.set(name, view.getBigUint64(REGS + 8 * i, true)));
  map.set('rip', view.getBigUint64(RIP, true));
  map.set('rflags', BigInt(eflags >>> 0));
  SEGMENT_NAMES.forEach((name, i) => {
    const at = SEGMENTS + i * SEGMENT_SIZE;
    map.set(name, BigInt(view.getUint32(at + SEG_SELECTOR, true)));
    map.set(`${name}.base`, view.getBigUint64(at + SEG_BASE, true));
    map.set(`${name}.limit`, BigInt(view.getUint32(at + SEG_LIMIT, true)));
  });
  map.set('cpl', BigInt(view.getUint32(CPL, true)));
  for (const [name, at] of Object.entries(CONTROL)) map.set(name, view.getBigUint64(at, true));
  return map;
}
