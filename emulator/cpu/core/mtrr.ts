/**
 * Memory type range registers (SDM vol. 3, 12.11): stored and checked. Memory types change nothing here, for there are
 * no caches; firmware and systems program them all the same, and read them back.
 */
import { MSR_MTRR, MSR_MTRR_FIXED, MSR_MTRR_VARIABLE } from '../layout';
import { GP_VECTOR } from './bits';
import { raise } from './exceptions';

/** IA32_MTRRCAP: eight variable ranges, the fixed ranges, write combining. */
export const MTRR_CAPABILITIES: u64 = 8 | (1 << 8) | (1 << 10);
const VARIABLE_FIRST: u32 = 0x200;
const DEFAULT_TYPE: u32 = 0x2ff;
/** Bits above MAXPHYADDR. */
const RESERVED_HIGH: u64 = 0xffffff0000000000;

/** Uncacheable, write combining, write through, write protected, write back. */
function validType(type: u64): bool {
  return type == 0 || type == 1 || (type >= 4 && type <= 6);
}

function fixedIndex(index: u32): i32 {
  if (index == 0x250) return 0;
  if (index == 0x258 || index == 0x259) return <i32>(index - 0x257);
  if (index >= 0x268 && index <= 0x26f) return <i32>(index - 0x265);
  return -1;
}

/** Where a register lies, 0 when it is none of these. */
export function mtrrAddress(index: u32): usize {
  if (index == DEFAULT_TYPE) return MSR_MTRR;
  if (index - VARIABLE_FIRST < 16) return <usize>(MSR_MTRR_VARIABLE + ((index - VARIABLE_FIRST) << 3));
  const fixed = fixedIndex(index);
  return fixed < 0 ? 0 : <usize>(MSR_MTRR_FIXED + (fixed << 3));
}

function validFixed(value: u64): bool {
  for (let i: u64 = 0; i < 64; i += 8) if (!validType((value >> i) & 0xff)) return false;
  return true;
}

/** #GP for a reserved bit or type. */
export function checkMtrr(index: u32, value: u64): void {
  let valid: bool;
  if (index == DEFAULT_TYPE) valid = (value & ~(<u64>0xcff)) == 0 && validType(value & 0xff);
  else if (index - VARIABLE_FIRST < 16) {
    if (index & 1) valid = (value & (RESERVED_HIGH | 0x7ff)) == 0;
    else valid = (value & (RESERVED_HIGH | 0xf00)) == 0 && validType(value & 0xff);
  } else valid = validFixed(value);
  if (!valid) raise(GP_VECTOR, 0);
}
