/**
 * The kernel's command line: words between blanks, each NAME or NAME=VALUE. The last of several counts.
 */
import { commandLine } from '../arch/x86_64/boot-info';

const BLANK: u8 = 0x20;
const EQUALS: u8 = 0x3d;

/** Length of `name` when the word at `word` is that name, alone or before an equals sign; else 0. */
function matches(word: usize, name: string): usize {
  const length = <usize>name.length;
  for (let i: usize = 0; i < length; i++) if (load<u8>(word + i) != <u8>name.charCodeAt(<i32>i)) return 0;
  const after = load<u8>(word + length);
  return after == EQUALS || after == BLANK || after == 0 ? length : 0;
}

/** Address of what follows the name in the last word of that name; 0 when there is none. */
function findWord(name: string): usize {
  let found: usize = 0;
  let p = commandLine();
  while (load<u8>(p) != 0) {
    while (load<u8>(p) == BLANK) p++;
    const length = matches(p, name);
    if (length != 0) found = p + length;
    while (load<u8>(p) != 0 && load<u8>(p) != BLANK) p++;
  }
  return found;
}

/** Whether the word is there, with or without a value. */
export function cmdlineHas(name: string): bool {
  return findWord(name) != 0;
}

/**
 * Copies the value of `name` to `out`, NUL-terminated and cut to `max` bytes with the NUL. False, and nothing is written,
 * when the word is missing or has no value.
 */
export function cmdlineValue(name: string, out: usize, max: usize): bool {
  let p = findWord(name);
  if (p == 0 || load<u8>(p) != EQUALS || max == 0) return false;
  p++;
  let n: usize = 0;
  while (n < max - 1 && load<u8>(p + n) != 0 && load<u8>(p + n) != BLANK) {
    store<u8>(out + n, load<u8>(p + n));
    n++;
  }
  store<u8>(out + n, 0);
  return true;
}
