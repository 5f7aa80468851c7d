/** FLD FST FILD FIST FBLD FBSTP, constants, FXCH, FCMOVcc, stack control. Rows: table/x87-move.ts. */
import { UOP_RM, UOP_SIZE } from '../../layout';
import { Address, addressPlus } from '../address';
import { Flags } from '../flags';
import {
  Bcd,
  bcdTo80,
  extend,
  Extended,
  integerTo80,
  shorten,
  toBcd80,
  toInteger80,
} from '../float80/convert80';
import { Ext, X } from '../float80/extended';
import { DENORMAL, Fp, INVALID, OVERFLOW, PRECISION, ROUND_ZERO, UNDERFLOW } from '../float80/status';
import { Memory } from '../memory';
import { probeWrite } from '../memory-slow';
import { Fpu } from '../x87';

/** Pushes X unless a check fails. */
function pushResult(p: usize): usize {
  if (Fpu.commit()) Fpu.push();
  return p + UOP_SIZE;
}

export function fld<T>(p: usize): usize {
  Fpu.begin(p);
  const bits = <u64>Memory.read<T>(p, Address.of(p));
  if (!Fpu.overflows()) {
    extend<T>(bits);
    if (Extended.denormal) Fp.raise(DENORMAL);
    if (Ext.signaling(X.se, X.m)) {
      Fp.raise(INVALID);
      X.m |= 0x4000000000000000;
    }
  }
  // Unlike in arithmetic, an unmasked denormal operand does not keep the value back.
  if (Fpu.commit() || (Fp.flags & ~Fp.masks & INVALID) == 0) Fpu.push();
  return p + UOP_SIZE;
}
export function fldExtended(p: usize): usize {
  Fpu.begin(p);
  const m = Memory.read<u64>(p, Address.of(p));
  const se = Memory.read<u16>(p, addressPlus(p, 8, 2));
  if (!Fpu.overflows()) X.set(se, m);
  return pushResult(p);
}
export function fldSti(p: usize): usize {
  Fpu.begin(p);
  const i = load<u8>(p, UOP_RM);
  if (Fpu.isEmpty(i)) Fpu.underflow();
  else if (!Fpu.overflows()) X.set(Fpu.se(i), Fpu.m(i));
  return pushResult(p);
}
export function fild<T>(p: usize): usize {
  Fpu.begin(p);
  const value = <i64>Memory.read<T>(p, Address.of(p));
  if (!Fpu.overflows()) integerTo80(value);
  return pushResult(p);
}
export function fbld(p: usize): usize {
  Fpu.begin(p);
  const low = Memory.read<u64>(p, Address.of(p));
  const high = Memory.read<u16>(p, addressPlus(p, 8, 2));
  if (!Fpu.overflows()) bcdTo80(low, high);
  return pushResult(p);
}

/** Whether the value just made may go to memory: an unmasked overflow or underflow keeps it back, too. */
function storable(): bool {
  const kept = Fp.flags & ~Fp.masks & (OVERFLOW | UNDERFLOW);
  if (kept) {
    Fp.flags &= ~PRECISION;
    Fp.roundedUp = false;
  }
  return Fpu.commit() && kept == 0;
}

function storeReal<T>(p: usize, pop: bool): usize {
  Fpu.begin(p);
  const address = Address.of(p);
  probeWrite(address, sizeof<T>());
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0), Fpu.m(0));
  const bits = <T>shorten<T>(X.se, X.m);
  if (storable()) {
    Memory.write<T>(p, address, bits);
    if (pop) Fpu.pop();
  }
  return p + UOP_SIZE;
}
export function fstKeep<T>(p: usize): usize {
  return storeReal<T>(p, false);
}
export function fstPop<T>(p: usize): usize {
  return storeReal<T>(p, true);
}
export function fstpExtended(p: usize): usize {
  Fpu.begin(p);
  const address = Address.of(p);
  const tail = addressPlus(p, 8, 2);
  probeWrite(address, 8);
  probeWrite(tail, 2);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0), Fpu.m(0));
  if (Fpu.commit()) {
    Memory.write<u64>(p, address, X.m);
    Memory.write<u16>(p, tail, <u16>X.se);
    Fpu.pop();
  }
  return p + UOP_SIZE;
}
export function fstSti(p: usize): usize {
  return storeRegister(p, false);
}
export function fstpSti(p: usize): usize {
  return storeRegister(p, true);
}
function storeRegister(p: usize, pop: bool): usize {
  Fpu.begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0), Fpu.m(0));
  if (Fpu.commit()) {
    Fpu.write(load<u8>(p, UOP_RM));
    if (pop) Fpu.pop();
  }
  return p + UOP_SIZE;
}

/** D9 D8+i: as FSTP, but an empty ST(0) is no fault and is not copied. */
export function fstpQuiet(p: usize): usize {
  Fpu.begin(p);
  const empty = Fpu.isEmpty(0);
  if (!empty) X.set(Fpu.se(0), Fpu.m(0));
  Fpu.commit();
  if (!empty) Fpu.write(load<u8>(p, UOP_RM));
  Fpu.pop();
  return p + UOP_SIZE;
}

function fistTo<T>(p: usize, truncate: bool, pop: bool): usize {
  Fpu.begin(p);
  const address = Address.of(p);
  probeWrite(address, sizeof<T>());
  if (truncate) Fp.rounding = ROUND_ZERO;
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0), Fpu.m(0));
  const value = <T>toInteger80(X.se, X.m, sizeof<T>() * 8);
  if (Fpu.commit()) {
    Memory.write<T>(p, address, value);
    if (pop) Fpu.pop();
  }
  return p + UOP_SIZE;
}
export function fist<T>(p: usize): usize {
  return fistTo<T>(p, false, false);
}
export function fistp<T>(p: usize): usize {
  return fistTo<T>(p, false, true);
}
export function fisttp<T>(p: usize): usize {
  return fistTo<T>(p, true, true);
}
export function fbstp(p: usize): usize {
  Fpu.begin(p);
  const address = Address.of(p);
  const tail = addressPlus(p, 8, 2);
  probeWrite(address, 8);
  probeWrite(tail, 2);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else X.set(Fpu.se(0), Fpu.m(0));
  toBcd80(X.se, X.m);
  if (Fpu.commit()) {
    Memory.write<u64>(p, address, Bcd.low);
    Memory.write<u16>(p, tail, <u16>Bcd.high);
    Fpu.pop();
  }
  return p + UOP_SIZE;
}

// ---- constants: the exact value is rounded by the rounding control (SDM vol. 2, FLD1) ----------------------

/** Pushes the constant whose 64-bit significand, cut off, is `m`; `above` when what is cut is over one half. */
function constant(p: usize, se: u32, m: u64, above: bool): usize {
  Fpu.begin(p);
  if (!Fpu.overflows()) {
    const up = Fp.rounding == 0 ? above : Fp.rounding == 2;
    X.set(se, up ? m + 1 : m);
  }
  return pushResult(p);
}
function exact(p: usize, se: u32, m: u64): usize {
  Fpu.begin(p);
  if (!Fpu.overflows()) X.set(se, m);
  return pushResult(p);
}
export function fld1(p: usize): usize {
  return exact(p, 0x3fff, 0x8000000000000000);
}
export function fldz(p: usize): usize {
  return exact(p, 0, 0);
}
export function fldl2t(p: usize): usize {
  return constant(p, 0x4000, 0xd49a784bcd1b8afe, false);
}
export function fldl2e(p: usize): usize {
  return constant(p, 0x3fff, 0xb8aa3b295c17f0bb, true);
}
export function fldpi(p: usize): usize {
  return constant(p, 0x4000, 0xc90fdaa22168c234, true);
}
export function fldlg2(p: usize): usize {
  return constant(p, 0x3ffd, 0x9a209a84fbcff798, true);
}
export function fldln2(p: usize): usize {
  return constant(p, 0x3ffe, 0xb17217f7d1cf79ab, true);
}

// ---- registers -----------------------------------------------------------------------------------------------

export function fxch(p: usize): usize {
  Fpu.begin(p);
  const i = load<u8>(p, UOP_RM);
  const empty0 = Fpu.isEmpty(0);
  const emptyI = Fpu.isEmpty(i);
  if (empty0 || emptyI) Fpu.underflow();
  const se = X.se;
  const m = X.m;
  if (Fpu.commit()) {
    const se0 = empty0 ? se : Fpu.se(0);
    const m0 = empty0 ? m : Fpu.m(0);
    X.set(emptyI ? se : Fpu.se(i), emptyI ? m : Fpu.m(i));
    Fpu.write(0);
    X.set(se0, m0);
    Fpu.write(i);
  }
  return p + UOP_SIZE;
}

function conditionalMove(p: usize, condition: bool): usize {
  Fpu.begin(p);
  const i = load<u8>(p, UOP_RM);
  const bad = Fpu.isEmpty(0) || Fpu.isEmpty(i);
  if (bad) Fpu.underflow();
  else X.set(Fpu.se(i), Fpu.m(i));
  if (Fpu.commitKeepingC1() && (condition || bad)) Fpu.write(0);
  return p + UOP_SIZE;
}
export function fcmovb(p: usize): usize {
  return conditionalMove(p, Flags.cf() != 0);
}
export function fcmove(p: usize): usize {
  return conditionalMove(p, Flags.zf() != 0);
}
export function fcmovbe(p: usize): usize {
  return conditionalMove(p, (Flags.cf() | Flags.zf()) != 0);
}
export function fcmovu(p: usize): usize {
  return conditionalMove(p, Flags.pf() != 0);
}
export function fcmovnb(p: usize): usize {
  return conditionalMove(p, Flags.cf() == 0);
}
export function fcmovne(p: usize): usize {
  return conditionalMove(p, Flags.zf() == 0);
}
export function fcmovnbe(p: usize): usize {
  return conditionalMove(p, (Flags.cf() | Flags.zf()) == 0);
}
export function fcmovnu(p: usize): usize {
  return conditionalMove(p, Flags.pf() == 0);
}

export function ffree(p: usize): usize {
  Fpu.begin(p);
  Fpu.commit();
  Fpu.free(load<u8>(p, UOP_RM));
  return p + UOP_SIZE;
}
export function ffreep(p: usize): usize {
  Fpu.begin(p);
  Fpu.commit();
  Fpu.free(load<u8>(p, UOP_RM));
  Fpu.pop();
  return p + UOP_SIZE;
}
export function fincstp(p: usize): usize {
  Fpu.begin(p);
  Fpu.commit();
  Fpu.setTop(Fpu.top() + 1);
  return p + UOP_SIZE;
}
export function fdecstp(p: usize): usize {
  Fpu.begin(p);
  Fpu.commit();
  Fpu.setTop(Fpu.top() - 1);
  return p + UOP_SIZE;
}
/** FNOP reports pending exceptions, no more. */
export function fnop(p: usize): usize {
  Fpu.begin(p);
  return p + UOP_SIZE;
}
