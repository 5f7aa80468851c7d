/** Opcodes of WebAssembly (Core Specification 2.0, 5.4) that translated code uses. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;
export const VOID = 0x40;

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  i64Const: 0x42,
} as const;

/** Instructions of 32 bits; the same of 64 bits are in I64OPS under the same name. */
export const I32OPS = {
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  ltS: 0x48,
  ltU: 0x49,
  gtS: 0x4a,
  gtU: 0x4b,
  leS: 0x4c,
  leU: 0x4d,
  geS: 0x4e,
  geU: 0x4f,
  clz: 0x67,
  ctz: 0x68,
  popcnt: 0x69,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  divS: 0x6d,
  divU: 0x6e,
  remS: 0x6f,
  remU: 0x70,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrS: 0x75,
  shrU: 0x76,
  rotl: 0x77,
  rotr: 0x78,
  extend8: 0xc0,
  extend16: 0xc1,
} as const;

export type IntegerOp = keyof typeof I32OPS;

export const I64OPS: Readonly<Record<IntegerOp, number>> = {
  eqz: 0x50,
  eq: 0x51,
  ne: 0x52,
  ltS: 0x53,
  ltU: 0x54,
  gtS: 0x55,
  gtU: 0x56,
  leS: 0x57,
  leU: 0x58,
  geS: 0x59,
  geU: 0x5a,
  clz: 0x79,
  ctz: 0x7a,
  popcnt: 0x7b,
  add: 0x7c,
  sub: 0x7d,
  mul: 0x7e,
  divS: 0x7f,
  divU: 0x80,
  remS: 0x81,
  remU: 0x82,
  and: 0x83,
  or: 0x84,
  xor: 0x85,
  shl: 0x86,
  shrS: 0x87,
  shrU: 0x88,
  rotl: 0x89,
  rotr: 0x8a,
  extend8: 0xc2,
  extend16: 0xc3,
};

export const CONVERT = {
  i32Wrap: 0xa7,
  i64ExtendS: 0xac,
  i64ExtendU: 0xad,
  i64Extend32: 0xc4,
} as const;

/** Opcode and natural alignment (a power of two). */
export const LOAD = {
  i32: [0x28, 2],
  i64: [0x29, 3],
  i32From8: [0x2d, 0],
  i32From8S: [0x2c, 0],
  i32From16: [0x2f, 1],
  i32From16S: [0x2e, 1],
  i64From32: [0x35, 2],
} as const;

export const STORE = {
  i32: [0x36, 2],
  i64: [0x37, 3],
  i32To8: [0x3a, 0],
  i32To16: [0x3b, 1],
  i64To32: [0x3e, 2],
} as const;
