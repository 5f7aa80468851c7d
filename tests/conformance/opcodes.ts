/**
 * Which encodings exist: every opcode of the four maps with every mandatory prefix, LOCK, ModRM.reg and form of operand,
 * in 64-bit and compatibility mode. Only whether #UD is raised counts; what the instructions do is for the random tests.
 */
import * as F from './case-format.ts';
import type { Mode } from './generator.ts';
import { nativeFeatures } from './native.ts';

export interface Encoding {
  readonly mode: Mode;
  readonly bytes: readonly number[];
}

const ESCAPES = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]] as const;
const PREFIXES = [[], [0x66], [0xf2], [0xf3], [0x66, 0xf2], [0x66, 0xf3]] as const;
const REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** [rBX], and the register forms of x87 and 0F 01 whose ModRM.rm counts. */
const MEMORY_RM = 3;
const LEGACY_PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

const FEATURES = nativeFeatures();

interface Left {
  readonly why: string;
  readonly fits: (encoding: {
    map: number;
    opcode: number;
    mode: Mode;
    prefix: number;
    lock: boolean;
    reg: number;
    register: boolean;
    rm: number;
  }) => boolean;
}

/** Encodings that are not compared. */
export const LEFT_OUT: readonly Left[] = [
  {
    why: 'enters the host kernel',
    fits: ({ map, opcode }) =>
      (map === 0 && opcode === 0xcd) || (map === 1 && (opcode === 0x05 || opcode === 0x34)),
  },
  { why: 'a hypervisor may intercept it', fits: ({ map, opcode }) => map === 0 && opcode === 0xf1 },
  {
    why: 'VEX has encodings of its own below; EVEX and XOP are not implemented',
    fits: ({ map, opcode, mode, register }) =>
      map === 0 &&
      (opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62 || opcode === 0x8f) &&
      (mode === '64-bit' || register),
  },
  {
    why: 'takes the thread pointer from the runner or moves GS: loads of FS, WRFSBASE, WRGSBASE',
    fits: ({ map, opcode, prefix, reg, register }) =>
      (map === 0 && opcode === 0x8e && reg === 4) ||
      (map === 1 && (opcode === 0xa1 || opcode === 0xb4 || (opcode === 0xae && prefix === 0xf3 && register))),
  },
  {
    why: 'XSAVEOPT, CLWB, CLFLUSHOPT, PTWRITE, TPAUSE, RDPID and their like: extensions that a host may have and we not',
    fits: ({ map, opcode, prefix, reg, register }) =>
      map === 1 &&
      ((opcode === 0xae &&
        ((reg === 6 && (!register || prefix === 0x66 || prefix === 0xf3)) ||
          (reg === 7 && prefix === 0x66) ||
          (reg === 4 && prefix === 0xf3) ||
          prefix === 0xf2)) ||
        (opcode === 0xc7 && reg !== 1)),
  },
  {
    why: 'AES, SHA, PCLMULQDQ, GFNI, ADX, CET and MOVDIR: extensions that the host may have and we do not',
    fits: ({ map, opcode }) =>
      (map === 2 &&
        ((opcode >= 0xc8 && opcode < 0xf0) || [0x82, 0xf5, 0xf6].includes(opcode) || opcode >= 0xf8)) ||
      (map === 3 && (opcode === 0x44 || opcode >= 0xcc)),
  },
  {
    why: 'MOVBE, which the host may lack',
    fits: ({ map, opcode }) => map === 2 && (opcode & 0xfe) === 0xf0 && !FEATURES.has('movbe'),
  },
  {
    why: "SSE4a, of AMD's processors only",
    fits: ({ map, opcode, prefix }) =>
      map === 1 && (opcode === 0x78 || opcode === 0x79 || (opcode === 0x2b && prefix >= 0xf2)),
  },
  {
    why: '0F 01 in register form has SVM, MONITORX and other extensions of the host',
    fits: ({ map, opcode, register }) => map === 1 && opcode === 0x01 && register,
  },
  {
    why: "LOCK: AMD's processors take LOCK MOV CR0 for CR8, and let LOCK VERW pass; SDM vol. 2 says #UD",
    fits: ({ map, opcode, lock, reg, register }) =>
      lock && map === 1 && (opcode === 0x20 || opcode === 0x22 || (opcode === 0 && reg === 5 && !register)),
  },
  {
    why: "differs between processors: SYSEXIT and SYSRET, INVD of a guest, RSM, 3DNow!'s FEMMS and prefetches, UD0's length",
    fits: ({ map, opcode }) =>
      map === 1 && [0x07, 0x0d, 0x0e, 0x0f, 0x35, 0x36, 0x37, 0xaa, 0xff, 0xb9].includes(opcode),
  },
];

function modrms(
  map: number,
  opcode: number,
): { reg: number; register: boolean; rm: number; modrm: number }[] {
  const everyRm = (map === 0 && opcode >= 0xd8 && opcode <= 0xdf) || (map === 1 && opcode === 0x01);
  return REGISTERS.flatMap((reg) => [
    { reg, register: false, rm: MEMORY_RM, modrm: (reg << 3) | MEMORY_RM },
    ...(everyRm ? REGISTERS : [1]).map((rm) => ({ reg, register: true, rm, modrm: 0xc0 | (reg << 3) | rm })),
  ]);
}

export function allEncodings(mode: Mode): Encoding[] {
  const encodings: Encoding[] = [];
  ESCAPES.forEach((escape, map) => {
    for (let opcode = 0; opcode < 256; opcode++) {
      if (map === 0 && (LEGACY_PREFIXES.has(opcode) || opcode === 0x0f)) continue;
      if (map === 0 && mode === '64-bit' && (opcode & 0xf0) === 0x40) continue;
      if (map === 1 && (opcode === 0x38 || opcode === 0x3a)) continue;
      for (const prefixes of PREFIXES) {
        for (const lock of [false, true]) {
          for (const { reg, register, rm, modrm } of modrms(map, opcode)) {
            const prefix = prefixes.at(-1) ?? 0;
            if (LEFT_OUT.some(({ fits }) => fits({ map, opcode, mode, prefix, lock, reg, register, rm })))
              continue;
            encodings.push({ mode, bytes: [...(lock ? [0xf0] : []), ...prefixes, ...escape, opcode, modrm] });
          }
        }
      }
    }
  });
  return encodings;
}

/** VEX's maps 2 and 3 have these for general registers; the others are AVX, which the host may have and we do not. */
const VEX_OPCODES: readonly number[] = Array.from({ length: 16 }, (_, low) => 0xf0 | low);
const VEX_MAPS: readonly number[] = [2, 3];
const RESERVED_MAPS: readonly number[] = [0, 4, 7, 8, 16, 31];
/** VEX.vvvv as it is encoded: none, the highest bit alone clear, others. */
const VVVV: readonly number[] = [15, 7, 8, 0];
const BEFORE_VEX: readonly (readonly number[])[] = [
  [0x66],
  [0xf2],
  [0xf3],
  [0xf0],
  [0x67],
  [0x2e],
  [0x26, 0x66],
];
const REX_BEFORE_VEX: readonly (readonly number[])[] = [[0x40], [0x48], [0x48, 0x2e], [0x40, 0x67]];

/** Three-byte VEX prefixes with every field, and legacy and REX prefixes before them; none where the host lacks BMI. */
export function vexEncodings(mode: Mode): Encoding[] {
  if (!FEATURES.has('bmi1') || !FEATURES.has('bmi2')) return [];
  const encodings: Encoding[] = [];
  const add = (before: readonly number[], map: number, last: number, opcode: number, modrm: number): void => {
    // Without R and X, which LES would take for a memory operand.
    encodings.push({ mode, bytes: [...before, 0xc4, 0xe0 | map, last, opcode, modrm] });
  };
  const before = [...BEFORE_VEX, ...(mode === '64-bit' ? REX_BEFORE_VEX : [])];
  for (let fields = 0; fields < 16; fields++) {
    // W, L and pp.
    const bits = ((fields & 8) << 4) | (fields & 7);
    for (const vvvv of VVVV) {
      const last = bits | (vvvv << 3);
      for (const map of VEX_MAPS) {
        for (const opcode of VEX_OPCODES) {
          for (const { modrm } of modrms(2, opcode)) add([], map, last, opcode, modrm);
          if (vvvv === 15) for (const prefixes of before) add(prefixes, map, last, opcode, 0xc9);
        }
      }
      for (const map of RESERVED_MAPS) for (const opcode of VEX_OPCODES) add([], map, last, opcode, 0xc9);
    }
  }
  return encodings;
}

/**
 * The case of an encoding: what follows are INT3s, which also serve as its immediate. Registers point into the window,
 * FPU and memory are zero.
 */
export function encodingCase({ mode, bytes }: Encoding): Uint8Array {
  const record = new Uint8Array(F.RECORD_SIZE);
  const view = new DataView(record.buffer);
  view.setUint32(F.AT_CODE_OFFSET, 0x800, true);
  view.setUint32(F.AT_CODE_LENGTH, bytes.length, true);
  view.setUint32(F.AT_COMPATIBILITY, mode === '64-bit' ? 0 : 1, true);
  for (let i = 0; i < 8; i++) view.setBigUint64(F.AT_REGS + i * 8, BigInt(F.WINDOW + 0x80), true);
  view.setBigUint64(F.AT_REGS + 8, 1n, true);
  view.setBigUint64(F.AT_RFLAGS, 0x202n, true);
  record.set(bytes, F.AT_CODE);
  view.setUint16(F.AT_FX, 0x37f, true);
  view.setUint32(F.AT_FX + 24, 0x1f80, true);
  return record;
}
