// expr: evaluates an expression of its operands. Source: POSIX expr; length, substr, index and match as most have them.

import { helpAlone } from '../lib/plain-words';
import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesAre, compareBytes, duplicateBytes, duplicateRange } from '../lib/bytes';
import { exit } from '../lib/exit';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { compileRegex, regexErrorMessage, RegexFlag, searchRegex } from '../lib/regex';
import { message } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: expr EXPRESSION
Print the value of the expression, whose parts are operands of their own. From the weakest:
  A | B   A, or B when A is empty or 0        A & B   A, or 0 when one is empty or 0
  A = B  A != B  A < B  A <= B  A > B  A >= B     A + B  A - B     A * B  A / B  A % B
  STRING : BASIC_EXPRESSION   what \\( \\) matched at the begin, or how many characters matched
  length S   substr S START LENGTH   index S CHARACTERS   match S EXPRESSION   ( A )
End with 0, with 1 when the value is empty or 0, with 2 when the expression is wrong.
`;

let next: i32 = 1;
/** What isNumber() found. */
let number: i64 = 0;

function fail(what: string, word: usize): void {
  const out = message().text(what);
  if (word) out.text(': ').bytes(word);
  out.newline();
  exit(2);
}

function nextIs(text: string): bool {
  return next < argumentCount() && bytesAre(argument(next), text);
}

function isNull(value: usize): bool {
  if (!load<u8>(value)) return true;
  return isNumber(value) && number == 0;
}

/** An optional minus sign and digits. */
function isNumber(value: usize): bool {
  const negative = load<u8>(value) == 0x2d;
  let at = negative ? value + 1 : value;
  if (!load<u8>(at)) return false;
  let result: u64 = 0;
  for (; load<u8>(at); at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9 || result > (<u64>i64.MAX_VALUE - digit) / 10) return false;
    result = result * 10 + digit;
  }
  number = negative ? -(<i64>result) : <i64>result;
  return true;
}

function fromNumber(value: i64): usize {
  const text = mustAllocate(malloc(24));
  snprintf(text, 24, '%d', value);
  return text;
}

function toNumber(value: usize): i64 {
  if (!isNumber(value)) fail('non-integer argument', value);
  return number;
}

function either(): usize {
  let left = both();
  while (nextIs('|')) {
    next++;
    const right = both();
    if (isNull(left)) left = isNull(right) ? literal('0') : right;
  }
  return left;
}

function both(): usize {
  let left = comparison();
  while (nextIs('&')) {
    next++;
    const right = comparison();
    if (isNull(left) || isNull(right)) left = literal('0');
  }
  return left;
}

/** 1 <, 2 <=, 3 =, 4 !=, 5 >=, 6 >; 0 for none. */
function comparisonOperator(): i32 {
  if (nextIs('<')) return 1;
  if (nextIs('<=')) return 2;
  if (nextIs('=') || nextIs('==')) return 3;
  if (nextIs('!=')) return 4;
  if (nextIs('>=')) return 5;
  return nextIs('>') ? 6 : 0;
}

function comparison(): usize {
  let left = sum();
  for (let operator = comparisonOperator(); operator; operator = comparisonOperator()) {
    next++;
    const right = sum();
    let order: i64;
    if (isNumber(left)) {
      const first = number;
      if (isNumber(right)) order = first < number ? -1 : first > number ? 1 : 0;
      else order = compareBytes(left, right);
    } else order = compareBytes(left, right);
    const holds =
      operator == 1
        ? order < 0
        : operator == 2
          ? order <= 0
          : operator == 3
            ? order == 0
            : operator == 4
              ? order != 0
              : operator == 5
                ? order >= 0
                : order > 0;
    left = literal(holds ? '1' : '0');
  }
  return left;
}

function sum(): usize {
  let left = product();
  while (nextIs('+') || nextIs('-')) {
    const plus = nextIs('+');
    next++;
    const right = product();
    const a = toNumber(left);
    const b = toNumber(right);
    left = fromNumber(plus ? a + b : a - b);
  }
  return left;
}

function product(): usize {
  let left = matching();
  while (nextIs('*') || nextIs('/') || nextIs('%')) {
    const operator = load<u8>(argument(next));
    next++;
    const right = matching();
    const a = toNumber(left);
    const b = toNumber(right);
    if (operator != 0x2a && !b) fail('division by zero', 0);
    left = fromNumber(operator == 0x2a ? a * b : operator == 0x2f ? a / b : a % b);
  }
  return left;
}

function matching(): usize {
  let left = primary();
  while (nextIs(':')) {
    next++;
    left = match(left, primary());
  }
  return left;
}

/** A regular expression that must match at the begin. */
function match(text: usize, pattern: usize): usize {
  const regex = compileRegex(pattern, byteLength(pattern), RegexFlag.basic);
  if (!regex) {
    fail(regexErrorMessage(), 0);
    return 0;
  }
  const matches = memory.data(32, 8);
  const found = searchRegex(regex, text, byteLength(text), 0, matches, 2, 0) && load<i64>(matches) == 0;
  if (regex.groups) {
    const begin = load<i64>(matches, 16);
    if (!found || begin < 0) return literal('');
    return mustAllocate(duplicateRange(text + <usize>begin, <usize>(load<i64>(matches, 24) - begin)));
  }
  return fromNumber(found ? characters(text, <usize>load<i64>(matches, 8)) : 0);
}

function characters(at: usize, size: usize): i64 {
  let count: i64 = 0;
  for (let i: usize = 0; i < size; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) count++;
  return count;
}

function operand(): usize {
  if (next >= argumentCount()) fail('syntax error: missing argument after', argument(next - 1));
  return argument(next++);
}

function primary(): usize {
  const word = operand();
  if (bytesAre(word, '(')) {
    const value = either();
    if (!nextIs(')')) fail("syntax error: expecting ')'", 0);
    next++;
    return value;
  }
  if (bytesAre(word, ')')) fail('syntax error: unexpected', word);
  const more =
    next < argumentCount() && comparisonOperator() == 0 && !nextIs(':') && !nextIs('|') && !nextIs('&');
  if (more && bytesAre(word, '+')) return operand();
  if (more && bytesAre(word, 'length')) {
    const text = primary();
    return fromNumber(characters(text, byteLength(text)));
  }
  if (more && bytesAre(word, 'match')) {
    const text = primary();
    return match(text, primary());
  }
  if (more && bytesAre(word, 'index')) {
    const text = primary();
    return index(text, primary());
  }
  if (more && bytesAre(word, 'substr')) {
    const text = primary();
    const start = toNumber(primary());
    return substring(text, start, toNumber(primary()));
  }
  return mustAllocate(duplicateBytes(word));
}

function index(text: usize, set: usize): usize {
  for (let at = text; load<u8>(at); at++) {
    for (let each = set; load<u8>(each); each++) {
      if (load<u8>(each) == load<u8>(at)) return fromNumber(characters(text, at - text + 1));
    }
  }
  return literal('0');
}

/** Byte offset of a character, counted from 0. */
function offsetOf(text: usize, count: i64): usize {
  let at = text;
  while (load<u8>(at) && (count > 0 || (load<u8>(at) & 0xc0) == 0x80)) {
    at++;
    if ((load<u8>(at) & 0xc0) != 0x80) count--;
    if (count <= 0) break;
  }
  return at - text;
}

function substring(text: usize, start: i64, length: i64): usize {
  if (start < 1 || length < 1) return literal('');
  const from = offsetOf(text, start - 1);
  const to = offsetOf(text, start - 1 + length);
  return mustAllocate(duplicateRange(text + from, to - from));
}

export function main(): i32 {
  if (helpAlone(HELP)) return 0;
  if (nextIs('--')) next++;
  if (next >= argumentCount()) fail('missing operand', 0);
  const value = either();
  if (next < argumentCount()) fail('syntax error: unexpected argument', argument(next));
  stdout.bytes(value).newline();
  return isNull(value) ? 1 : 0;
}
