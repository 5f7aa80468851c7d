// tr: translate, squeeze and delete characters. Source: POSIX tr.

import { argument } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { characterAt, characterSize, INVALID } from '../lib/characters';
import { read } from '../lib/file';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { encodeCodePoint } from '../lib/utf8';
import { CharacterSet, contains, expandSet, setAt, setError, setLength } from '../lib/tr-set';

const HELP = `usage: tr [-cCst] SET1 SET2
       tr -d [-cC] SET1
       tr -s [-cC] SET1
       tr -ds [-cC] SET1 SET2
Translate, delete and squeeze the characters of the standard input.
  -c, -C  all characters but those of SET1    -d  delete them
  -s      one for several in a row            -t  as if SET1 were as short as SET2
SET: characters; \\n \\t \\OOO; a-z; [:class:]; [=x=]; [x*N] and [x*] in SET2.
`;
const LONG = 'complement=c delete=d squeeze-repeats=s truncate-set1=t';

const BLOCK: usize = 65536;

/** What becomes of a character. */
const DELETE: u8 = 1;
const SQUEEZE: u8 = 2;

let complement = false;
let remove = false;
let squeeze = false;
let truncate = false;

/** For ASCII and single bytes: the fate bits, and the translation. */
const fates = memory.data(256);
const translations = memory.data(1024, 4);
let first: CharacterSet = make<CharacterSet>();
let second: CharacterSet | null = null;
let squeezed: CharacterSet | null = null;
let lastSqueezed: u32 = 0xffffffff;

export function main(): i32 {
  for (
    let option = nextOption('cCdst', HELP, LONG);
    option != END;
    option = nextOption('cCdst', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x63 || option == 0x43) complement = true;
    else if (option == 0x64) remove = true;
    else if (option == 0x73) squeeze = true;
    else truncate = true;
  }
  const most = remove && !squeeze ? 1 : 2;
  const least = remove == squeeze ? 2 : 1;
  if (operandCount() < least) {
    reportUsage(operandCount() ? 'missing operand: two strings must be given' : 'missing operand');
    return 1;
  }
  if (operandCount() > most) {
    reportUsage(remove ? 'only one string may be given when deleting without squeezing' : 'extra operand');
    return 1;
  }
  const one = expandSet(argument(operandIndex()), false);
  if (!one) return refuse();
  first = one;
  if (operandCount() == 2) {
    const two = expandSet(argument(operandIndex() + 1), true);
    if (!two) return refuse();
    two.fillTo(remove ? 0 : complement ? setLength(two) + 1 : setLength(first));
    second = two;
    if (!remove && !setLength(two) && !truncate) {
      reportUsage('when not truncating set1, string2 must be non-empty');
      return 1;
    }
    if (!remove && setError() < 0) return refuse();
  }
  if (squeeze) squeezed = second ? second : first;
  prepare();
  return run();
}

function refuse(): i32 {
  message().text('misused or malformed set').newline();
  return 1;
}

/** Works out what happens to each byte below 0x80, and to broken bytes from 0x80 on. */
function prepare(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    const code = byte < 0x80 ? byte : INVALID + byte;
    const result = translate(code);
    store<u32>(translations + ((<usize>byte) << 2), result);
    let fate: u8 = 0;
    if (isRemoved(code)) fate |= DELETE;
    if (isSqueezed(result)) fate |= SQUEEZE;
    store<u8>(fates + <usize>byte, fate);
  }
}

function inFirst(code: u32): bool {
  return contains(first, code) != complement;
}

function isRemoved(code: u32): bool {
  return remove && inFirst(code);
}

function isSqueezed(code: u32): bool {
  const set = squeezed;
  if (!set) return false;
  return second ? contains(set, code) : inFirst(code);
}

function translate(code: u32): u32 {
  const to = second;
  if (!to || remove) return code;
  if (complement) {
    if (contains(first, code)) return code;
    // All but one value come from the last character: the order of what is left has no meaning in Unicode.
    return setLength(to) ? setAt(to, setLength(to) - 1) : code;
  }
  const index = first.indexOf(code);
  if (index < 0) return code;
  const length = setLength(to);
  if (index < length) return setAt(to, index);
  return truncate || !length ? code : setAt(to, length - 1);
}

function run(): i32 {
  const buffer = mustAllocate(malloc(BLOCK + 8));
  let kept: usize = 0;
  let got: i64;
  do {
    got = read(0, buffer + kept, BLOCK);
    if (got == -Errno.INTR) continue;
    if (got < 0) {
      reportError(literal('read error'), got);
      return 1;
    }
    const end = buffer + kept + <usize>got;
    const at = process(buffer, end, got == 0);
    kept = end - at;
    memory.copy(buffer, at, kept);
  } while (got);
  return 0;
}

/** Returns the address of a character that is not complete yet. */
function process(at: usize, end: usize, last: bool): usize {
  while (at < end) {
    const byte = load<u8>(at);
    let code: u32 = byte;
    let result: u32;
    let fate: u8;
    if (byte < 0x80) {
      at++;
      fate = load<u8>(fates + <usize>byte);
      result = load<u32>(translations + ((<usize>byte) << 2));
    } else {
      if (!last && end - at < 4 && end - at < (byte >= 0xf0 ? <usize>4 : byte >= 0xe0 ? <usize>3 : <usize>2))
        return at;
      code = characterAt(at, end);
      at += characterSize();
      if (code >= INVALID) {
        fate = load<u8>(fates + <usize>byte);
        result = load<u32>(translations + ((<usize>byte) << 2));
      } else {
        result = translate(code);
        fate = 0;
        if (isRemoved(code)) fate = DELETE;
        if (isSqueezed(result)) fate |= SQUEEZE;
      }
    }
    if (fate & DELETE) continue;
    if (fate & SQUEEZE) {
      if (lastSqueezed == result) continue;
      lastSqueezed = result;
    } else lastSqueezed = 0xffffffff;
    if (result < 0x80) stdout.byte(<u8>result);
    else if (result >= INVALID) stdout.byte(<u8>(result - INVALID));
    else {
      const room = memory.data(4);
      stdout.range(room, encodeCodePoint(result, room) - room);
    }
  }
  return at;
}
