/**
 * MXCSR around a floating-point instruction that is not settled by a native operation (SDM vol. 1, 10.2.3, 11.5).
 *
 * - `begin` takes rounding and masks from MXCSR; `commit` puts raised flags there and raises #XM for an unmasked
 *   one. Write results after `commit`.
 * - `quick` tells when a native operation is exact in every visible way: round to nearest, all masked, no
 *   flushing, and the precision flag (which it would have to compute) set already.
 */
import { CR4, MXCSR } from '../layout';
import { CR4_OSXMMEXCPT, UD_VECTOR, XM_VECTOR } from './bits';
import { raise } from './exceptions';
import { Fp, PRE_COMPUTATION, UNDERFLOW } from './float80/status';

export const MXCSR_DAZ: u32 = 0x40;
export const MXCSR_FTZ: u32 = 0x8000;
export const MXCSR_MASK: u32 = 0xffff;

export class Mxcsr {
  @inline static quick(): bool {
    return (load<u32>(MXCSR) & 0xffe0) == 0x1fa0;
  }

  /** Rounding to nearest with all exceptions masked and no denormal treatment, whatever the flags. */
  @inline static plain(): bool {
    return (load<u32>(MXCSR) & 0xffc0) == 0x1f80;
  }

  static begin(): void {
    const mxcsr = load<u32>(MXCSR);
    Fp.flags = 0;
    Fp.rounding = (mxcsr >>> 13) & 3;
    Fp.masks = (mxcsr >>> 7) & 0x3f;
    Fp.denormalsAreZero = (mxcsr & MXCSR_DAZ) != 0;
    Fp.flushToZero = (mxcsr & MXCSR_FTZ) != 0 && (Fp.masks & UNDERFLOW) != 0;
  }

  static commit(): void {
    let flags = Fp.flags;
    const unmasked = flags & ~Fp.masks;
    if (unmasked & PRE_COMPUTATION) flags &= PRE_COMPUTATION;
    store<u32>(MXCSR, load<u32>(MXCSR) | flags);
    if (unmasked) raise(load<u64>(CR4) & CR4_OSXMMEXCPT ? XM_VECTOR : UD_VECTOR, 0);
  }
}
