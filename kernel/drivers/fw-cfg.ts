/**
 * Reading of the board's configuration files through QEMU's fw_cfg device (QEMU docs/specs/fw_cfg, port interface).
 *
 * Our own board and QEMU have it, real ones do not: fwCfgPresent() first. Not for interrupt context.
 */
import { inb, outw } from '../arch/x86_64/ports';

const SELECTOR: u16 = 0x510;
const DATA: u16 = 0x511;
const KEY_SIGNATURE: u16 = 0x0000;
const KEY_DIRECTORY: u16 = 0x0019;
/** "QEMU", first byte lowest. */
const SIGNATURE: u32 = 0x554d4551;
const NAME_BYTES: u32 = 56;
/** More files than any board has: a directory that claims more is no directory. */
const MAX_FILES: u32 = 512;

@unmanaged
export class FwCfgFile {
  key: u32;
  sizeBytes: u32;
}

function select(key: u16): void {
  outw(SELECTOR, key);
}

function readBigEndian(bytes: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) value = (value << 8) | inb(DATA);
  return value;
}

export function fwCfgPresent(): bool {
  select(KEY_SIGNATURE);
  let signature: u32 = 0;
  for (let i = 0; i < 4; i++) signature |= (<u32>inb(DATA)) << (i * 8);
  return signature == SIGNATURE;
}

/** Reads a directory entry's name and says whether it is `name`; all of it is read in any case. */
function nameMatches(name: string): bool {
  let equal = true;
  for (let i: u32 = 0; i < NAME_BYTES; i++) {
    const byte = inb(DATA);
    const wanted: u8 = i < <u32>name.length ? <u8>name.charCodeAt(i) : 0;
    if (i <= <u32>name.length && byte != wanted) equal = false;
  }
  return equal;
}

/** Finds the file `name`; false when the board has no such file. */
export function fwCfgFind(name: string, out: FwCfgFile): bool {
  if (!fwCfgPresent()) return false;
  select(KEY_DIRECTORY);
  const count = readBigEndian(4);
  if (count > MAX_FILES) return false;
  for (let i: u32 = 0; i < count; i++) {
    const size = readBigEndian(4);
    const key = readBigEndian(2);
    readBigEndian(2);
    if (!nameMatches(name)) continue;
    out.key = key;
    out.sizeBytes = size;
    return true;
  }
  return false;
}

/** Copies the first `count` bytes of the file; the caller knows its size. */
export function fwCfgRead(file: FwCfgFile, buffer: usize, count: u32): void {
  select(<u16>file.key);
  for (let i: u32 = 0; i < count; i++) store<u8>(buffer + i, inb(DATA));
}
