/**
 * Mount options of FAT, which knows no owners: uid=, gid=, umask=, fmask=, dmask= (octal), as mount(8) has them. Others are
 * left alone.
 */
import { FatVolume } from './volume';

const DEFAULT_MASK: u32 = 0o022;

/** Whether the option at `at` begins with `name`, which ends with "=". */
function isOption(at: usize, name: string): bool {
  for (let i = 0; i < name.length; i++) if (load<u8>(at + <usize>i) != <u8>name.charCodeAt(i)) return false;
  return true;
}

function number(at: usize, base: u32): u32 {
  let value: u32 = 0;
  for (let p = at; load<u8>(p) >= 0x30 && load<u8>(p) < 0x30 + base; p++)
    value = value * base + load<u8>(p) - 0x30;
  return value;
}

/** Reads NUL-terminated, comma-separated options into the volume. */
export function fatOptions(v: FatVolume, options: usize): void {
  v.fileMask = DEFAULT_MASK;
  v.directoryMask = DEFAULT_MASK;
  let at = options;
  while (load<u8>(at) != 0) {
    if (isOption(at, 'uid=')) v.uid = number(at + 4, 10);
    else if (isOption(at, 'gid=')) v.gid = number(at + 4, 10);
    else if (isOption(at, 'umask=')) {
      v.fileMask = number(at + 6, 8) & 0o777;
      v.directoryMask = v.fileMask;
    } else if (isOption(at, 'fmask=')) v.fileMask = number(at + 6, 8) & 0o777;
    else if (isOption(at, 'dmask=')) v.directoryMask = number(at + 6, 8) & 0o777;
    while (load<u8>(at) != 0 && load<u8>(at) != 0x2c) at++;
    if (load<u8>(at) == 0x2c) at++;
  }
}
