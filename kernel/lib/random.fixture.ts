/** For random.test.ts: the block function and the generator on memory that the test reads. */
import { chachaBlock, randomBytes } from './random';

const words = memory.data(64, 8);
const output = memory.data(4096, 8);

export function wordsAt(): usize {
  return words;
}

export function outputAt(): usize {
  return output;
}

export function block(): void {
  chachaBlock(words, output);
}

export function fill(count: u32): void {
  randomBytes(output, <usize>count);
}
