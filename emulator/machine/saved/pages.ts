/**
 * Memory as the pages that hold something: a block has a count, that many page numbers, then the pages.
 *
 * - Pages of zeros are left out: they are zeros in a machine that has just been made.
 */
import { StateError } from '../state-fields.ts';

const PAGE = 4096;
const PAGES_PER_BLOCK = 1024;
const zeros = Buffer.alloc(PAGE);

/** The raw content of blocks for `memory`, which may be shared: each is a copy. */
export function* packPages(memory: Uint8Array): Generator<Uint8Array, undefined> {
  const all = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  let numbers: number[] = [];
  for (let page = 0; page * PAGE < all.length; page++) {
    const at = page * PAGE;
    if (all.compare(zeros, 0, Math.min(PAGE, all.length - at), at, Math.min(at + PAGE, all.length)) === 0)
      continue;
    numbers.push(page);
    if (numbers.length < PAGES_PER_BLOCK) continue;
    yield pack(all, numbers);
    numbers = [];
  }
  if (numbers.length > 0) yield pack(all, numbers);
}

function pack(all: Buffer, numbers: readonly number[]): Uint8Array {
  const start = 4 + 4 * numbers.length;
  const block = new Uint8Array(start + PAGE * numbers.length);
  const view = new DataView(block.buffer);
  view.setUint32(0, numbers.length, true);
  numbers.forEach((page, i) => {
    view.setUint32(4 + 4 * i, page, true);
    block.set(all.subarray(page * PAGE, (page + 1) * PAGE), start + PAGE * i);
  });
  return block;
}

/** @throws {StateError} when the block does not fit the memory. */
export function unpackPages(block: Uint8Array, memory: Uint8Array): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const count = block.length < 4 ? 0 : view.getUint32(0, true);
  const start = 4 + 4 * count;
  if (count === 0 || block.length !== start + PAGE * count)
    throw new StateError('a block of memory has an impossible size');
  for (let i = 0; i < count; i++) {
    const at = view.getUint32(4 + 4 * i, true) * PAGE;
    if (at >= memory.length) throw new StateError('it holds more memory than this machine has');
    const page = block.subarray(start + PAGE * i, start + PAGE * (i + 1));
    memory.set(page.subarray(0, Math.min(PAGE, memory.length - at)), at);
  }
}
