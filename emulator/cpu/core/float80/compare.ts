/** Comparison of single and double precision numbers (SDM vol. 2, CMPPD, COMISD). */
import { Fp, INVALID } from './status';
import { Is, operand } from './unpack';
import { Format } from './pack';

export const LESS: u32 = 1;
export const EQUAL: u32 = 2;
export const GREATER: u32 = 4;
export const UNORDERED: u32 = 8;

/** Orders two numbers; IE for a signaling NaN, and for a quiet one when `signals`. */
export function compare<T>(a: u64, b: u64, signals: bool): u32 {
  if (Is.nan<T>(a) || Is.nan<T>(b)) {
    if (signals || Is.signaling<T>(a) || Is.signaling<T>(b)) Fp.raise(INVALID);
    return UNORDERED;
  }
  a = operand<T>(a);
  b = operand<T>(b);
  if (a == b || (Is.zero<T>(a) && Is.zero<T>(b))) return EQUAL;
  const sign = Format.sign<T>();
  const ka = a & sign ? ~a & (sign | (sign - 1)) : a | sign;
  const kb = b & sign ? ~b & (sign | (sign - 1)) : b | sign;
  return ka < kb ? LESS : GREATER;
}

/** Whether the predicate in bits 0 to 2 of CMPPD's immediate holds; its signaling ones are 1, 2, 5 and 6. */
export function holds<T>(predicate: u32, a: u64, b: u64): bool {
  const signals = (predicate & 3) == 1 || (predicate & 3) == 2;
  const order = compare<T>(a, b, signals);
  let value: bool;
  switch (predicate & 3) {
    case 0:
      value = order == EQUAL;
      break;
    case 1:
      value = order == LESS;
      break;
    case 2:
      value = (order & (LESS | EQUAL)) != 0;
      break;
    default:
      value = order == UNORDERED;
  }
  return value != ((predicate & 4) != 0);
}
