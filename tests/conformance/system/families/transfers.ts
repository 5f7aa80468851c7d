/** Far jumps, calls and returns, IRET, INT n and exceptions through gates of every kind, task switches. */
import type { Random } from '../../random.ts';
import { dword, qword, SystemCase, word, type Environment } from '../case.ts';
import { COMPATIBILITY, LONG, PROTECTED, REAL, VIRTUAL_8086 } from '../environments.ts';
import * as F from '../format.ts';
import { gate, stub } from '../templates.ts';
import {
  CODE_TARGETS,
  fillTables,
  LONG_TARGETS,
  randomSelector,
  SEGMENT_BITS,
  targetsOf,
} from './descriptors.ts';
import type { SystemFamily } from './family.ts';
import { loadAx } from './segments.ts';

const POINTER = F.At.data + 0x200;
const SYSTEM = [...PROTECTED, ...LONG, ...COMPATIBILITY];

/** Also the entries that every case has: direct targets of any level, tasks and task gates. */
function transferSelector(random: Random): number {
  if (random.oneIn(3))
    return (
      (random.pick([...CODE_TARGETS, F.Sel.userCode64, F.Sel.code64, F.Sel.code16]) & ~3) | random.below(4)
    );
  return randomSelector(random);
}

/** Targets by them lie in the code pages. */
const REAL_SELECTORS = [0, 0x10, 0x80];

function randomTarget(random: Random): number {
  return random.pick([F.At.landing, F.At.landing - 0x40]);
}

/** JMP or CALL by a pointer in memory, or in the instruction outside 64-bit mode. */
export const farTransfers: SystemFamily = {
  name: 'far jumps and calls',
  environments: [...SYSTEM, REAL],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits } = environment;
    fillTables(random, tested, targetsOf(tested), SEGMENT_BITS.accessed);
    const real = environment.mode === 'real';
    const selector = real ? random.pick(REAL_SELECTORS) : transferSelector(random);
    const target = randomTarget(random);
    const call = random.oneIn(2);
    if (bits === 16) tested.code([call ? 0x9a : 0xea], word(target), word(selector));
    else if (bits === 32 && random.oneIn(2)) tested.code([call ? 0x9a : 0xea], dword(target), word(selector));
    else {
      const wide = bits === 64 && random.oneIn(2);
      tested.patch(
        POINTER,
        wide ? [...qword(BigInt(target)), ...word(selector)] : [...dword(target), ...word(selector)],
      );
      const modrm = bits === 64 ? [call ? 0x1c : 0x2c, 0x25] : [call ? 0x1d : 0x2d];
      tested.code(wide ? [0x48] : [], [0xff], modrm, dword(POINTER));
    }
    return tested;
  },
};

/** RETF, RETF imm16 and IRET with random frames. */
export const farReturns: SystemFamily = {
  name: 'far returns and IRET',
  environments: [...SYSTEM, REAL, VIRTUAL_8086],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits, cpl } = environment;
    fillTables(random, tested, targetsOf(tested), SEGMENT_BITS.accessed);
    const iret = random.oneIn(2);
    const real = environment.mode === 'real' || environment.v86;
    const selector = real ? random.pick(REAL_SELECTORS) : transferSelector(random);
    const stack = random.oneIn(2)
      ? (random.pick([F.Sel.data32, F.Sel.data1, F.Sel.data2, F.Sel.userData]) & ~3) | (selector & 3)
      : randomSelector(random);
    // Arithmetic flags, TF never (its trap is another family's), IF, DF, IOPL, NT, RF, AC, ID; VM sometimes.
    let flags = (random.u32() & 0x257ed5) | 2;
    if (!random.oneIn(4)) flags &= ~0x4000;
    if (random.oneIn(8)) flags |= 0x20000;
    const at = cpl === 3 ? F.At.userStackTop : F.At.stackTop;
    const size = bits / 8;
    const words = [
      randomTarget(random),
      selector,
      ...(iret ? [flags] : []),
      random.pick([F.At.userStackTop, 0xbe01]),
      stack,
      F.Sel.userData,
      F.Sel.userData,
      F.Sel.userData,
      F.Sel.userData,
    ];
    const wide = bits === 64 && !random.oneIn(4);
    const bytes = words.flatMap((value) =>
      wide ? qword(BigInt(value)) : size === 2 ? word(value) : dword(value),
    );
    tested.patch(at - 0x80, bytes);
    tested.set('rsp', at - 0x80);
    if (random.oneIn(3)) tested.flags(0x4000n);
    if (random.oneIn(2)) tested.flags(0x3000n);
    const prefix = wide ? [0x48] : [];
    if (iret) tested.code(prefix, [0xcf]);
    else if (random.oneIn(2)) tested.code(prefix, [0xcb]);
    else tested.code(prefix, [0xca], word(random.pick([0, 8, 0x10])));
    return tested;
  },
};

const SOFTWARE_VECTOR = 0x20;

/** Out of virtual-8086 mode to level 0 alone: TCG goes to others, too. */
function randomGate(random: Random, { mode, v86 }: Environment, vector: number): bigint {
  const long = mode === 'long';
  const type = random.oneIn(6)
    ? random.below(4)
    : random.pick(long ? [14, 15] : [14, 15, 6, 7, ...(vector === SOFTWARE_VECTOR ? [5] : [])]);
  const access = (random.oneIn(8) ? 0 : 0x80) | (random.below(4) << 5) | type;
  const selector =
    type === 5
      ? random.pick([F.Sel.otherTss, F.Sel.tss])
      : v86
        ? random.pick([F.Sel.code32, F.Sel.code32, F.Sel.data32])
        : random.oneIn(3)
          ? randomSelector(random)
          : random.pick(long ? LONG_TARGETS : CODE_TARGETS);
  return gate({
    selector,
    offset: stub(long ? 64 : 32, vector),
    access,
    count: long ? random.pick([0, 0, 1, 2]) : 0,
  });
}

/** INT n and exceptions that push an error code, through a random gate. */
export const interrupts: SystemFamily = {
  name: 'interrupts and exceptions',
  environments: [...SYSTEM, VIRTUAL_8086],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits, v86, mode } = environment;
    fillTables(random, tested, targetsOf(tested), SEGMENT_BITS.accessedAndLarge);
    const [vector, code] = random.pick<readonly [number, string | number[]]>([
      [SOFTWARE_VECTOR, [0xcd, SOFTWARE_VECTOR]],
      [SOFTWARE_VECTOR, [0xcd, SOFTWARE_VECTOR]],
      [3, 'cc'],
      [13, v86 ? 'f4' : [...loadAx(bits, 0xfff8), 0x8e, 0xd8]],
      [6, '0f0b'],
      [0, '31d231c9f7f1'],
      [4, bits === 64 ? '0f0b' : 'b07f0401ce'],
      [47, [0xcd, 0x30]],
    ]);
    const size = mode === 'long' ? 16 : 8;
    tested.patch64(F.At.idt + vector * size, randomGate(random, environment, vector));
    if (v86 || random.oneIn(2)) tested.flags(0x3000n);
    // Sometimes a stack that the frame does not fit.
    if (random.oneIn(12) && !v86) tested.set('rsp', random.pick([4, 0xaf01, 0xaf07]));
    tested.code(code);
    return tested;
  },
};

/** Jumps, calls and IRETs between tasks, their state random. */
export const taskSwitches: SystemFamily = {
  name: 'task switches',
  environments: PROTECTED,
  make(random, environment) {
    const tested = new SystemCase(environment);
    fillTables(random, tested, CODE_TARGETS, SEGMENT_BITS.accessed);
    const data = (): number => (random.oneIn(3) ? randomSelector(random) : F.Sel.userData);
    const cpl = random.below(4);
    const code = random.oneIn(4) ? randomSelector(random) : (CODE_TARGETS[cpl] ?? F.Sel.code32);
    const wide = random.oneIn(2);
    // A 16-bit task needs a 16-bit stack: the upper half of its pointer is not defined.
    const stacks = wide
      ? [F.Sel.data32, F.Sel.data1, F.Sel.data2, F.Sel.userData]
      : [F.Sel.data16, 0, 0, F.Sel.userData16];
    const stack = wide && random.oneIn(4) ? randomSelector(random) : (stacks[cpl] ?? 0);
    const flags = (random.u32() & 0x247ed5) | 2 | (random.oneIn(6) ? 0x20000 : 0);
    if (wide) {
      tested.patch32(F.At.otherTss + 0x24, flags);
      tested.patch32(
        F.At.otherTss + 0x48,
        data(),
        code,
        stack,
        data(),
        data(),
        data(),
        random.oneIn(4) ? randomSelector(random) : F.Sel.ldt,
      );
    } else {
      tested.patch(F.At.narrowTss + 0x10, word(flags));
      tested.patch(
        F.At.narrowTss + 0x22,
        [data(), code, stack, data(), random.oneIn(4) ? randomSelector(random) : F.Sel.ldt].flatMap(word),
      );
    }
    const target = wide ? F.Sel.otherTss : F.Sel.narrowTss;
    if (random.oneIn(3)) {
      // IRET to a task that is marked busy.
      tested.flags(0x4000n);
      tested.patch(F.At.tss, word(target));
      if (!random.oneIn(4)) tested.patch(F.At.gdt + target + 5, [wide ? 0x8b : 0x83]);
      tested.code('cf');
    } else
      tested.code(
        [random.oneIn(2) ? 0x9a : 0xea],
        dword(0),
        word(random.oneIn(4) ? F.Sel.taskGate : target | random.below(4)),
      );
    return tested;
  },
};
