/** /proc/sys/kernel/random (Linux random(4)): new random identifiers (RFC 9562 version 4), one for this boot, the pool. */
import { randomBytes } from '../../lib/random';
import { TextBuffer, textByte, textUnsigned } from './text-buffer';

const NEWLINE: u8 = 0x0a;
const HYPHEN: u8 = 0x2d;
const UUID_BYTES: usize = 16;
/** Bits of the generator's key (lib/random.ts). */
const POOL_BITS: u64 = 256;

const bootId = memory.data(16, 8);
let booted = false;

/** RFC 9562, 5.4: random but for version and variant. */
function makeUuid(at: usize): void {
  randomBytes(at, UUID_BYTES);
  store<u8>(at, (load<u8>(at, 6) & 0x0f) | 0x40, 6);
  store<u8>(at, (load<u8>(at, 8) & 0x3f) | 0x80, 8);
}

function hexDigit(t: TextBuffer, digit: u8): void {
  textByte(t, digit < 10 ? 0x30 + digit : 0x57 + digit);
}

function uuidLine(t: TextBuffer, at: usize): void {
  for (let i: usize = 0; i < UUID_BYTES; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) textByte(t, HYPHEN);
    hexDigit(t, load<u8>(at + i) >> 4);
    hexDigit(t, load<u8>(at + i) & 15);
  }
  textByte(t, NEWLINE);
}

const fresh = memory.data(16, 8);

/** Another one at each open. */
export function uuid(t: TextBuffer, _pid: i32, _tid: i32): void {
  makeUuid(fresh);
  uuidLine(t, fresh);
}

export function bootIdentifier(t: TextBuffer, _pid: i32, _tid: i32): void {
  if (!booted) makeUuid(bootId);
  booted = true;
  uuidLine(t, bootId);
}

export function poolSize(t: TextBuffer, _pid: i32, _tid: i32): void {
  textUnsigned(t, POOL_BITS);
  textByte(t, NEWLINE);
}
