/** Which segment a decoded operand lies in, and what has to be done with its address because of that. */
import { UOP_SCALE, UOP_SEGMENT } from '../layout';
import { DS, ES, FS, SS } from './bits';
import { ROW_STACK } from './decode-flags';
import { MODE_FLAT_DS, MODE_FLAT_ES, MODE_FLAT_SS, MODE_LONG } from './mode-bits';

/** An address finished by masking to 32 bits; by segment rules; by adding 2^32 (a RIP-relative overflow). */
export const KIND_32: u32 = 0x40;
const KIND_SEGMENT: u32 = 0x80;
export const KIND_FAR_RIP: u32 = 0xc0;

function isFlat(mode: u32, segment: u32): bool {
  switch (segment) {
    case DS:
      return (mode & MODE_FLAT_DS) != 0;
    case SS:
      return (mode & MODE_FLAT_SS) != 0;
    case ES:
      return (mode & MODE_FLAT_ES) != 0;
    default:
      return false;
  }
}

/** Notes how the address of a memory operand is finished (core/address.ts), and in which segment it lies. */
export function finishKind(p: usize, mode: u32, scale: u32, segment: u32, addressSize: u32): void {
  let kind: u32 = KIND_SEGMENT;
  if (mode & MODE_LONG) {
    if (segment < FS) kind = addressSize == 2 ? 0 : KIND_32;
  } else if (addressSize == 1 && isFlat(mode, segment)) kind = KIND_32;
  store<u8>(p, <u8>(scale | kind), UOP_SCALE);
  store<u8>(p, <u8>(segment | 0x80), UOP_SEGMENT);
}

/** Where an operand that no ModRM byte addresses lies: no prefix moves the stack (SDM vol. 1, 6.2.1). */
export function implicitSegment(flags: u32, prefixSegment: i32): u32 {
  if (flags & ROW_STACK) return SS;
  return prefixSegment < 0 ? DS : prefixSegment;
}
