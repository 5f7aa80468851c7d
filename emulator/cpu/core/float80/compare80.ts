/** Comparison of 80-bit numbers (SDM vol. 2, FCOM, FUCOM). */
import { EQUAL, GREATER, LESS, UNORDERED } from './compare';
import { Ext, normalized, Parts } from './extended';
import { DENORMAL, Fp, INVALID } from './status';

/** `quiet`: a quiet NaN raises nothing. `denormal`: an operand was a denormal in its memory format. */
export function compare80(seA: u32, a: u64, seB: u32, b: u64, denormal: bool, quiet: bool): u32 {
  if (Ext.unsupported(seA, a) || Ext.unsupported(seB, b)) {
    Fp.raise(INVALID);
    return UNORDERED;
  }
  if (Ext.nan(seA, a) || Ext.nan(seB, b)) {
    if (!quiet || Ext.signaling(seA, a) || Ext.signaling(seB, b)) Fp.raise(INVALID);
    return UNORDERED;
  }
  if (denormal || Ext.denormal(seA, a) || Ext.denormal(seB, b)) Fp.raise(DENORMAL);
  const ma = normalized(seA, a);
  const ea = Parts.exp;
  const mb = normalized(seB, b);
  const eb = Parts.exp;
  const sa = Ext.sign(seA);
  const sb = Ext.sign(seB);
  if (ma == 0 && mb == 0) return EQUAL;
  if (ma == 0) return sb ? GREATER : LESS;
  if (mb == 0) return sa ? LESS : GREATER;
  if (sa != sb) return sa ? LESS : GREATER;
  if (ea == eb && ma == mb) return EQUAL;
  const smaller = ea < eb || (ea == eb && ma < mb);
  return smaller != (sa != 0) ? LESS : GREATER;
}
