/**
 * From a code address to the TypeScript function it lies in: a table that the toolchain appends to the image.
 */
import { functionTable } from '../arch/x86_64/image';

/** Address of the (function, name) pair with the highest function address not above `rip`; 0 when there is none. */
export function findFunction(rip: u64): usize {
  let best: usize = 0;
  for (let entry = functionTable(); load<usize>(entry, 8) != 0; entry += 16) {
    const start = load<u64>(entry);
    if (start <= rip && (best == 0 || start > load<u64>(best))) best = entry;
  }
  return best;
}
