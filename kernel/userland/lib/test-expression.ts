// The expressions of test and [. Source: POSIX test.
//
// Rules: evaluateTest() takes the words of the command, itself first, and returns 0 (true), 1 (false) or 2 after a
// message on stderr.

import { bytesAre, bytesEqual, compareBytes } from './bytes';
import { access, Access } from './file';
import { List } from './list';
import { parsed, parseDigits } from './number';
import { reportText, reportWord } from './report';
import { FileType, lstat, Stat, stat } from './stat';
import { isTerminal } from './stream';
import { Sys, syscall } from './syscall';

let words: List = changetype<List>(<usize>0);
let next: i32 = 0;
let end: i32 = 0;
let wrong = false;

export function evaluateTest(command: List): i32 {
  words = command;
  next = 1;
  end = command.length;
  wrong = false;
  if (bytesAre(command.get(0), '[')) {
    end--;
    if (end < 1 || !bytesAre(command.get(end), ']')) {
      reportText('[: ] is missing');
      return 2;
    }
  }
  if (next == end) return 1;
  const result = byCount();
  if (!wrong && next != end) fail('test: unexpected', words.get(next));
  return wrong ? 2 : result ? 0 : 1;
}

function fail(what: string, word: usize): bool {
  if (!wrong) reportWord(what, word);
  wrong = true;
  return false;
}

function wordIs(index: i32, text: string): bool {
  return bytesAre(words.get(index), text);
}

/** Up to four operands mean what their number says (POSIX test, OPERANDS); more are read as an expression. */
function byCount(): bool {
  const first = next;
  const count = end - first;
  if (count == 1) return alone(first);
  if (count >= 2 && count <= 4 && wordIs(first, '!')) {
    const three =
      count == 4 || (count == 3 && !isBinary(words.get(first + 1)) && !isLogical(words.get(first + 1)));
    if (count == 2 || three) {
      next++;
      return !byCount();
    }
  }
  if (count == 3) {
    const operator = words.get(first + 1);
    if (isBinary(operator)) {
      next++;
      return binary(words.get(first), operator, words.get(first + 2));
    }
    if (isLogical(operator)) {
      const a = load<u8>(words.get(first)) != 0;
      const c = load<u8>(words.get(first + 2)) != 0;
      next = end;
      return bytesAre(operator, '-a') ? a && c : a || c;
    }
  }
  const enclosed = wordIs(first, '(') && wordIs(end - 1, ')');
  if (count == 2 && enclosed) {
    next = end;
    return false;
  }
  if (enclosed && (count == 3 || count == 4)) {
    next++;
    end--;
    const result = byCount();
    end++;
    next = end;
    return result;
  }
  return either();
}

function alone(index: i32): bool {
  next = end;
  return load<u8>(words.get(index)) != 0;
}

function isLogical(operator: usize): bool {
  return bytesAre(operator, '-a') || bytesAre(operator, '-o');
}

/** Whether the next word is `text`. */
function nextIs(text: string): bool {
  return next < end && bytesAre(words.get(next), text);
}

function either(): bool {
  let result = both();
  while (!wrong && nextIs('-o')) {
    next++;
    const other = both();
    result = result || other;
  }
  return result;
}

function both(): bool {
  let result = primary();
  while (!wrong && nextIs('-a')) {
    next++;
    const other = primary();
    result = result && other;
  }
  return result;
}

/** How many words are left. */
function left(): i32 {
  return end - next;
}

function primary(): bool {
  if (!left()) {
    if (!wrong) reportText('test: something is missing at the end');
    wrong = true;
    return false;
  }
  const word = words.get(next++);
  if (left() >= 2 && isBinary(words.get(next))) return binary(word, words.get(next), words.get(next + 1));
  if (bytesAre(word, '!') && left()) return !primary();
  if (bytesAre(word, '(') && left() >= 2) {
    const result = either();
    if (!nextIs(')')) return fail('test: ) is missing after', words.get(next - 1));
    next++;
    return result;
  }
  if (left() && load<u8>(word) == 0x2d && load<u8>(word, 1) && !load<u8>(word, 2)) {
    return unary(load<u8>(word, 1), word, words.get(next++));
  }
  return load<u8>(word) != 0;
}

function isBinary(operator: usize): bool {
  if (bytesAre(operator, '=') || bytesAre(operator, '!=')) return true;
  if (bytesAre(operator, '<') || bytesAre(operator, '>')) return true;
  return (
    bytesAre(operator, '-eq') ||
    bytesAre(operator, '-ne') ||
    bytesAre(operator, '-lt') ||
    bytesAre(operator, '-le') ||
    bytesAre(operator, '-gt') ||
    bytesAre(operator, '-ge') ||
    bytesAre(operator, '-nt') ||
    bytesAre(operator, '-ot') ||
    bytesAre(operator, '-ef')
  );
}

function binary(a: usize, operator: usize, b: usize): bool {
  next += 2;
  if (bytesAre(operator, '=')) return bytesEqual(a, b);
  if (bytesAre(operator, '!=')) return !bytesEqual(a, b);
  if (bytesAre(operator, '<')) return compareBytes(a, b) < 0;
  if (bytesAre(operator, '>')) return compareBytes(a, b) > 0;
  const third = load<u8>(operator, 2);
  if (third == 0x74 && load<u8>(operator, 1) != 0x67 && load<u8>(operator, 1) != 0x6c) {
    return load<u8>(operator, 1) == 0x6e ? isNewer(a, b) : isNewer(b, a);
  }
  if (third == 0x66) return isSame(a, b);
  if (!numberIn(a)) return fail('test: not a number', a);
  const first = number;
  if (!numberIn(b)) return fail('test: not a number', b);
  const second = number;
  if (bytesAre(operator, '-eq')) return first == second;
  if (bytesAre(operator, '-ne')) return first != second;
  if (bytesAre(operator, '-lt')) return first < second;
  if (bytesAre(operator, '-le')) return first <= second;
  if (bytesAre(operator, '-gt')) return first > second;
  return first >= second;
}

let number: i64 = 0;

/** An integer with blanks around it, into `number`. */
function numberIn(word: usize): bool {
  while (isBlank(load<u8>(word))) word++;
  const negative = load<u8>(word) == 0x2d;
  if (negative || load<u8>(word) == 0x2b) word++;
  const start = word;
  let value: u64 = 0;
  for (; load<u8>(word) >= 0x30 && load<u8>(word) <= 0x39; word++) {
    const digit = <u64>load<u8>(word) - 0x30;
    if (value > (<u64>i64.MAX_VALUE - digit) / 10) return false;
    value = value * 10 + digit;
  }
  if (word == start) return false;
  while (isBlank(load<u8>(word))) word++;
  number = negative ? -(<i64>value) : <i64>value;
  return load<u8>(word) == 0;
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || (byte >= 9 && byte <= 13);
}

/** -nt: `a` was modified after `b`, or `b` does not exist. */
function isNewer(a: usize, b: usize): bool {
  const first = changetype<Stat>(memory.data(144, 8));
  const second = changetype<Stat>(memory.data(144, 8));
  if (stat(a, first) < 0) return false;
  if (stat(b, second) < 0) return true;
  if (first.modifySeconds != second.modifySeconds) return first.modifySeconds > second.modifySeconds;
  return first.modifyNanoseconds > second.modifyNanoseconds;
}

/** -ef: one file under two names. */
function isSame(a: usize, b: usize): bool {
  const first = changetype<Stat>(memory.data(144, 8));
  const second = changetype<Stat>(memory.data(144, 8));
  if (stat(a, first) < 0 || stat(b, second) < 0) return false;
  return first.inode == second.inode && first.device == second.device;
}

function hasBits(path: usize, bits: u32): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  return stat(path, found) == 0 && (found.mode & bits) != 0;
}

function isOwned(path: usize, group: bool): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  if (stat(path, found) < 0) return false;
  return group ? found.gid == <u32>syscall(Sys.getgid) : found.uid == <u32>syscall(Sys.getuid);
}

function unary(letter: u8, operator: usize, operand: usize): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  switch (letter) {
    case 0x6e: // n
      return load<u8>(operand) != 0;
    case 0x7a: // z
      return load<u8>(operand) == 0;
    case 0x72: // r
      return access(operand, Access.read) == 0;
    case 0x77: // w
      return access(operand, Access.write) == 0;
    case 0x78: // x
      return access(operand, Access.execute) == 0;
    case 0x65: // e
      return stat(operand, found) == 0;
    case 0x73: // s
      return stat(operand, found) == 0 && found.size > 0;
    case 0x74: // t
      return parseDigits(operand, 10) && isTerminal(<i32>parsed());
    case 0x4c: // L
    case 0x68: // h
      return lstat(operand, found) == 0 && (found.mode & FileType.mask) == FileType.link;
    case 0x66: // f
      return isType(operand, FileType.regular);
    case 0x64: // d
      return isType(operand, FileType.directory);
    case 0x63: // c
      return isType(operand, FileType.character);
    case 0x62: // b
      return isType(operand, FileType.block);
    case 0x70: // p
      return isType(operand, FileType.fifo);
    case 0x53: // S
      return isType(operand, FileType.socket);
    case 0x75: // u
      return hasBits(operand, 0o4000);
    case 0x67: // g
      return hasBits(operand, 0o2000);
    case 0x6b: // k
      return hasBits(operand, 0o1000);
    case 0x4f: // O
      return isOwned(operand, false);
    case 0x47: // G
      return isOwned(operand, true);
    default:
      return fail('test: unknown operator', operator);
  }
}

function isType(path: usize, type: u32): bool {
  const found = changetype<Stat>(memory.data(144, 8));
  return stat(path, found) == 0 && (found.mode & FileType.mask) == type;
}
