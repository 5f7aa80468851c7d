/** Random x87 instructions (SDM vol. 2, B.17): all but those that load or store the environment or the control word. */
import type { Random } from './random-code.ts';

/** By opcode: which ModRM.reg values name an instruction with an operand in memory. */
const MEMORY: readonly (readonly [opcode: number, extensions: readonly number[]])[] = [
  [0xd8, [0, 1, 2, 3, 4, 5, 6, 7]],
  [0xd9, [0, 2, 3, 7]],
  [0xda, [0, 1, 2, 3, 4, 5, 6, 7]],
  [0xdb, [0, 1, 2, 3, 5, 7]],
  [0xdc, [0, 1, 2, 3, 4, 5, 6, 7]],
  [0xdd, [0, 0, 1, 2, 3, 7]],
  [0xde, [0, 1, 2, 3, 4, 5, 6, 7]],
  [0xdf, [0, 1, 2, 3, 4, 5, 6, 7]],
];

/** By opcode: ModRM bytes, first and last, of instructions on registers. */
const REGISTER: readonly (readonly [opcode: number, first: number, last: number])[] = [
  [0xd8, 0xc0, 0xff],
  [0xd9, 0xc0, 0xd0],
  [0xd9, 0xe0, 0xe1],
  [0xd9, 0xe4, 0xe5],
  [0xd9, 0xe8, 0xee],
  [0xd9, 0xf0, 0xff],
  [0xda, 0xc0, 0xdf],
  [0xda, 0xe9, 0xe9],
  [0xdb, 0xc0, 0xdf],
  [0xdb, 0xe2, 0xe2],
  [0xdb, 0xe8, 0xf7],
  [0xdc, 0xc0, 0xff],
  [0xdd, 0xc0, 0xc7],
  [0xdd, 0xd0, 0xef],
  [0xde, 0xc0, 0xcf],
  [0xde, 0xd9, 0xd9],
  [0xde, 0xe0, 0xff],
  [0xdf, 0xe0, 0xe0],
  [0xdf, 0xe8, 0xf7],
];

/** `operand` makes ModRM and displacement of a memory operand with this value of ModRM.reg. */
export function randomX87(random: Random, operand: (extension: number) => readonly number[]): number[] {
  if (random.below(5) < 2) {
    const [opcode, extensions] = random.pick(MEMORY);
    return [opcode, ...operand(random.pick(extensions))];
  }
  const [opcode, first, last] = random.pick(REGISTER);
  return [opcode, first + random.below(last - first + 1)];
}
