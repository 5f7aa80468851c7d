/**
 * VEX prefixes in every mode: instructions on general registers with random fields, most of them valid. In real and
 * virtual-8086 mode there are none. SETB and SETZ keep the flags that are defined.
 */
import { SystemCase } from '../case.ts';
import { COMPATIBILITY, LONG, PROTECTED, PROTECTED_16, REAL, VIRTUAL_8086 } from '../environments.ts';
import type { SystemFamily } from './family.ts';

const ANDN = [2, 0, 0xf2] as const;
const BLS = [2, 0, 0xf3] as const;
const RORX = [3, 3, 0xf0] as const;
/** Map, pp and opcode of BMI1 and BMI2. */
const KNOWN = [
  ...[ANDN, BLS, RORX],
  ...([0, 2, 3] as const).map((pp) => [2, pp, 0xf5] as const),
  [2, 3, 0xf6] as const,
  ...([0, 1, 2, 3] as const).map((pp) => [2, pp, 0xf7] as const),
];
/** Not the stack pointer. */
const REGISTERS = [0, 1, 2, 3, 5, 6, 7];
const BARRED = [0x66, 0xf2, 0xf3, 0xf0];
const KEEP_FLAGS = '0f92c2 0f94c6 38c0';

export const vexPrefixes: SystemFamily = {
  name: 'VEX prefixes',
  environments: [...PROTECTED, PROTECTED_16, ...LONG, ...COMPATIBILITY, REAL, VIRTUAL_8086],
  make(random, environment) {
    const tested = new SystemCase(environment);
    for (const register of REGISTERS) tested.register(register, random.u64());
    const [map, pp, opcode] = random.pick(KNOWN);
    const register = (): number => random.pick(REGISTERS);
    const names = opcode !== RORX[2] || random.oneIn(8);
    const length = random.oneIn(8) ? 4 : 0;
    const last = (random.below(2) << 7) | (((names ? ~register() : 15) & 15) << 3) | length | pp;
    const modrm = 0xc0 | ((opcode === BLS[2] ? random.below(8) : register()) << 3) | register();
    tested.code(
      random.oneIn(8) ? [random.pick(BARRED)] : [],
      [0xc4, 0xe0 | (random.oneIn(12) ? 8 + random.below(24) : map), last, opcode, modrm],
      opcode === RORX[2] ? [random.below(256)] : [],
      KEEP_FLAGS,
    );
    return tested;
  },
};
