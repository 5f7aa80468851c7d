/**
 * Derives MODE, CODE_KEY and the active TLBs from segments, control registers and flags. Call `updateMode`
 * after any change of CS, SS, DS, ES, CPL, CR0, CR4, EFER, EFLAGS.VM or EFLAGS.AC (SMAP and alignment checks).
 */
import {
  CODE_KEY,
  CODE_KEYS,
  CODE_KEYS_COUNT,
  CODE_KEYS_MAX,
  CPL,
  CR0,
  CR4,
  EFER,
  FLAG_SYSTEM,
  ITLB,
  ITLB_ACTIVE,
  ITLB_SIZE,
  MODE,
  SEGMENTS,
  SEGMENT_SIZE,
  SEG_ATTRIBUTES,
  SEG_BASE,
  SEG_LIMIT,
  TLB,
  TLB_ACTIVE,
  TLB_ALIGNED,
  TLB_SIZE,
} from '../layout';
import { AC, CR0_AM, CR0_PE, CR4_SMAP, CS, DS, EFER_LMA, ES, SS, VM } from './bits';
import { flushCodeCache } from './code-pages';
import {
  MODE_32,
  MODE_FLAT_DS,
  MODE_FLAT_ES,
  MODE_FLAT_SS,
  MODE_LONG,
  MODE_REAL,
  MODE_STACK32,
  MODE_USER,
  MODE_V86,
} from './mode-bits';

function flat(segment: u32): bool {
  const s = SEGMENTS + segment * SEGMENT_SIZE;
  return (
    load<u64>(s, SEG_BASE) == 0 &&
    load<u32>(s, SEG_LIMIT) == 0xffffffff &&
    (load<u32>(s, SEG_ATTRIBUTES) & 0x9e) == 0x92
  );
}

/** Blocks decoded under another key are not reachable: it stands for the mode bits, and the base and limit of CS. */
function internKey(mode: u32, base: u32, limit: u32): u32 {
  const count = load<u32>(CODE_KEYS_COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const k = CODE_KEYS + i * 16;
    if (load<u32>(k) == mode && load<u32>(k, 4) == base && load<u32>(k, 8) == limit) return i + 1;
  }
  if (count == CODE_KEYS_MAX) {
    flushCodeCache();
    store<u32>(CODE_KEYS_COUNT, 0);
    return internKey(mode, base, limit);
  }
  const k = CODE_KEYS + count * 16;
  store<u32>(k, mode);
  store<u32>(k, base, 4);
  store<u32>(k, limit, 8);
  store<u32>(CODE_KEYS_COUNT, count + 1);
  return count + 1;
}

export function updateMode(): void {
  const system = load<u32>(FLAG_SYSTEM);
  const cs = SEGMENTS + CS * SEGMENT_SIZE;
  let mode: u32 = 0;
  if ((load<u64>(CR0) & CR0_PE) == 0) mode = MODE_REAL;
  else if (system & VM) mode = MODE_V86;
  const attributes = load<u32>(cs, SEG_ATTRIBUTES);
  let base = load<u32>(cs, SEG_BASE);
  let limit = load<u32>(cs, SEG_LIMIT);
  if (mode == 0 && (load<u64>(EFER) & EFER_LMA) != 0 && (attributes & 0x2000) != 0) {
    mode = MODE_LONG;
    base = 0;
    limit = 0;
  } else {
    if (attributes & 0x4000) mode |= MODE_32;
    if (load<u32>(SEGMENTS + SS * SEGMENT_SIZE, SEG_ATTRIBUTES) & 0x4000) mode |= MODE_STACK32;
    if (flat(ES)) mode |= MODE_FLAT_ES;
    if (flat(SS)) mode |= MODE_FLAT_SS;
    if (flat(DS)) mode |= MODE_FLAT_DS;
  }
  let tlb: u32 = 1;
  if (load<u32>(CPL) == 3) {
    mode |= MODE_USER;
    tlb = 0;
  } else if ((load<u64>(CR4) & CR4_SMAP) != 0 && (system & AC) == 0) tlb = 2;
  const aligned = tlb == 0 && (system & AC) != 0 && (load<u64>(CR0) & CR0_AM) != 0;
  store<u32>(TLB_ACTIVE, aligned ? TLB_ALIGNED : TLB + tlb * TLB_SIZE);
  store<u32>(ITLB_ACTIVE, ITLB + (tlb ? 1 : 0) * ITLB_SIZE);
  const key = CODE_KEYS + (load<u32>(CODE_KEY) - 1) * 16;
  if (load<u32>(MODE) != mode || load<u32>(key, 4) != base || load<u32>(key, 8) != limit) {
    store<u32>(MODE, mode);
    store<u32>(CODE_KEY, internKey(mode, base, limit));
  }
}

export function isProtected(): bool {
  return (load<u32>(MODE) & (MODE_REAL | MODE_V86)) == 0;
}

export function isLong(): bool {
  return (load<u32>(MODE) & MODE_LONG) != 0;
}

/** IA-32e mode: 64-bit or compatibility. */
export function isIa32e(): bool {
  return (load<u64>(EFER) & EFER_LMA) != 0;
}
