/** What the decoder puts where no valid instruction is, and the guard of instructions that cross a page. */
import {
  CURRENT_UOP,
  LOGGED_OPCODES,
  PAGE_BASE,
  REGS,
  UOP_ADDRESS_SIZE,
  UOP_IMMEDIATE,
  UOP_OFFSET,
  UOP_OPERAND_SIZE,
  UOP_REG,
  UOP_SIZE,
  UOP_TARGET,
} from '../../layout';
import { maskAddress } from '../address';
import { GP_VECTOR, RCX, UD_VECTOR } from '../bits';
import { dropCode } from '../code-pages';
import { OPCODE_MAPS } from '../decode-flags';
import { enter, leaveNext } from '../events';
import { raise, settle } from '../exceptions';
import { Flags } from '../flags';
import { report } from '../host';
import { translateCode } from '../paging';
import { probePush } from '../stack';

const REPORT_UNDEFINED: u32 = 1;
const CALL_NEAR: u32 = 0xe8;

/** UOP_TARGET holds map and opcode, or 0xffff for a known opcode in an invalid form. */
export function undefinedOpcode(p: usize): usize {
  const opcode = load<u32>(p, UOP_TARGET);
  // UD0, UD1 and UD2 are there to be undefined.
  const meant = opcode == 0x10b || opcode == 0x1b9 || opcode == 0x1ff;
  if (opcode < (<u32>OPCODE_MAPS) << 8 && !meant && load<u8>(LOGGED_OPCODES + opcode) == 0) {
    store<u8>(LOGGED_OPCODES + opcode, 1);
    reportUndefined(load<u64>(PAGE_BASE) + load<u16>(p, UOP_OFFSET));
  }
  raise(UD_VECTOR, 0);
  return 0;
}

/** Names the first bytes at a linear address, as many as lie in its page: the next one may not be there. */
function reportUndefined(linear: u64): void {
  const count = min<u64>(8, 4096 - (linear & 4095));
  const host = translateCode(linear);
  const bytes = host ? load<u64>(host) & (~(<u64>0) >>> ((8 - count) << 3)) : 0;
  report(REPORT_UNDEFINED | ((host ? u32(count) : 0) << 8), linear, bytes);
}

/** Longer than 15 bytes, or beyond the limit of CS. */
export function fetchLimit(p: usize): usize {
  raise(GP_VECTOR, 0);
  return p;
}

/** Whether the near jump of this opcode (UOP_IMMEDIATE) would be taken; nothing changes. */
function wouldJump(p: usize): bool {
  const opcode = load<u32>(p, UOP_IMMEDIATE);
  const low = opcode & 0xff;
  if (opcode >>> 8 || (low & 0xf0) == 0x70) return Flags.condition(low & 15);
  // LOOPNE LOOPE LOOP JCXZ
  if ((low & 0xfc) != 0xe0) return true;
  const size = load<u8>(p, UOP_ADDRESS_SIZE);
  const count = maskAddress(load<u64>(REGS + RCX), size);
  if (low == 0xe3) return count == 0;
  return count != 1 && (low == 0xe2 || (Flags.zf() != 0) == (low == 0xe1));
}

/** A near jump beyond the limit of CS: the fault is the jump's own (SDM vol. 2, JMP). */
export function jumpBeyondLimit(p: usize): usize {
  if (wouldJump(p)) {
    if (load<u32>(p, UOP_IMMEDIATE) == CALL_NEAR) {
      if (load<u8>(p, UOP_OPERAND_SIZE)) probePush<u32>();
      else probePush<u16>();
    }
    raise(GP_VECTOR, 0);
  }
  const opcode = load<u32>(p, UOP_IMMEDIATE);
  if (opcode >= 0xe0 && opcode <= 0xe2) {
    const size = load<u8>(p, UOP_ADDRESS_SIZE);
    const left = load<u64>(REGS + RCX) - 1;
    if (size) store<u64>(REGS + RCX, left & 0xffffffff);
    else store<u16>(REGS + RCX, <u16>left);
  }
  return leaveNext(p);
}

/** The bytes in the second page must still be those that were decoded. */
export function guardSecondPage(p: usize): usize {
  const next = translateCode(load<u64>(PAGE_BASE) + 4096);
  const count = load<u8>(p, UOP_REG);
  if (next) {
    const bytes = load<u64>(next);
    if ((count == 8 ? bytes : bytes & (((<u64>1) << ((<u64>count) << 3)) - 1)) == load<u64>(p, 8))
      return p + UOP_SIZE;
  }
  settle();
  const host = translateCode(load<u64>(PAGE_BASE));
  store<u32>(CURRENT_UOP, 0);
  if (host) dropCode(host);
  return enter();
}
