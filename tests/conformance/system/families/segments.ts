/** Loads of segment registers, and the instructions that ask about descriptors. */
import { assemble, dword, SystemCase, word } from '../case.ts';
import { COMPATIBILITY, LONG, PROTECTED, REAL, VIRTUAL_8086 } from '../environments.ts';
import * as F from '../format.ts';
import { fillTables, randomSelector, targetsOf } from './descriptors.ts';
import type { SystemFamily } from './family.ts';

const ALL = [...PROTECTED, ...LONG, ...COMPATIBILITY, REAL, VIRTUAL_8086];
const OPERAND = F.At.data + 0x100;

/** MOV AX, imm16. */
export function loadAx(bits: number, value: number): number[] {
  return [...(bits === 16 ? [] : [0x66]), 0xb8, ...word(value)];
}

/** ModRM for an absolute address. */
function absolute(bits: number, reg: number, address: number): number[] {
  if (bits === 16) return [(reg << 3) | 6, ...word(address)];
  if (bits === 32) return [(reg << 3) | 5, ...dword(address)];
  return [(reg << 3) | 4, 0x25, ...dword(address)];
}

/** Registers that a far pointer's offset may go to. */
const NOT_THE_STACK = [0, 1, 2, 3, 5, 6, 7];
const POPS = [[0x07], [0x17], [0x1f], [0x0f, 0xa1], [0x0f, 0xa9]];
const FAR_LOADS = [[0xc4], [0xc5], [0x0f, 0xb2], [0x0f, 0xb4], [0x0f, 0xb5]];

export const segmentLoads: SystemFamily = {
  name: 'segment loads',
  environments: ALL,
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits } = environment;
    fillTables(random, tested, targetsOf(tested));
    const selector = randomSelector(random);
    switch (random.below(bits === 64 ? 2 : 3)) {
      case 0:
        tested.code(loadAx(bits, selector), [0x8e, 0xc0 | (random.below(8) << 3)]);
        break;
      case 1: {
        const opcode = random.pick(bits === 64 ? FAR_LOADS.slice(2) : FAR_LOADS);
        tested.patch(OPERAND, assemble([dword(0x12345678), word(selector)]));
        if (bits === 16) tested.patch(OPERAND + 2, word(selector));
        tested.code(opcode, absolute(bits, random.pick(NOT_THE_STACK), OPERAND));
        break;
      }
      default:
        tested.code(bits === 16 ? [0x68, ...word(selector)] : [0x68, ...dword(selector)], random.pick(POPS));
    }
    return tested;
  },
};

/** LAR, LSL, then VERR and VERW, each followed by SETZ so that ZF outlives them. */
export const descriptorQueries: SystemFamily = {
  name: 'LAR LSL VERR VERW ARPL',
  environments: ALL,
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits } = environment;
    fillTables(random, tested, targetsOf(tested));
    const load = loadAx(bits, randomSelector(random));
    const wide = random.oneIn(2) ? [0x66] : [];
    const query = random.pick<readonly (string | number[])[]>([
      [wide, [0x0f, 0x02, 0xc8]],
      [wide, [0x0f, 0x03, 0xc8]],
      ['0f00e0'],
      ['0f00e8'],
      [loadAx(bits, random.u32() & 0xffff), [0x63, 0xc1]],
    ]);
    tested.register(1, random.u64());
    tested.code(load, ...query, '0f94c2');
    return tested;
  },
};
