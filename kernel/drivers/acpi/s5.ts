/**
 * The \_S5_ object of the DSDT: which values put the machine into soft-off (ACPI 6.4 section 7.4.2, AML in chapter 20).
 *
 * A full AML interpreter is not needed for it: firmware gives it as `Name (_S5_, Package () { a, b, ... })` with constants,
 * and that encoding is searched for. Pure: bytes in, values out.
 */
const NAME_OP: u8 = 0x08;
const PACKAGE_OP: u8 = 0x12;
const ZERO_OP: u8 = 0x00;
const ONE_OP: u8 = 0x01;
const BYTE_PREFIX: u8 = 0x0a;
/** "_S5_". */
const NAME: u32 = 0x5f35535f;
const ROOT_PREFIX: u8 = 0x5c;
/** A sleep type has three bits. */
const MAX_TYPE: i32 = 7;

/** Constant at `at`, or -1; its length in bytes goes to `constantBytes`. */
let constantBytes: u32 = 0;
function constant(at: usize, end: usize): i32 {
  if (at >= end) return -1;
  const op = load<u8>(at);
  constantBytes = 1;
  if (op == ZERO_OP) return 0;
  if (op == ONE_OP) return 1;
  if (op != BYTE_PREFIX || at + 1 >= end) return -1;
  constantBytes = 2;
  return load<u8>(at, 1);
}

/** The package after the name; the values as a | b << 8, or -1. */
function parsePackage(start: usize, end: usize): i32 {
  if (start + 3 > end || load<u8>(start) != PACKAGE_OP) return -1;
  // The package length takes one to four bytes, as its two top bits say; then the number of elements.
  const lengthBytes: u32 = (load<u8>(start, 1) >> 6) + 1;
  let at = start + 1 + lengthBytes;
  if (at >= end || load<u8>(at) < 2) return -1;
  at++;
  const a = constant(at, end);
  if (a < 0 || a > MAX_TYPE) return -1;
  const b = constant(at + constantBytes, end);
  if (b < 0 || b > MAX_TYPE) return -1;
  return a | (b << 8);
}

/** SLP_TYPa in the low byte and SLP_TYPb in the next, or -1 when the AML of `length` bytes has no such object. */
export function acpiFindS5(aml: usize, length: u32): i32 {
  const end = aml + length;
  for (let at = aml + 1; at + 4 <= end; at++) {
    if (load<u32>(at) != NAME) continue;
    const before = load<u8>(at - 1);
    const named =
      before == NAME_OP || (before == ROOT_PREFIX && at - aml >= 2 && load<u8>(at - 2) == NAME_OP);
    if (!named) continue;
    const values = parsePackage(at + 4, end);
    if (values >= 0) return values;
  }
  return -1;
}
