/**
 * What translated code needs of the core. A region is a function of the handler table; a micro-op of its own, the
 * stub, stands in the code page where the block was that it replaces, and UOP_LINK of the stub leads to that block.
 */
import {
  CODE_UOPS_NEXT,
  FLAG_AUX,
  FLAG_RESULT,
  UOP_COUNT,
  UOP_LINK,
  UOP_OFFSET,
  UOP_OP,
  UOP_SIZE,
} from '../layout';
import { Alu } from './alu';
import { blockAt, codeCacheHasRoom, setBlockAt } from './code-pages';
import {
  FLAGS_ADC,
  FLAGS_ADD,
  FLAGS_CARRY,
  FLAGS_DEC,
  FLAGS_EXPLICIT,
  FLAGS_IMUL,
  FLAGS_INC,
  FLAGS_LOGIC,
  FLAGS_SAR,
  FLAGS_SBB,
  FLAGS_SHL,
  FLAGS_SHR,
  FLAGS_SUB,
} from './flag-classes';
import { Flags } from './flags';
import { Multiply } from './multiply';
import { Shift } from './shift';
import { cutLinks } from './tlb';

/** Puts function `op` of the handler table in the place of the block at `offset`; the stub, or 0: no room. */
export function installRegion(page: usize, offset: u32, op: u32): usize {
  if (!codeCacheHasRoom()) return 0;
  const stub = <usize>load<u32>(CODE_UOPS_NEXT);
  store<u32>(CODE_UOPS_NEXT, stub + UOP_SIZE);
  memory.fill(stub, 0, UOP_SIZE);
  store<u16>(stub, <u16>op, UOP_OP);
  store<u16>(stub, <u16>offset, UOP_OFFSET);
  store<u8>(stub, 1, UOP_COUNT);
  store<u32>(stub, blockAt(page, offset), UOP_LINK);
  setBlockAt(page, offset, stub);
  cutLinks();
  return stub;
}

/** Room for a region's table of at most 16 KiB, until all code is forgotten; 0: none. */
export function reserveTable(bytes: u32): usize {
  if (bytes > 16384 || !codeCacheHasRoom()) return 0;
  const table = <usize>load<u32>(CODE_UOPS_NEXT);
  store<u32>(CODE_UOPS_NEXT, <u32>table + ((bytes + 7) & ~7));
  return table;
}

/** Puts the block back where `stub` stands, if it still stands there. */
export function removeRegion(page: usize, offset: u32, stub: usize): void {
  if (blockAt(page, offset) != stub) return;
  setBlockAt(page, offset, <usize>load<u32>(stub, UOP_LINK));
  cutLinks();
}

function lazy<T>(what: u32, r: T, s: T, x: u32, m: T): void {
  switch (what) {
    case FLAGS_LOGIC:
      Flags.logic<T>(r);
      break;
    case FLAGS_ADD:
      Flags.add<T>(s, <T>(r - s), r);
      break;
    case FLAGS_SUB:
      Flags.sub<T>(s, <T>(s - r), r);
      break;
    case FLAGS_ADC:
      Flags.add<T>(s, <T>(r - s - <T>x), r);
      break;
    case FLAGS_SBB:
      Flags.sub<T>(s, <T>(s - r - <T>x), r);
      break;
    case FLAGS_INC:
      store<u32>(FLAG_AUX, x << 31);
      Alu.inc<T>(<T>(r - 1));
      break;
    case FLAGS_DEC:
      store<u32>(FLAG_AUX, x << 31);
      Alu.dec<T>(<T>(r + 1));
      break;
    case FLAGS_SHL:
      Shift.shl<T>(s, x);
      break;
    case FLAGS_SHR:
      Shift.shr<T>(s, x);
      break;
    case FLAGS_SAR:
      Shift.sar<T>(s, x);
      break;
    case FLAGS_IMUL:
      Multiply.signed<T>(s, m);
      break;
    default:
  }
}

/**
 * Writes the flags that a region holds in its locals: `kind` is a class of flag-classes.ts and an operand size
 * (0 to 3 for 8 to 64 bits); up to 32 bits the operands are r32 and s32, else r64 and s64. `changed` says which
 * of CF (1) or CF and OF (2) an instruction replaced since, `carries` their FLAG_AUX bits.
 */
export function spillFlags(
  kind: u32,
  r32: u32,
  s32: u32,
  x: u32,
  r64: u64,
  s64: u64,
  m64: u64,
  changed: u32,
  carries: u32,
): void {
  const what = kind >>> 2;
  if (what == FLAGS_EXPLICIT) {
    store<u64>(FLAG_RESULT, r64);
    store<u32>(FLAG_AUX, x);
  } else if (what) {
    switch (kind & 3) {
      case 0:
        lazy<u8>(what, <u8>r32, <u8>s32, x, <u8>m64);
        break;
      case 1:
        lazy<u16>(what, <u16>r32, <u16>s32, x, <u16>m64);
        break;
      case 2:
        lazy<u32>(what, r32, s32, x, <u32>m64);
        break;
      default:
        lazy<u64>(what, r64, s64, x, m64);
    }
  }
  if (changed == FLAGS_CARRY) Flags.carry(carries >>> 31);
  else if (changed) store<u32>(FLAG_AUX, (load<u32>(FLAG_AUX) & 0x3fffffff) | carries);
}
