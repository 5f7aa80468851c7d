/** Control and debug registers, MSRs, descriptor-table registers, fast system calls, ports, TF. */
import { dword, qword, SystemCase, word } from '../case.ts';
import {
  COMPATIBILITY,
  LONG,
  longMode,
  paged,
  pae,
  PROTECTED,
  protectedMode,
  REAL,
  VIRTUAL_8086,
} from '../environments.ts';
import * as F from '../format.ts';
import { fillTables, randomSelector, targetsOf } from './descriptors.ts';
import type { SystemFamily } from './family.ts';
import { loadAx } from './segments.ts';
import type { Random } from '../../random.ts';

/** What LGDT and LIDT load lies there. */
export const OPERAND = F.At.data + 0x300;
const EVERYWHERE = [...PROTECTED, ...LONG, ...COMPATIBILITY, REAL, VIRTUAL_8086];

function movEax(bits: number, value: bigint): number[] {
  if (bits === 64) return [0x48, 0xb8, ...qword(value)];
  return [...(bits === 16 ? [0x66] : []), 0xb8, ...dword(Number(value & 0xffffffffn))];
}

/** Bits whose change leaves the case's tables usable; reserved ones of CR0, for those of CR4 end TCG. */
const CR0_BITS = [1, 2, 3, 4, 5, 16, 18, 29, 30, 31];
const CR0_RESERVED = [23, 28, 32, 40, 63];
const CR4_BITS = [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 16, 20, 21];
const PCIDE = 17;

function flip(
  random: Random,
  start: number,
  bits: readonly number[],
  reserved: readonly number[] = [],
): bigint {
  let value = BigInt(start);
  for (let i = random.below(3); i >= 0; i--) value ^= 1n << BigInt(random.pick(bits));
  if (reserved.length > 0 && random.oneIn(8)) value ^= 1n << BigInt(random.pick(reserved));
  return value;
}

export const controlRegisters: SystemFamily = {
  name: 'control registers',
  environments: [...EVERYWHERE, paged(0), pae(0)],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits } = environment;
    const pieces = random.pick<() => (string | number[])[]>([
      () => [movEax(bits, flip(random, tested.get('cr0'), CR0_BITS, CR0_RESERVED)), '0f22c0'],
      () => [
        movEax(
          bits,
          flip(random, tested.get('cr4'), environment.mode === 'long' ? [...CR4_BITS, PCIDE] : CR4_BITS),
        ),
        '0f22e0',
      ],
      () => [
        movEax(
          bits,
          BigInt(tested.get('cr3')) |
            (random.oneIn(2) ? 0n : 1n << BigInt(random.pick([3, 4, 5, 11, 40, 51, 63]))),
        ),
        '0f22d8',
      ],
      () => [movEax(bits, random.u64()), '0f22d0'],
      () => [[0x0f, 0x20, 0xc0 | (random.below(8) << 3)]],
      () => [loadAx(bits, random.below(16)), '0f01f0'],
      () => ['0f01e0'],
      () => ['0f06'],
    ])();
    if (random.oneIn(4) && environment.mode !== 'real') tested.set('cr0', tested.get('cr0') | 8);
    tested.code(...pieces);
    return tested;
  },
};

export const debugRegisters: SystemFamily = {
  name: 'debug registers',
  environments: [...PROTECTED, longMode(0), longMode(3), REAL],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits } = environment;
    const register = random.below(8);
    if (random.oneIn(3)) tested.set('cr4', tested.get('cr4') | 8);
    const value = random.oneIn(4) ? random.u64() : BigInt(random.u32());
    // DR7: no breakpoints that its own int3 could meet, no GD, which TCG does not know.
    const written = register === 7 || register === 5 ? value & ~0x20ffn : value;
    if (random.oneIn(2)) tested.code(movEax(bits, written), [0x0f, 0x23, 0xc0 | (register << 3)]);
    else tested.code([0x0f, 0x21, 0xc0 | (register << 3)]);
    return tested;
  },
};

const PAT = 0x277;
const EFER = 0xc0000080;
/** Registers that QEMU has as we do, with the values that matter: canonical or not, reserved bits. */
const MSRS = [
  0x174, 0x175, 0x176, 0x277, 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100,
  0xc0000101, 0xc0000102,
];

export const modelSpecificRegisters: SystemFamily = {
  name: 'MSRs and SWAPGS',
  environments: [longMode(0), longMode(3), protectedMode(0), protectedMode(3), VIRTUAL_8086],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const msr = random.pick(MSRS);
    const value =
      msr === PAT
        ? random.pick([0x0007040600070406n, 0x0007040600070402n, 0x0706050401000607n, random.u64()])
        : msr === EFER
          ? flip(random, tested.get('efer'), [0, 8, 10, 11])
          : random.oneIn(3)
            ? random.u64()
            : BigInt(random.u32());
    if (msr !== EFER) tested.msr(msr, msr === PAT ? 0x0007040600070406n : 0n);
    const set = [
      [0xb9],
      dword(msr),
      [0xb8],
      dword(Number(value & 0xffffffffn)),
      [0xba],
      dword(Number(value >> 32n)),
    ] as const;
    const wide = environment.bits === 16 ? set.map((bytes, i) => (i % 2 ? bytes : [0x66, ...bytes])) : set;
    const read = environment.bits === 16 ? '31c00f32' : '31c031d20f32';
    if (random.oneIn(6)) tested.code(...wide, '0f01f8');
    else if (random.oneIn(4)) tested.code(...wide, read);
    else tested.code(...wide, '0f30', read);
    return tested;
  },
};

/** LGDT to LTR and their reads. Tables are only loaded with copies of themselves. */
export const tableRegisters: SystemFamily = {
  name: 'descriptor-table registers',
  environments: EVERYWHERE,
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits, mode } = environment;
    fillTables(random, tested, targetsOf(tested));
    const real = mode === 'real';
    const limit = random.pick([F.GDT_LIMIT, 0xffff, 0x1ff]);
    const base = BigInt(F.At.gdt) | (bits === 64 && random.oneIn(4) ? 1n << 50n : 0n);
    tested.patch(OPERAND, [...word(limit), ...qword(base)]);
    const idtLimit = F.VECTORS * (mode === 'long' ? 16 : 8) - 1 + random.below(9);
    tested.patch(OPERAND + 16, [...word(real ? 0x3ff : idtLimit), ...qword(BigInt(real ? 0 : F.At.idt))]);
    if (random.oneIn(3)) tested.set('cr4', tested.get('cr4') | 0x800);
    const memory = (reg: number, at: number): number[] =>
      bits === 16
        ? [(reg << 3) | 6, ...word(at)]
        : bits === 32
          ? [(reg << 3) | 5, ...dword(at)]
          : [(reg << 3) | 4, 0x25, ...dword(at)];
    const prefix = random.oneIn(4) && bits !== 64 ? [0x66] : [];
    const load = loadAx(bits, randomSelector(random));
    const wide = random.pick([[], [0x66], ...(bits === 64 ? [[0x48]] : [])]);
    tested.code(
      ...random.pick<readonly (string | number[])[]>([
        [prefix, [0x0f, 0x01], memory(2, OPERAND)],
        [prefix, [0x0f, 0x01], memory(3, OPERAND + 16)],
        [prefix, [0x0f, 0x01], memory(0, OPERAND + 32)],
        [prefix, [0x0f, 0x01], memory(1, OPERAND + 32)],
        [[0x0f, 0x00], memory(0, OPERAND + 32)],
        [[0x0f, 0x00], memory(1, OPERAND + 32)],
        [wide, '0f00c1'],
        [wide, '0f00c9'],
        [wide, '0f01e1'],
        [load, '0f00d0'],
        [load, '0f00d0'],
        [load, '0f00d8'],
        [load, '0f00d8'],
      ]),
    );
    return tested;
  },
};

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT with random targets. */
export const fastCalls: SystemFamily = {
  name: 'fast system calls',
  environments: [...LONG, ...COMPATIBILITY, ...PROTECTED],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const address = (): bigint =>
      environment.bits === 64 && random.oneIn(5) ? 1n << 50n : BigInt(F.At.landing);
    tested.msr(
      0xc0000081,
      (BigInt(random.pick([F.Sel.userCode32, F.Sel.conforming, 0x53])) << 48n) |
        (BigInt(F.Sel.code32) << 32n),
    );
    tested.msr(0xc0000082, BigInt(F.At.landing)).msr(0xc0000084, BigInt(random.u32() & 0x257fd5));
    tested
      .msr(0x174, BigInt(random.pick([0, 3, F.Sel.code32, F.Sel.code32])))
      .msr(0x175, BigInt(F.At.ring0Top))
      .msr(0x176, BigInt(F.At.landing));
    tested
      .register(1, address())
      .register(2, address())
      .register(11, BigInt(random.u32() & 0x257ed7));
    if (random.oneIn(4)) tested.set('efer', tested.get('efer') & ~1);
    tested.flags(BigInt(random.u32() & 0x244cd5));
    const wide = environment.bits === 64 && random.oneIn(2) ? [0x48] : [];
    tested.code(wide, random.pick(['0f05', '0f07', '0f34', '0f35']));
    return tested;
  },
};

/** IN and OUT under IOPL and the task's map. The ports answer nothing anywhere. */
export const ports: SystemFamily = {
  name: 'ports and the I/O map',
  environments: [protectedMode(0), protectedMode(3), longMode(3), VIRTUAL_8086, ...COMPATIBILITY],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const port = random.pick([0x600, 0x607, 0x7fe, 0x7ff, 0x800, 0xfffc]);
    const map = F.At.tss + F.IO_MAP + 0xc0;
    tested.patch(
      map,
      Array.from({ length: 0x41 }, () => (random.oneIn(3) ? random.below(256) : 0)),
    );
    if (random.oneIn(8))
      tested.patch(F.At.gdt + F.Sel.tss, word(random.pick([F.IO_MAP - 1, F.IO_MAP + 0xc0, F.IO_MAP + 0xff])));
    if (random.oneIn(4)) tested.flags(0x3000n);
    const { bits } = environment;
    // What is read is the board's.
    const clear = bits === 16 ? '6631c0' : '31c0';
    const edx = bits === 16 ? [0xba, ...word(port)] : [0xba, ...dword(port)];
    tested.code(edx, random.pick(['ec', 'ed', '66ed', 'ee', 'ef', '66ef']), clear);
    return tested;
  },
};

/** Flags, CLI, STI, INT n and IRET in virtual-8086 mode. TCG knows neither its extensions (VME) nor PVI. */
export const virtualInterrupts: SystemFamily = {
  name: 'virtual-8086 mode',
  environments: [VIRTUAL_8086],
  make(random, environment) {
    const tested = new SystemCase(environment);
    if (random.oneIn(2)) tested.flags(0x3000n);
    tested.flags(BigInt(random.u32() & 0xed5));
    const top = F.At.userStackTop - 0x40;
    const flags = (random.u32() & 0x5ed5) | 2;
    tested.set('rsp', top);
    const [code, size] = random.pick<readonly [string, 2 | 4]>([
      ['9c', 2],
      ['669c', 4],
      ['9d', 2],
      ['669d', 4],
      ['fa', 2],
      ['fb', 2],
      ['cd20', 2],
      ['cd2f', 2],
      ['cf', 2],
      ['66cf', 4],
      ['cb', 2],
      ['66cb', 4],
      ['f4', 2],
      ['0f06', 2],
      ['0f20c0', 2],
    ]);
    const frame = /9d/.test(code) ? [flags, flags] : [F.At.landing, 0, flags];
    tested.patch(
      top,
      frame.flatMap((value) => (size === 4 ? dword(value) : word(value))),
    );
    tested.code(code);
    return tested;
  },
};

/** TF around what changes it or holds its trap. */
export const singleStep: SystemFamily = {
  name: 'single step',
  environments: [protectedMode(0), protectedMode(3), longMode(0), longMode(3), REAL, VIRTUAL_8086],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits, cpl, v86 } = environment;
    tested.flags(0x100n);
    if (v86 || random.oneIn(2)) tested.flags(0x3000n);
    const top = (cpl === 3 ? F.At.userStackTop : F.At.stackTop) - 0x40;
    tested.set('rsp', top);
    tested.patch(top, bits === 64 ? qword(2n) : bits === 32 ? dword(2) : word(2));
    const stack = [...(bits === 64 ? [] : [0x16, 0x17]), 0x90];
    tested.code(
      random.pick<string | number[]>([
        '90',
        '9d',
        '9c',
        stack,
        'cc',
        [0xcd, 0x20],
        'f3a4',
        '0f0b',
        'ebfe',
        'fb',
        '0fa2',
        '8cd08ed090',
        'e800000000',
      ]),
      '90',
    );
    return tested;
  },
};
