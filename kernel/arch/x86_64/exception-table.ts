/**
 * Where to go on when an instruction of user-access.S faults: pairs of (instruction, fix-up) that the assembly
 * collects in __ex_table. A handful, so a linear search is fine.
 */
import { exceptionTableEnd, exceptionTableStart } from './image';

/** 0 when `rip` may not fault. */
export function findFixup(rip: u64): u64 {
  for (let entry = exceptionTableStart(); entry < exceptionTableEnd(); entry += 16) {
    if (load<u64>(entry) == rip) return load<u64>(entry, 8);
  }
  return 0;
}
