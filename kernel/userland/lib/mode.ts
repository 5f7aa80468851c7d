// File modes as chmod takes them: octal, or symbolic (u+x,go=r, =rwXst, g=u).
//
// Rules: modeIsValid() once, then applyMode() for each file. Source: POSIX chmod (EXTENDED DESCRIPTION).

import { Sys, syscall } from './syscall';

const ALL: u32 = 0o7777;

/** The mask that new files are created with. */
export function currentUmask(): u32 {
  const mask = <u32>syscall(Sys.umask, 0);
  syscall(Sys.umask, mask);
  return mask;
}

/** Whether `text` is a mode. */
export function modeIsValid(text: usize): bool {
  return applyMode(text, 0, false, 0) != 0xffffffff;
}

/**
 * What `text` makes of `mode` (permission bits). `directory` gives X its meaning; `umask` counts where nobody is named.
 * 0xffffffff for a text that is no mode. An octal mode of a directory leaves its set-id bits unless it has five digits.
 */
export function applyMode(text: usize, mode: u32, directory: bool, umask: u32): u32 {
  mode &= ALL;
  if (load<u8>(text) >= 0x30 && load<u8>(text) <= 0x37) {
    let value: u32 = 0;
    let at = text;
    for (; load<u8>(at); at++) {
      const digit = <u32>load<u8>(at) - 0x30;
      if (digit > 7 || value > ALL) return 0xffffffff;
      value = value * 8 + digit;
    }
    if (value > ALL) return 0xffffffff;
    return directory && at - text < 5 ? value | (mode & 0o6000) : value;
  }
  if (!load<u8>(text)) return 0xffffffff;
  let at = text;
  let more = true;
  while (more) {
    let who: u32 = 0;
    let letters = true;
    while (letters) {
      const letter = load<u8>(at);
      if (letter == 0x75) who |= 0o4700;
      else if (letter == 0x67) who |= 0o2070;
      else if (letter == 0x6f) who |= 0o1007;
      else if (letter == 0x61) who |= ALL;
      else letters = false;
      if (letters) at++;
    }
    const named = who != 0;
    if (!named) who = ALL & ~umask;
    if (!isOperator(load<u8>(at))) return 0xffffffff;
    while (isOperator(load<u8>(at))) {
      const operator = load<u8>(at++);
      let bits: u32 = 0;
      const copied = load<u8>(at);
      if (copied == 0x75 || copied == 0x67 || copied == 0x6f) {
        const from = (mode >> (copied == 0x75 ? 6 : copied == 0x67 ? 3 : 0)) & 7;
        bits = from * 0o111;
        at++;
      } else {
        let permissions = true;
        while (permissions) {
          const letter = load<u8>(at);
          if (letter == 0x72) bits |= 0o444;
          else if (letter == 0x77) bits |= 0o222;
          else if (letter == 0x78) bits |= 0o111;
          else if (letter == 0x58) bits |= directory || mode & 0o111 ? 0o111 : 0;
          else if (letter == 0x73) bits |= 0o6000;
          else if (letter == 0x74) bits |= 0o1000;
          else permissions = false;
          if (permissions) at++;
        }
      }
      // The sticky bit is nobody's: +t, o+t and a+t set it; u+t does not.
      if (operator == 0x2b) mode |= bits & who;
      else if (operator == 0x2d) mode &= ~(bits & who);
      else {
        // `=` keeps the set-id bits of directories, unless they are named.
        let cleared = named ? who : ALL;
        if (directory) cleared &= ~(0o6000 & ~bits);
        mode = (mode & ~cleared) | (bits & who);
      }
    }
    const byte = load<u8>(at);
    if (byte && byte != 0x2c) return 0xffffffff;
    more = byte != 0;
    at++;
  }
  return mode;
}

function isOperator(byte: u8): bool {
  return byte == 0x2b || byte == 0x2d || byte == 0x3d;
}
