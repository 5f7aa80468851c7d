/**
 * Where a software reference leaves the architecture: what differs from it is not counted against us. QEMU 7.2's TCG is
 * the reference; pages are those of the Intel SDM, order number 325462-079US, volume 3.
 */
import type { SystemCase } from './case.ts';
import { PROTECTED_16 } from './environments.ts';
import { OPERAND as TABLE_OPERAND } from './families/control.ts';
import * as F from './format.ts';
import type { Difference, Values } from './result.ts';

export interface Leniency {
  readonly name: string;
  /** What the manual says, and where. */
  readonly source: string;
  readonly covers: (difference: Difference, tested: SystemCase, reference: Values, ours: Values) => boolean;
}

export const TCG_NAME = 'QEMU TCG';
const RF = 0x10000n;

function differsBy(mask: bigint, { reference, ours }: Difference): boolean {
  return reference !== undefined && ours !== undefined && ((reference ^ ours) & ~mask) === 0n;
}

function isLongCode(tested: SystemCase, selector: bigint): boolean {
  return (((tested.descriptor(Number(selector)) ?? 0n) >> 53n) & 1n) === 1n;
}

/** A case that jumped into zeros runs ADD [EAX], AL. */
function outsideOfCode(rip: bigint): boolean {
  return rip < BigInt(F.At.code) || rip >= BigInt(F.At.codeEnd);
}

/** Whether the descriptor of a selector that a case brought has both bits. */
function lAndD(tested: SystemCase, selector: bigint): boolean {
  const descriptor = tested.descriptor(Number(selector));
  return descriptor !== null && ((descriptor >> 53n) & 3n) === 3n;
}

/** Whether the frame that a case brought for IRET has VM set. */
function returnsVm(tested: SystemCase): boolean {
  const size = tested.codeHex.startsWith('48') ? 8 : 4;
  return (tested.word(tested.get('rsp') + 2 * size) & 0x20000) !== 0;
}

/** The selector that a case begins with: in AX, or pushed. */
function immediateSelector(tested: SystemCase): number {
  const [, low = '0', high = '0'] = /^(?:66)?(?:b8|68)(..)(..)/.exec(tested.codeHex) ?? [];
  return parseInt(high + low, 16);
}

/** The code segment's descriptor of the gate that the case brings in its IDT, if both are its own. */
function handlerSegment(tested: SystemCase): bigint | null {
  const size = tested.environment.mode === 'long' ? 16 : 8;
  for (let vector = 0; vector < F.VECTORS; vector++) {
    const gate = tested.word(F.At.idt + vector * size);
    if (gate !== 0) return tested.descriptor(gate >>> 16);
  }
  return null;
}

/** The greatest offset of a segment that grows up, in bytes. */
function limitOf(descriptor: bigint): bigint {
  const units = (descriptor & 0xffffn) | ((descriptor >> 32n) & 0xf0000n);
  return ((descriptor >> 55n) & 1n) === 1n ? (units << 12n) | 0xfffn : units;
}

/** Whether the case loads SS with a segment of its own in which its stack pointer does not lie (vol. 3, 5.3). */
function leavesStack(tested: SystemCase): boolean {
  if (!/(8ed0|17)$/.test(tested.codeHex)) return false;
  const descriptor = tested.descriptor(immediateSelector(tested));
  if (descriptor === null) return false;
  const [wide, down] = [54n, 42n].map((bit) => ((descriptor >> bit) & 1n) === 1n);
  const limit = limitOf(descriptor);
  const top = BigInt(tested.get('rsp')) & (wide ? 0xffffffffn : 0xffffn);
  return down ? top - 4n <= limit : top - 1n > limit;
}

/** What the architecture leaves open: of every reference. */
const UNDEFINED: readonly Leniency[] = [
  {
    name: 'LAR: bits 16 to 19',
    source:
      'vol. 2A, LAR: these bits of the limit are undefined; TCG clears them, we show them (the stubs use LAR, too)',
    covers: (difference) =>
      /^(ecx|r1)$/.test(difference.name) &&
      differsBy(0xf0000n, difference) &&
      (difference.ours ?? 0n) < 0x1000000n,
  },
  {
    name: 'general registers from a 16-bit TSS',
    source: '8.6: not said; TCG clears the upper halves, processors set them',
    covers: (difference, tested) =>
      tested.environment.mode === 'protected' &&
      differsBy(0xffff0000n, difference) &&
      (difference.ours ?? 0n) >> 16n === 0xffffn,
  },
  {
    name: 'accessed bits on the way to a fault',
    source:
      '4.8: set whenever an entry is used in translation, also for an access that faults at a later one; when is up to the processor',
    covers: ({ name }, tested, reference) =>
      /^page [4-9]$/.test(name) &&
      reference.get('vector') === 14n &&
      tested.environment.template !== 'legacy',
  },
];

/** What QEMU's TCG does otherwise. */
const TCG: readonly Leniency[] = [
  {
    name: 'RF in the image of a fault',
    source: '18.3.1.1: faults push RF set; TCG does not set it',
    covers: (difference) => difference.name === 'flags' && differsBy(RF, difference),
  },
  {
    name: 'error code of a gate',
    source:
      '6.13: index of the gate times 8, and EXT for what no instruction asked for; TCG has index times 16 in IA-32e mode, and no EXT',
    covers: ({ name, reference, ours }, tested) => {
      if (name !== 'error' || reference === undefined || ours === undefined) return false;
      const asked = /^(cd|cc|b07f0401ce)/.test(tested.codeHex);
      const scaled =
        tested.environment.mode === 'long' && (reference & 2n) !== 0n
          ? ((reference & ~7n) >> 1n) | 2n
          : reference;
      return ours === (asked ? scaled : scaled | 1n);
    },
  },
  {
    name: 'SS after an interrupt by IST at the same level',
    source: '6.14.4: SS becomes null when the level changes; TCG does so whenever the stack does',
    covers: ({ name, reference, ours }, tested) =>
      tested.environment.mode === 'long' &&
      /^(ss|frame.ss)$/.test(name) &&
      (reference ?? 9n) < 4n &&
      (ours ?? 0n) > 3n,
  },
  {
    name: 'code segment with L and D',
    source: 'vol. 2A, CALL and JMP: #GP(selector) in IA-32e mode; TCG loads it',
    covers: (_difference, tested, reference, ours) =>
      tested.environment.mode === 'long' &&
      ours.get('vector') === 13n &&
      reference.get('vector') === 3n &&
      lAndD(tested, ours.get('error') ?? 0n),
  },
  {
    name: 'TSS descriptor in the local table',
    source: '8.3, table 8-1: #GP for JMP, CALL and INT; TCG raises #TS',
    covers: (_difference, _tested, reference, ours) =>
      reference.get('vector') === 10n &&
      ours.get('vector') === 13n &&
      reference.get('error') === ours.get('error') &&
      ((ours.get('error') ?? 0n) & 4n) !== 0n,
  },
  {
    name: 'fault after the commit point of a task switch',
    source:
      '8.3: it belongs to the new task, whose EIP and level count; TCG reports it at the old EIP and level',
    covers: (_difference, tested, reference, ours) => {
      const vector = reference.get('vector') ?? 0n;
      const switched = reference.get('tr') !== BigInt(F.Sel.tss);
      return (
        tested.environment.mode === 'protected' &&
        switched &&
        vector >= 10n &&
        vector <= 13n &&
        (ours.get('outcome') !== 1n || ours.get('rip') !== reference.get('rip'))
      );
    },
  },
  {
    name: 'VM in the flags of an IRET',
    source: 'vol. 2A, IRET: it counts at level 0 outside IA-32e mode alone; TCG obeys it everywhere',
    covers: (_difference, tested) =>
      (tested.environment.mode === 'long' || tested.environment.cpl !== 0) &&
      /cf$/.test(tested.codeHex) &&
      returnsVm(tested),
  },
  {
    name: 'canonical bases',
    source: 'vol. 2B, WRMSR: #GP for an address that is not canonical; TCG takes any',
    covers: (_difference, tested, reference, ours) =>
      /0f30/.test(tested.codeHex) && ours.get('vector') === 13n && reference.get('vector') === 3n,
  },
  {
    name: 'upper bits of IA32_SYSENTER_CS',
    source: 'vol. 4, 174H: bits 63 to 16 are not used; TCG drops them, we keep them',
    covers: ({ name }, tested) => /^(66)?b974010000/.test(tested.codeHex) && /^(r0|r2|eax|edx)$/.test(name),
  },
  {
    name: 'SYSENTER with a null selector of level 1 to 3',
    source: 'vol. 2B, SYSENTER: #GP(0) if bits 15 to 2 are 0; TCG looks at all bits',
    covers: (_difference, tested, _reference, ours) =>
      /^(48)?0f3[45]/.test(tested.codeHex) && ours.get('vector') === 13n,
  },
  {
    name: 'SYSCALL and SYSRET in compatibility mode',
    source: 'vol. 2B, SYSCALL and SYSRET: #UD outside 64-bit mode; TCG does as AMD',
    covers: (_difference, tested, _reference, ours) =>
      tested.environment.bits === 32 && /^0f0[57]/.test(tested.codeHex) && ours.get('vector') === 6n,
  },
  {
    name: 'SYSRET to an address that is not canonical',
    source: 'vol. 2B, SYSRET: #GP(0) at level 0; TCG goes there',
    covers: (_difference, tested, _reference, ours) =>
      /^480f07/.test(tested.codeHex) && ours.get('vector') === 13n && ours.get('error') === 0n,
  },
  {
    name: 'flags after SYSCALL',
    source:
      'vol. 2B, SYSCALL: those that IA32_FMASK names are cleared; TCG clears the arithmetic ones and DF always',
    covers: (difference, tested) =>
      /^(48)?0f05/.test(tested.codeHex) && difference.name === 'flags' && differsBy(0xcd5n, difference),
  },
  {
    name: 'write access of an instruction that reads and writes',
    source: '4.7: it is a write; TCG reads first and reports that',
    covers: ({ name }, tested, reference) =>
      reference.get('vector') === 14n &&
      /^(error|cr2)$/.test(name) &&
      (/(0103|8f03|ff33)$/.test(tested.codeHex) || outsideOfCode(reference.get('rip') ?? 0n)),
  },
  {
    name: 'P in the error code for reserved bits',
    source: '4.7: RSVD implies P; TCG sets RSVD alone',
    covers: ({ name, reference, ours }) =>
      name === 'error' &&
      reference !== undefined &&
      (reference & 9n) === 8n &&
      ((reference | 1n) === ours || (reference | 3n) === ours),
  },
  {
    name: 'accessed bits of PAE page-directory-pointer entries',
    source: '4.4.1: bits 8 to 5 of them are reserved or ignored; TCG sets bit 5',
    covers: ({ name }, tested) => tested.environment.template === 'pae' && name === 'page 5',
  },
  {
    name: 'reserved bits of DR6 and DR7',
    source: '18.2.3 and 18.2.4: bit 12 of either and bits 11, 14 and 15 of DR7 read 0; TCG keeps them',
    covers: (difference) =>
      (difference.name === 'dr6' || difference.name === 'dr7') && differsBy(0xd800n, difference),
  },
  {
    name: 'control registers that do not exist',
    source: 'vol. 2B, MOV: #UD, which counts before the privilege; TCG checks the privilege first',
    covers: (_difference, tested, _reference, ours) =>
      /^0f20/.test(tested.codeHex) && ours.get('vector') === 6n,
  },
  {
    name: 'leaving paging or PAE in IA-32e mode',
    source: 'vol. 2B, MOV: #GP(0); TCG does it',
    covers: (_difference, tested, _reference, ours) =>
      tested.environment.mode === 'long' && /0f22[ce]0$/.test(tested.codeHex) && ours.get('vector') === 13n,
  },
  {
    name: 'the trap of TF after STI',
    source: '6.8.3: STI holds off external interrupts only; TCG holds off the trap as well',
    covers: ({ name }, tested) => /^fb/.test(tested.codeHex) && /^(rip|ip)$/.test(name),
  },
  {
    name: 'LAR and 16-bit system descriptors in IA-32e mode',
    source: 'vol. 2A, LAR, table 3-54: only types 2, 9, 11 and 12 are valid; TCG takes 1, 4 and 5 as well',
    covers: (_difference, tested, reference, ours) =>
      tested.environment.mode === 'long' &&
      /0f02c8/.test(tested.codeHex) &&
      ours.get('r2') !== reference.get('r2'),
  },
  {
    name: 'LSL and 16-bit system descriptors in IA-32e mode',
    source: 'vol. 2A, LSL, table 3-59: only types 2, 9 and 11 are valid; TCG takes 1 and 3 as well',
    covers: (_difference, tested) => {
      const type = ((tested.descriptor(immediateSelector(tested)) ?? 0n) >> 40n) & 0x1fn;
      return (
        tested.environment.mode === 'long' && /0f03c8/.test(tested.codeHex) && (type === 1n || type === 3n)
      );
    },
  },
  {
    name: 'exception on a stack beyond its limit',
    source: '5.3 and 6.15: #SS, then #DF, then shutdown; TCG does not check the limits of stacks',
    covers: (_difference, tested, _reference, ours) =>
      tested.environment.mode === 'protected' &&
      tested.environment.cpl === 0 &&
      ours.get('outcome') === BigInt(F.OUTCOMES.indexOf('reset')) &&
      leavesStack(tested),
  },
  {
    name: 'reserved bits of CR3',
    source: 'vol. 2B, MOV: #GP(0) for those beyond the physical address; TCG ends the guest',
    covers: (_difference, tested, reference, ours) =>
      /0f22d8$/.test(tested.codeHex) &&
      reference.get('outcome') === BigInt(F.OUTCOME_HUNG) &&
      ours.get('vector') === 13n &&
      ours.get('error') === 0n,
  },
  {
    name: 'canonical bases of tables',
    source:
      'vol. 3, 3.5.1 and vol. 2A, LGDT: #GP(0) for a base that is not canonical; TCG takes any, and resets',
    covers: (_difference, tested, reference, ours) => {
      const base =
        BigInt(tested.word(TABLE_OPERAND + 2) >>> 0) | (BigInt(tested.word(TABLE_OPERAND + 6)) << 32n);
      return (
        tested.environment.bits === 64 &&
        /^0f01(1[4-7]|1c)25/.test(tested.codeHex) &&
        BigInt.asIntN(48, base) !== BigInt.asIntN(64, base) &&
        reference.get('outcome') === BigInt(F.OUTCOMES.indexOf('reset')) &&
        ours.get('vector') === 13n &&
        ours.get('error') === 0n
      );
    },
  },
  {
    name: 'LTR of a 16-bit TSS in IA-32e mode',
    source: 'vol. 2A, LTR: #GP(selector) for what is no 64-bit TSS, before #NP; TCG takes type 1 until then',
    covers: (_difference, tested, reference, ours) => {
      const type = ((tested.descriptor(immediateSelector(tested)) ?? 0n) >> 40n) & 0x1fn;
      return (
        tested.environment.mode === 'long' &&
        /0f00d8$/.test(tested.codeHex) &&
        type === 1n &&
        reference.get('vector') === 11n &&
        ours.get('vector') === 13n
      );
    },
  },
  {
    name: 'handler in a code segment that cannot be read',
    source: '5.8.1: reading from an execute-only segment is #GP; the stubs do so, and TCG lets them',
    covers: (_difference, tested) => {
      const segment = handlerSegment(tested);
      return (
        tested.environment.mode === 'protected' && segment !== null && ((segment >> 40n) & 0x1an) === 0x18n
      );
    },
  },
  {
    name: 'level of the pushes for a handler at level 3',
    source: '4.6.1: not among the implicit accesses of the supervisor; TCG pushes as the supervisor',
    covers: ({ name, reference, ours }, tested) =>
      name === 'error' &&
      tested.environment.cpl === 3 &&
      tested.get('rsp') < 16 &&
      reference !== undefined &&
      (reference & 4n) === 0n &&
      ours === (reference | 4n),
  },
  {
    name: 'handler without end on a stack below 4 GiB',
    source: 'none: there QEMU has devices, which its pushes reach, and ours is a processor alone',
    covers: (_difference, tested, reference, ours) =>
      tested.environment.mode === 'protected' &&
      tested.get('rsp') < 16 &&
      reference.get('outcome') === BigInt(F.OUTCOMES.indexOf('reset')) &&
      ours.get('outcome') === BigInt(F.OUTCOME_HUNG),
  },
  {
    name: 'exception on a null stack after a task switch',
    source: '6.15: #SS, then #DF, then shutdown; TCG uses a null SS as if it were flat',
    covers: (_difference, tested, reference, ours) =>
      tested.environment.mode === 'protected' &&
      reference.get('tr') !== BigInt(F.Sel.tss) &&
      reference.get('ss') === 0n &&
      ours.get('outcome') === BigInt(F.OUTCOMES.indexOf('reset')),
  },
  {
    name: 'RPL of CS after a call gate to a conforming segment',
    source: 'vol. 2A, CALL: it is the CPL, which stays; TCG has the DPL of the segment',
    covers: ({ name, ours }, tested) =>
      name === 'cs' &&
      tested.environment.mode === 'protected' &&
      ours === BigInt(F.Sel.conforming | tested.environment.cpl),
  },
  {
    name: 'limit of a 32-bit code segment in a 64-bit CALL',
    source: 'vol. 2A, CALL: #GP(0) for a target beyond it; TCG does not look when there is REX.W',
    covers: (_difference, tested, reference, ours) => {
      const operand = /^48ff1c25(..)(..)0000$/.exec(tested.codeHex);
      if (operand === null || ours.get('vector') !== 13n || ours.get('error') !== 0n) return false;
      const at = parseInt(`${operand[2] ?? ''}${operand[1] ?? ''}`, 16);
      const descriptor = tested.descriptor(tested.word(at + 6) >>> 16);
      return (
        reference.get('vector') === 3n && descriptor !== null && BigInt(tested.word(at)) > limitOf(descriptor)
      );
    },
  },
  {
    name: 'error code of a target beyond the limit',
    source: 'vol. 2A, JMP and CALL: #GP(0); TCG names the selector',
    covers: ({ name, ours }, tested, reference) =>
      name === 'error' &&
      reference.get('vector') === 13n &&
      ours === 0n &&
      /^(48)?(9a|ea|ff[12])/.test(tested.codeHex),
  },
  {
    name: 'limit of a 64-bit code segment',
    source: 'vol. 2A, CALL: it does not count; TCG checks it for CALL in compatibility mode',
    covers: (_difference, tested, reference, ours) =>
      tested.environment.mode === 'long' &&
      reference.get('vector') === 13n &&
      ours.get('vector') === 3n &&
      isLongCode(tested, reference.get('error') ?? 0n),
  },
  {
    name: 'limit of the code segment of a return',
    source: 'vol. 2B, RET, and 2A, IRET: #GP(0) if EIP lies beyond it; TCG does not check',
    covers: (_difference, tested, reference, ours) =>
      /(c[bf]|ca....)$/.test(tested.codeHex) &&
      ours.get('vector') === 13n &&
      ours.get('error') === 0n &&
      reference.get('vector') === 3n,
  },
  {
    name: 'reserved bits of CR0',
    source: '2.5: they are ignored; TCG keeps them',
    covers: (difference) => difference.name === 'cr0' && differsBy(0x10800000n, difference),
  },
  {
    name: 'LTR of a null selector',
    source: 'vol. 2A, LTR: #GP(0); TCG takes it',
    covers: (_difference, tested, reference, ours) =>
      /0f00d8$/.test(tested.codeHex) &&
      ours.get('vector') === 13n &&
      ours.get('error') === 0n &&
      reference.get('vector') === 3n,
  },
  {
    name: 'RSP after SYSEXIT to 32-bit code',
    source: 'vol. 2B, SYSEXIT: it takes ECX; TCG takes RCX',
    covers: ({ name }, tested) => tested.codeHex === '0f35' && name === 'frame.rsp',
  },
  {
    name: 'null SS with another RPL',
    source: 'vol. 2B, MOV: in 64-bit mode its RPL must be the CPL; TCG takes any',
    covers: (_difference, tested, _reference, ours) =>
      tested.environment.bits === 64 &&
      ours.get('vector') === 13n &&
      ours.get('error') === 0n &&
      /(8ed0|0fb2.*)$/.test(tested.codeHex),
  },
  {
    name: 'combinations of CR0',
    source: 'vol. 2B, MOV: #GP(0) for NW without CD and PG without PE; TCG takes them',
    covers: (_difference, tested, _reference, ours) =>
      /0f22c0$/.test(tested.codeHex) && ours.get('vector') === 13n,
  },
  {
    name: 'upper half of an LDT descriptor',
    source: 'figure 8-4: its type field is 0; TCG checks it for LTR alone',
    covers: (_difference, tested, reference, ours) =>
      tested.environment.mode === 'long' &&
      /0f00d0$/.test(tested.codeHex) &&
      ours.get('vector') === 13n &&
      reference.get('vector') === 3n,
  },
  {
    name: 'VEX in 16-bit protected mode',
    source:
      'vol. 2A, 2.3.5: only real and virtual-8086 mode have none, and processors take it there; TCG raises #UD',
    covers: (_difference, tested, reference) =>
      tested.environment.name === PROTECTED_16.name &&
      /^c4[ef]/.test(tested.codeHex) &&
      reference.get('vector') === 6n,
  },
  {
    name: 'vvvv of RORX',
    source: 'vol. 2B, RORX, and 2A, 2.3.5: #UD unless it is 1111b; TCG ignores it',
    covers: (_difference, tested, reference, ours) =>
      /^c4e3..f0/.test(tested.codeHex) && ours.get('vector') === 6n && reference.get('vector') === 3n,
  },
  {
    name: 'CF of BLSI',
    source: 'vol. 2A, BLSI: set if the source is not 0; TCG clears it then, as for BLSR',
    covers: (difference, tested) =>
      // The third of the group, ModRM 11 011 xxx; then SETB DL.
      /^c4....f3d[89a-f]/.test(tested.codeHex) &&
      /^(edx|r2)$/.test(difference.name) &&
      differsBy(1n, difference),
  },
];

/** The name of the row that a difference from a reference falls under, or null. */
export function leniency(
  referenceName: string,
  tested: SystemCase,
  reference: Values,
  ours: Values,
  difference: Difference,
): string | null {
  const rows = referenceName === TCG_NAME ? [...UNDEFINED, ...TCG] : UNDEFINED;
  return rows.find(({ covers }) => covers(difference, tested, reference, ours))?.name ?? null;
}
