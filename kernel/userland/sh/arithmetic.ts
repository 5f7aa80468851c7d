// Arithmetic expansion: signed 64-bit, all operators of C but sizeof, casts and pointers; variables by name.
// Source: POSIX 2.6.4 and 1.1.2.1 (arithmetic precision and operations).
//
// Rules: evaluate() gives 0 after an error, see arithmeticError(). What is not evaluated (the other side of && || ?:)
// has no effects.

import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { Option, option } from './state';
import { findVariable, setVariable, valueOf, Variable } from './variables';

let at: usize = 0;
let error: usize = 0;
/** Above 0, nothing has effects. */
let skipping = 0;
let depth = 0;
/** The variable that the operand just read is, for an assignment. */
let operand: Variable | null = null;

export function evaluate(text: usize): i64 {
  const outer = at;
  const outerOperand = operand;
  if (depth == 0) {
    error = 0;
    skipping = 0;
  }
  if (++depth > 100) fail('expression recursion level exceeded');
  at = text;
  skipBlanks();
  let value: i64 = 0;
  if (load<u8>(at) && !error) {
    value = comma();
    skipBlanks();
    if (load<u8>(at)) fail('arithmetic syntax error');
  }
  depth--;
  at = outer;
  operand = outerOperand;
  return error ? 0 : value;
}

/** 0, or what was wrong. */
export function arithmeticError(): usize {
  return error;
}

function fail(what: string): void {
  if (!error) error = literal(what);
}

function skipBlanks(): void {
  while (load<u8>(at) == 0x20 || (load<u8>(at) >= 0x09 && load<u8>(at) <= 0x0d)) at++;
}

function comma(): i64 {
  let value = assignment();
  while (!error && load<u8>(at) == 0x2c) {
    at++;
    value = assignment();
  }
  return value;
}

/** Whether an assignment operator stands here: its length. */
function assignmentOperator(): usize {
  const a = load<u8>(at);
  const b = load<u8>(at, 1);
  if (a == 0x3d) return b == 0x3d ? 0 : 1;
  if ((a == 0x3c || a == 0x3e) && b == a) return load<u8>(at, 2) == 0x3d ? 3 : 0;
  const isOperator =
    a == 0x2a || a == 0x2f || a == 0x25 || a == 0x2b || a == 0x2d || a == 0x26 || a == 0x5e || a == 0x7c;
  return isOperator && b == 0x3d ? 2 : 0;
}

function assignment(): i64 {
  skipBlanks();
  const start = at;
  // NAME operator value
  if (isNameStart(load<u8>(at))) {
    const variable = readName();
    skipBlanks();
    const size = assignmentOperator();
    if (size) {
      const operator = load<u8>(at);
      const isShift = size == 3;
      at += size;
      const right = assignment();
      if (error) return 0;
      let value = right;
      if (size > 1)
        value = compute(
          isShift ? <u8>(operator == 0x3c ? 0x4c : 0x52) : operator,
          valueOfVariable(variable),
          right,
        );
      assign(variable, value);
      return value;
    }
    at = start;
  }
  return conditional();
}

function assign(variable: Variable, value: i64): void {
  if (skipping || error) return;
  const text = memory.data(24);
  snprintf(text, 24, '%d', value);
  if (!setVariable(variable, text)) error = literal('');
}

function conditional(): i64 {
  const condition = binary(0);
  skipBlanks();
  if (error || load<u8>(at) != 0x3f) return condition;
  at++;
  if (!condition) skipping++;
  const first = comma();
  if (!condition) skipping--;
  skipBlanks();
  if (load<u8>(at) != 0x3a) {
    fail('arithmetic syntax error');
    return 0;
  }
  at++;
  if (condition) skipping++;
  const second = conditionalOrAssignment();
  if (condition) skipping--;
  return condition ? first : second;
}

function conditionalOrAssignment(): i64 {
  return assignment();
}

let operatorSize: usize = 0;
let operatorLevel: i32 = 0;

/** The binary operator that stands here as one byte (L and R for shifts, l and g for <= >=, e n for == !=, a o for && ||). */
function binaryOperator(): u8 {
  skipBlanks();
  const a = load<u8>(at);
  const b = load<u8>(at, 1);
  operatorSize = 1;
  switch (a) {
    case 0x7c: // |
      if (b == 0x7c) return two(0, 0x6f);
      return b == 0x3d ? 0 : one(2, a);
    case 0x26: // &
      if (b == 0x26) return two(1, 0x61);
      return b == 0x3d ? 0 : one(4, a);
    case 0x5e:
      return b == 0x3d ? 0 : one(3, a);
    case 0x3d:
      return b == 0x3d ? two(5, 0x65) : 0;
    case 0x21:
      return b == 0x3d ? two(5, 0x6e) : 0;
    case 0x3c:
      if (b == 0x3c) return load<u8>(at, 2) == 0x3d ? 0 : two(7, 0x4c);
      return b == 0x3d ? two(6, 0x6c) : one(6, a);
    case 0x3e:
      if (b == 0x3e) return load<u8>(at, 2) == 0x3d ? 0 : two(7, 0x52);
      return b == 0x3d ? two(6, 0x67) : one(6, a);
    case 0x2b:
    case 0x2d:
      return b == 0x3d ? 0 : one(8, a);
    case 0x2a:
    case 0x2f:
    case 0x25:
      return b == 0x3d ? 0 : one(9, a);
    default:
      return 0;
  }
}

function one(level: i32, operator: u8): u8 {
  operatorLevel = level;
  return operator;
}

function two(level: i32, operator: u8): u8 {
  operatorLevel = level;
  operatorSize = 2;
  return operator;
}

/** Binary operators of `least` and higher levels: precedence climbing. */
function binary(least: i32): i64 {
  let left = unary();
  while (!error) {
    const operator = binaryOperator();
    if (!operator || operatorLevel < least) return left;
    const level = operatorLevel;
    at += operatorSize;
    const decided = (operator == 0x61 && !left) || (operator == 0x6f && left != 0);
    if (decided) skipping++;
    const right = binary(level + 1);
    if (decided) skipping--;
    if (error) return 0;
    if (operator == 0x61) left = left && right ? 1 : 0;
    else if (operator == 0x6f) left = left || right ? 1 : 0;
    else left = compute(operator, left, right);
  }
  return left;
}

function compute(operator: u8, a: i64, b: i64): i64 {
  switch (operator) {
    case 0x7c:
      return a | b;
    case 0x5e:
      return a ^ b;
    case 0x26:
      return a & b;
    case 0x65:
      return a == b ? 1 : 0;
    case 0x6e:
      return a != b ? 1 : 0;
    case 0x3c:
      return a < b ? 1 : 0;
    case 0x3e:
      return a > b ? 1 : 0;
    case 0x6c:
      return a <= b ? 1 : 0;
    case 0x67:
      return a >= b ? 1 : 0;
    case 0x4c:
      return a << (b & 63);
    case 0x52:
      return a >> (b & 63);
    case 0x2b:
      return a + b;
    case 0x2d:
      return a - b;
    case 0x2a:
      return a * b;
    default:
      return divide(operator, a, b);
  }
}

function divide(operator: u8, a: i64, b: i64): i64 {
  if (!b) {
    if (!skipping) fail('division by zero');
    return 0;
  }
  // The smallest number divided by -1 has no result.
  if (b == -1) return operator == 0x2f ? -a : 0;
  return operator == 0x2f ? a / b : a % b;
}

function unary(): i64 {
  skipBlanks();
  const byte = load<u8>(at);
  const next = load<u8>(at, 1);
  if ((byte == 0x2b || byte == 0x2d) && next == byte && isIncrement()) return increment(byte);
  if (byte == 0x2b || byte == 0x2d || byte == 0x7e || byte == 0x21) {
    at++;
    const value = unary();
    if (byte == 0x2d) return -value;
    if (byte == 0x7e) return ~value;
    return byte == 0x21 ? (value ? 0 : 1) : value;
  }
  return postfix();
}

/** ++NAME or --NAME, not two signs. */
function isIncrement(): bool {
  let end = at + 2;
  while (load<u8>(end) == 0x20) end++;
  return isNameStart(load<u8>(end));
}

function increment(byte: u8): i64 {
  at += 2;
  skipBlanks();
  const variable = readName();
  const value = valueOfVariable(variable) + (byte == 0x2b ? 1 : -1);
  assign(variable, value);
  return value;
}

function postfix(): i64 {
  operand = null;
  const value = primary();
  const variable = operand;
  if (error || !variable) return value;
  skipBlanks();
  const byte = load<u8>(at);
  if ((byte != 0x2b && byte != 0x2d) || load<u8>(at, 1) != byte) return value;
  at += 2;
  assign(variable, value + (byte == 0x2b ? 1 : -1));
  operand = null;
  return value;
}

function primary(): i64 {
  const byte = load<u8>(at);
  if (byte == 0x28) {
    at++;
    const value = comma();
    skipBlanks();
    if (load<u8>(at) != 0x29) fail('missing )');
    else at++;
    operand = null;
    return value;
  }
  if (byte >= 0x30 && byte <= 0x39) return number();
  if (!isNameStart(byte)) {
    fail('arithmetic syntax error');
    return 0;
  }
  const variable = readName();
  const value = valueOfVariable(variable);
  operand = variable;
  return value;
}

function isNameStart(byte: u8): bool {
  const lower = byte | 0x20;
  return byte == 0x5f || (lower >= 0x61 && lower <= 0x7a);
}

function readName(): Variable {
  const start = at;
  while (isNameStart(load<u8>(at)) || (load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39)) at++;
  return findVariable(start, at - start);
}

/** A variable's value: a number, or an expression in its turn; 0 when it is not set or empty. */
function valueOfVariable(variable: Variable): i64 {
  const value = valueOf(variable);
  if (!value) {
    if (option(Option.nounset) && !skipping) {
      fail('parameter not set');
    }
    return 0;
  }
  if (!load<u8>(value) || skipping) return 0;
  let from = value;
  let result: i64 = 0;
  for (; load<u8>(from) >= 0x30 && load<u8>(from) <= 0x39; from++)
    result = result * 10 + load<u8>(from) - 0x30;
  if (!load<u8>(from) && load<u8>(value) != 0x30 && from - value < 19) return result;
  return evaluate(value);
}

/** Decimal, octal with 0, hexadecimal with 0x. */
function number(): i64 {
  let radix: i64 = 10;
  if (load<u8>(at) == 0x30) {
    radix = 8;
    at++;
    if ((load<u8>(at) | 0x20) == 0x78) {
      radix = 16;
      at++;
      if (digitOf(load<u8>(at)) >= 16) fail('arithmetic syntax error');
    }
  }
  let value: i64 = 0;
  while (true) {
    const digit = digitOf(load<u8>(at));
    if (digit >= 36) break;
    if (digit >= radix) {
      fail('arithmetic syntax error');
      break;
    }
    value = value * radix + digit;
    at++;
  }
  return value;
}

function digitOf(byte: u8): i64 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x61 + 10 : 36;
}
