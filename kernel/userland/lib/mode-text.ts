// The mode of a file as ls shows it: -rwxr-xr-x. Source: POSIX ls (STDOUT).

/** Writes ten characters to `to`, which has room for them and a 0. */
export function modeText(mode: u32, to: usize): void {
  const types = '?pc?d?b?-?l?s???';
  const permissions = 'rwxrwxrwx';
  store<u8>(to, <u8>types.charCodeAt(<i32>((mode >> 12) & 15)));
  for (let i = 0; i < 9; i++) {
    const set = (mode & ((<u32>0o400) >> (<u32>i))) != 0;
    store<u8>(to + 1 + <usize>i, set ? <u8>permissions.charCodeAt(i) : 0x2d);
  }
  special(to + 3, mode & 0o4000, 0x73);
  special(to + 6, mode & 0o2000, 0x73);
  special(to + 9, mode & 0o1000, 0x74);
  store<u8>(to, 0, 10);
}

/** `s` or `t` where there would be an x, the capital where there would be none. */
function special(at: usize, set: u32, letter: u8): void {
  if (set) store<u8>(at, load<u8>(at) == 0x78 ? letter : letter - 32);
}
