/** Compares the results of one case on both processors; each difference is one line of text. */
import * as F from './case-format.ts';
import type { Case } from './generator.ts';
import { ESTIMATES, type Estimate } from './undefined.ts';

function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

export function recordView(records: Uint8Array, index: number): DataView {
  return new DataView(records.buffer, records.byteOffset + index * F.RECORD_SIZE, F.RECORD_SIZE);
}

/** The page that a fault names. */
function faultPage(view: DataView): bigint {
  return view.getBigUint64(F.AT_CR2, true) >> 12n;
}

/**
 * Error code and CR2 are comparable where both kernels would report them alike: canonical user addresses. `page` is
 * what CR2 is taken for; null: CR2 itself.
 */
function faultDetail(view: DataView, page: bigint | null): string {
  const vector = view.getUint32(F.AT_VECTOR, true);
  const cr2 = page === null ? view.getBigUint64(F.AT_CR2, true) : page << 12n;
  let error = vector === 13 || (vector === 14 && cr2 >> 47n === 0n) ? view.getUint32(F.AT_ERROR, true) : 0;
  // Our set-up has supervisor pages in the first 2 MiB, a Linux process has nothing there; in the last page of the user
  // half it is the other way round.
  if (cr2 < 0x200000n || cr2 >> 12n === 0x7ffffffffn) error &= ~1;
  return `vector ${vector} error ${hex(error, 1)} cr2 ${hex(cr2, 1)}`;
}

/** Whether two 80-bit numbers are neighbours: as integers they differ by one. */
function neighbours80(a: DataView, b: DataView, at: number): boolean {
  const number = (view: DataView): bigint =>
    (BigInt(view.getUint16(at + 8, true)) << 63n) + (view.getBigUint64(at, true) & ((1n << 63n) - 1n));
  const difference = number(a) - number(b);
  return difference >= -1n && difference <= 1n;
}

function compareFx(estimate: Estimate | undefined, native: DataView, ours: DataView, out: string[]): void {
  const fx = F.AT_FX;
  const fields: [string, number][] = [
    ['fcw', 0],
    ['fsw', 2],
    ['ftw', 4],
  ];
  for (const [name, at] of fields) {
    // The tag word's upper byte is reserved.
    const mask = name === 'ftw' ? 0xff : name === 'fsw' ? 0xffff & ~(estimate?.undefinedStatus ?? 0) : 0xffff;
    const a = native.getUint16(fx + at, true) & mask;
    const b = ours.getUint16(fx + at, true) & mask;
    if (a !== b) out.push(`${name}: ${hex(a, 4)}, ours ${hex(b, 4)}`);
  }
  const a = native.getUint32(fx + 24, true);
  const b = ours.getUint32(fx + 24, true);
  if (a !== b) out.push(`mxcsr: ${hex(a, 8)}, ours ${hex(b, 8)}`);
  for (let i = 0; i < 8; i++) {
    const at = fx + 32 + i * 16;
    const text = (view: DataView): string =>
      `${hex(view.getUint16(at + 8, true), 4)}.${hex(view.getBigUint64(at, true), 16)}`;
    if (estimate && i < 2 && neighbours80(native, ours, at)) continue;
    if (text(native) !== text(ours)) out.push(`st${i}: ${text(native)}, ours ${text(ours)}`);
  }
  for (let i = 0; i < 16; i++) {
    const at = fx + 160 + i * 16;
    const text = (view: DataView): string =>
      `${hex(view.getBigUint64(at + 8, true), 16)}.${hex(view.getBigUint64(at, true), 16)}`;
    if (text(native) !== text(ours)) out.push(`xmm${i}: ${text(native)}, ours ${text(ours)}`);
  }
}

/**
 * Instructions that make several accesses, whose order no manual defines: it decides where they fault, and on which of
 * the two pages when the operand lies on both.
 */
const SEVERAL_ACCESSES = new Set([
  'fnsave',
  'fnstenv',
  'frstor',
  'fldenv',
  'fxsave',
  'fxrstor',
  'fstp',
  'fbstp',
  'xsave',
  'xrstor',
]);

/** CMPS reads twice; which fault of two counts differs even between its forms with and without REP. */
const ANY_FAULT = new Set(['cmps']);

/** MXCSR bit 17 exists on AMD's processors (misaligned exception mask) and is reserved on Intel's and ours. */
const LOADS_MXCSR = new Set(['ldmxcsr', 'fxrstor', 'xrstor']);

/**
 * OF SF ZF AF PF CF. Which of them are undefined is known of the instructions of a case, not of what a case that wrote
 * to its own code has made of them.
 */
const STATUS_FLAGS = 0x8d5n;

/** The instruction at which a result's trap points, null when it is none of the sequence. */
function faulting(tested: Case, result: DataView): string | null {
  const at =
    result.getBigUint64(F.AT_RIP, true) -
    BigInt(F.CODE_BASE) -
    BigInt(recordView(tested.record, 0).getUint32(F.AT_CODE_OFFSET, true));
  const i = tested.starts.findIndex((start) => BigInt(start) === at);
  return tested.mnemonics[i] ?? null;
}

function isFault(view: DataView): boolean {
  return [12, 13, 14, 17].includes(view.getUint32(F.AT_VECTOR, true));
}

export function differences(tested: Case, native: DataView, ours: DataView): string[] {
  const out: string[] = [];
  const at = faulting(tested, ours);
  const loadsReserved = at !== null && LOADS_MXCSR.has(at) && ours.getUint32(F.AT_VECTOR, true) === 13;
  if (native.getUint32(F.AT_FX + 24, true) & 0x20000) return out;
  if (loadsReserved && faulting(tested, native) !== at) return out;
  const several = tested.mnemonics.some((mnemonic) => SEVERAL_ACCESSES.has(mnemonic));
  const page = faultPage(native);
  const ourPage = faultPage(ours);
  const neighbours = ourPage - page === 1n || page - ourPage === 1n;
  const fault = faultDetail(native, several ? page : null);
  const ourFault = faultDetail(ours, several ? (neighbours ? page : ourPage) : null);
  // What is wrong in the image may be found before or after what is missing of it.
  const anyOrder = at !== null && (ANY_FAULT.has(at) || loadsReserved);
  const anyFault = anyOrder && faulting(tested, native) === at && isFault(native) && isFault(ours);
  if (fault !== ourFault && !anyFault) out.push(`${fault}, ours ${ourFault}`);
  const pair = (name: string, at: number, mask: bigint): void => {
    const a = native.getBigUint64(at, true) & mask;
    const b = ours.getBigUint64(at, true) & mask;
    if (a !== b) out.push(`${name}: ${hex(a, 1)}, ours ${hex(b, 1)}`);
  };
  const whole = (1n << 64n) - 1n;
  pair('rip', F.AT_RIP, whole);
  F.REGISTER_NAMES.forEach((name, i) => {
    pair(name, F.AT_REGS + i * 8, whole);
  });
  const flags = BigInt(tested.flagsMask);
  const wroteCode = ours.getUint32(F.AT_WROTE_CODE, true) !== 0;
  pair('rflags', F.AT_RFLAGS, wroteCode ? flags & ~STATUS_FLAGS : flags);
  const estimate = ESTIMATES[tested.mnemonics[0] ?? ''];
  const st0 = {
    exponent: recordView(tested.record, 0).getUint16(F.AT_FX + 40, true) & 0x7fff,
    significand: recordView(tested.record, 0).getBigUint64(F.AT_FX + 32, true),
  };
  if (estimate === undefined || estimate.defined(st0)) compareFx(estimate, native, ours, out);
  for (let i = 0; i < F.WINDOW_SIZE; i++) {
    const a = native.getUint8(F.AT_WINDOW + i);
    const b = ours.getUint8(F.AT_WINDOW + i);
    if (a !== b) out.push(`byte at ${hex(F.WINDOW + i, 8)}: ${hex(a, 2)}, ours ${hex(b, 2)}`);
  }
  if (native.getUint32(F.AT_HASH, true) !== ours.getUint32(F.AT_HASH, true))
    out.push('memory outside the window');
  return out;
}
