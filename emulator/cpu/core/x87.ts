/**
 * The x87 register stack and the frame of every waiting x87 instruction (SDM vol. 1, 8.1, 8.4 to 8.7).
 *
 * - `Fpu.begin` first: #NM, then #MF for a pending exception; sets rounding and precision.
 * - `Fpu.commit` last, before results are written: it adds the raised flags and C1 to the status word and says whether
 *   there is a result to write; with an unmasked invalid operation, division by zero or denormal there is none.
 */
import {
  FPU_CONTROL,
  FPU_CS,
  FPU_DP,
  FPU_DS,
  FPU_IP,
  FPU_REGS,
  FPU_STATUS,
  FPU_TAGS,
  UOP_SEGMENT,
} from '../layout';
import { effectiveOffset } from './address';
import { CS } from './bits';
import { ripOf } from './exceptions';
import { X } from './float80/extended';
import { Fp, INVALID, PRE_COMPUTATION } from './float80/status';
import { requireFpuReady } from './fpu-check';
import { selectorOf } from './segments';

export const STACK_FAULT: u32 = 0x40;
export const C0: u32 = 0x100;
export const C1: u32 = 0x200;
export const C2: u32 = 0x400;
export const C3: u32 = 0x4000;

export class Fpu {
  static begin(p: usize): void {
    requireFpuReady();
    const control = load<u16>(FPU_CONTROL);
    Fp.flags = 0;
    Fp.roundedUp = false;
    Fp.rounding = (control >>> 10) & 3;
    Fp.masks = control & 0x3f;
    Fp.denormalsAreZero = false;
    Fp.flushToZero = false;
    const precision = (control >>> 8) & 3;
    Fp.precision = precision == 0 ? 24 : precision == 2 ? 53 : 64;
    store<u64>(FPU_IP, ripOf(p));
    store<u16>(FPU_CS, <u16>selectorOf(CS));
    const segment = load<u8>(p, UOP_SEGMENT);
    if (segment & 0x80) {
      store<u64>(FPU_DP, effectiveOffset(p));
      store<u16>(FPU_DS, <u16>selectorOf(segment & 7));
    }
  }

  static commit(): bool {
    let flags = Fp.flags;
    const unmasked = flags & ~Fp.masks & 0x3f;
    if (unmasked & PRE_COMPUTATION) flags &= PRE_COMPUTATION | STACK_FAULT;
    let status = ((<u32>load<u16>(FPU_STATUS)) & ~C1) | flags;
    if (Fp.roundedUp && ((unmasked & PRE_COMPUTATION) == 0 || (flags & STACK_FAULT) != 0)) status |= C1;
    if (unmasked) status |= 0x8080;
    store<u16>(FPU_STATUS, status);
    return (unmasked & PRE_COMPUTATION) == 0;
  }

  /** For instructions that touch C1 only when a register was empty (FCMOVcc, FCOMI). */
  static commitKeepingC1(): bool {
    const kept = Fp.flags & STACK_FAULT ? 0 : (<u32>load<u16>(FPU_STATUS)) & C1;
    const written = Fpu.commit();
    store<u16>(FPU_STATUS, (<u32>load<u16>(FPU_STATUS)) | kept);
    return written;
  }

  @inline static top(): u32 {
    return ((<u32>load<u16>(FPU_STATUS)) >>> 11) & 7;
  }
  static setTop(top: u32): void {
    store<u16>(FPU_STATUS, ((<u32>load<u16>(FPU_STATUS)) & 0xc7ff) | ((top & 7) << 11));
  }
  @inline static physical(i: u32): u32 {
    return (Fpu.top() + i) & 7;
  }
  @inline static at(i: u32): usize {
    return <usize>(FPU_REGS + (Fpu.physical(i) << 4));
  }
  @inline static se(i: u32): u32 {
    return load<u16>(Fpu.at(i), 8);
  }
  @inline static m(i: u32): u64 {
    return load<u64>(Fpu.at(i));
  }
  @inline static isEmpty(i: u32): bool {
    return ((load<u8>(FPU_TAGS) >>> Fpu.physical(i)) & 1) == 0;
  }

  /** Writes X to ST(i) and marks it valid. */
  static write(i: u32): void {
    const at = Fpu.at(i);
    store<u64>(at, X.m);
    store<u16>(at, <u16>X.se, 8);
    store<u8>(FPU_TAGS, <u8>((<u32>load<u8>(FPU_TAGS)) | ((<u32>1) << Fpu.physical(i))));
  }
  static free(i: u32): void {
    store<u8>(FPU_TAGS, <u8>((<u32>load<u8>(FPU_TAGS)) & ~((<u32>1) << Fpu.physical(i))));
  }
  static pop(): void {
    Fpu.free(0);
    Fpu.setTop(Fpu.top() + 1);
  }
  /** Pushes X; the register that becomes ST(0) has been found empty. */
  static push(): void {
    Fpu.setTop(Fpu.top() - 1);
    Fpu.write(0);
  }

  /** A read of an empty register: invalid, C1 clear; the masked result is the default NaN. */
  static underflow(): void {
    Fp.raise(INVALID | STACK_FAULT);
    X.indefinite();
  }
  /** Whether ST(7), which a push would fill, is in use; then X is the default NaN and C1 is set. */
  static overflows(): bool {
    if (Fpu.isEmpty(7)) return false;
    Fp.raise(INVALID | STACK_FAULT);
    Fp.roundedUp = true;
    X.indefinite();
    return true;
  }
  static setCondition(bits: u32): void {
    store<u16>(FPU_STATUS, ((<u32>load<u16>(FPU_STATUS)) & ~(C0 | C2 | C3)) | bits);
  }
}
