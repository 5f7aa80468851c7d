/** FSIN FCOS FSINCOS FPTAN FPATAN F2XM1 FYL2X FYL2XP1. Rows: table/x87-transcendental.ts. */
import { FPU_STATUS, UOP_SIZE } from '../../layout';
import { INTEGER_BIT, X } from '../float80/extended';
import { Fp } from '../float80/status';
import {
  arctangent80,
  cosine80,
  logarithm80,
  logarithmPlusOne80,
  power80,
  sine80,
  tangent80,
  Trig,
} from '../float80/transcendental80';
import { C2, Fpu } from '../x87';

function begin(p: usize): void {
  Fpu.begin(p);
  // Precision control does not apply.
  Fp.precision = 64;
  Trig.outOfRange = false;
}

/** C2 tells that the argument was out of range: then nothing else happened. */
function finishRange(): void {
  const status = load<u16>(FPU_STATUS) & ~C2;
  store<u16>(FPU_STATUS, Trig.outOfRange ? status | C2 : status);
}

function replaceTop(): void {
  if (Fpu.commit() && !Trig.outOfRange) Fpu.write(0);
  finishRange();
}

export function fsin(p: usize): usize {
  begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else sine80(Fpu.se(0), Fpu.m(0));
  replaceTop();
  return p + UOP_SIZE;
}

export function fcos(p: usize): usize {
  begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else cosine80(Fpu.se(0), Fpu.m(0));
  replaceTop();
  return p + UOP_SIZE;
}

/** X replaces ST(0), and (se, m) is pushed. */
function replaceAndPush(se: u32, m: u64): void {
  if (Fpu.commit() && !Trig.outOfRange) {
    Fpu.write(0);
    X.set(se, m);
    Fpu.push();
  }
  finishRange();
}

export function fsincos(p: usize): usize {
  begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else if (!Fpu.overflows()) {
    cosine80(Fpu.se(0), Fpu.m(0));
    const se = X.se;
    const m = X.m;
    sine80(Fpu.se(0), Fpu.m(0));
    replaceAndPush(se, m);
    return p + UOP_SIZE;
  }
  replaceAndPush(X.se, X.m);
  return p + UOP_SIZE;
}

/** Pushes 1 behind the tangent; a NaN is pushed as it is. */
export function fptan(p: usize): usize {
  begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else if (!Fpu.overflows()) tangent80(Fpu.se(0), Fpu.m(0));
  if ((X.se & 0x7fff) == 0x7fff) replaceAndPush(X.se, X.m);
  else replaceAndPush(0x3fff, INTEGER_BIT);
  return p + UOP_SIZE;
}

/** The result of two operands goes to ST(1), which becomes the top. */
function popInto(): void {
  if (!Fpu.commit()) return;
  Fpu.write(1);
  Fpu.pop();
}

function missingPair(): bool {
  if (!Fpu.isEmpty(0) && !Fpu.isEmpty(1)) return false;
  Fpu.underflow();
  return true;
}

export function fpatan(p: usize): usize {
  begin(p);
  if (!missingPair()) arctangent80(Fpu.se(1), Fpu.m(1), Fpu.se(0), Fpu.m(0));
  popInto();
  return p + UOP_SIZE;
}

export function fyl2x(p: usize): usize {
  begin(p);
  if (!missingPair()) logarithm80(Fpu.se(1), Fpu.m(1), Fpu.se(0), Fpu.m(0));
  popInto();
  return p + UOP_SIZE;
}

export function fyl2xp1(p: usize): usize {
  begin(p);
  if (!missingPair()) logarithmPlusOne80(Fpu.se(1), Fpu.m(1), Fpu.se(0), Fpu.m(0));
  popInto();
  return p + UOP_SIZE;
}

export function f2xm1(p: usize): usize {
  begin(p);
  if (Fpu.isEmpty(0)) Fpu.underflow();
  else power80(Fpu.se(0), Fpu.m(0));
  if (Fpu.commit()) Fpu.write(0);
  return p + UOP_SIZE;
}
