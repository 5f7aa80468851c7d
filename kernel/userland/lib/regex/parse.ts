// From a pattern to its tree. Source: POSIX chapter 9: 9.3 (basic), 9.4 (extended regular expressions), 9.5 (grammar).
//
// What POSIX leaves undefined is here as users know it: \+ \? \| in basic expressions, back references in extended
// ones, \w \W \s \S, \< \> \b \B, a repetition with nothing before it and an impossible { of an extended expression
// as ordinary characters.

import { characterAt, characterLength, CharacterClass, findClass } from './characters';
import { addClass, addRange, finishSet, startSet } from './bracket';
import { Arena, arenaTake } from '../arena';
import { Node, NodeKind, RAW_BYTE, UNBOUNDED } from './node';

export const enum RegexError {
  none = 0,
  badPattern,
  badCollating,
  badClass,
  trailingBackslash,
  badReference,
  openBracket,
  openParenthesis,
  openBrace,
  badInterval,
  badRange,
  noMemory,
  badRepeat,
}

/** The largest number in an interval (RE_DUP_MAX). */
const DUP_MAX: i32 = 32767;

let at: usize = 0;
let patternEnd: usize = 0;
let extended = false;
let ignoreCase = false;
let arena: Arena = changetype<Arena>(<usize>0);
let error: i32 = RegexError.none;
let groups: i32 = 0;
let references = false;
let depth: i32 = 0;
/** Groups that are closed, as bits: what a back reference may mean. */
let closedGroups: u64 = 0;
const spare = memory.data(256, 8);

/** The tree; null after an error, see parseError(). */
export function parseRegex(
  from: usize,
  size: usize,
  isExtended: bool,
  folds: bool,
  memoryOf: Arena,
): Node | null {
  at = from;
  patternEnd = from + size;
  extended = isExtended;
  ignoreCase = folds;
  arena = memoryOf;
  error = RegexError.none;
  groups = 0;
  depth = 0;
  closedGroups = 0;
  references = false;
  const node = parseAlternation();
  if (!error && at < patternEnd) fail(RegexError.openParenthesis);
  return error ? null : node;
}

export function parseError(): i32 {
  return error;
}

/** How many subexpressions the pattern has. */
export function parsedGroups(): i32 {
  return groups;
}

/** Whether it has back references. */
export function parsedReferences(): bool {
  return references;
}

function fail(reason: i32): void {
  if (!error) error = reason;
}

function makeNode(kind: i32): Node {
  const room = arenaTake(arena, offsetof<Node>());
  if (!room) {
    fail(RegexError.noMemory);
    return changetype<Node>(spare);
  }
  const node = changetype<Node>(room);
  node.kind = kind;
  return node;
}

/** Whether the pattern goes on with the byte, or in a basic expression with a backslash and the byte. */
function nextIsOperator(byte: u8): bool {
  if (extended) return at < patternEnd && load<u8>(at) == byte;
  return at + 1 < patternEnd && load<u8>(at) == 0x5c && load<u8>(at, 1) == byte;
}

function skipOperator(): void {
  at += extended ? 1 : 2;
}

function parseAlternation(): Node {
  const first = parseSequence();
  if (!nextIsOperator(0x7c)) return first;
  const node = makeNode(NodeKind.alternation);
  node.first = first;
  let last = first;
  while (!error && nextIsOperator(0x7c)) {
    skipOperator();
    const next = parseSequence();
    last.next = next;
    last = next;
  }
  measureAlternation(node);
  return node;
}

function measureAlternation(node: Node): void {
  let child = node.first;
  node.minimum = i32.MAX_VALUE;
  while (child) {
    node.minimum = min<i32>(node.minimum, child.minimum);
    if (child.maximum == UNBOUNDED) node.maximum = UNBOUNDED;
    else if (node.maximum != UNBOUNDED) node.maximum = max<i32>(node.maximum, child.maximum);
    if (child.hasGroups) node.hasGroups = true;
    child = child.next;
  }
}

/** Whether a sequence ends here. */
function atSequenceEnd(): bool {
  return at >= patternEnd || nextIsOperator(0x7c) || (depth > 0 && nextIsOperator(0x29));
}

function parseSequence(): Node {
  const node = makeNode(NodeKind.sequence);
  let last: Node | null = null;
  let isFirst = true;
  while (!error && !atSequenceEnd()) {
    let item = parseAtom(isFirst);
    const anchor = item.kind == NodeKind.begin;
    // After the anchor of a basic expression, * is an ordinary character.
    if (extended || !anchor) item = parseRepeats(item);
    isFirst = false;
    if (last) last.next = item;
    else node.first = item;
    last = item;
    if (item.hasGroups) node.hasGroups = true;
    node.minimum = min<i32>(node.minimum + item.minimum, 1 << 24);
    if (item.maximum == UNBOUNDED || node.maximum > 1 << 24) node.maximum = UNBOUNDED;
    else if (node.maximum != UNBOUNDED) node.maximum += item.maximum;
  }
  return node;
}

function measured(node: Node, minimum: i32, maximum: i32): Node {
  node.minimum = minimum;
  node.maximum = maximum;
  return node;
}

function parseAtom(isFirst: bool): Node {
  const byte = load<u8>(at);
  if (byte == 0x5c) return parseEscape();
  if (byte == 0x2e) {
    at++;
    return measured(makeNode(NodeKind.any), 1, 4);
  }
  if (byte == 0x5b) return parseBracket();
  if (extended && byte == 0x28) return parseGroup();
  if (byte == 0x5e && (extended || isFirst)) {
    at++;
    return makeNode(NodeKind.begin);
  }
  if (byte == 0x24 && (extended || endsBasic())) {
    at++;
    return makeNode(NodeKind.end);
  }
  return parseCharacter();
}

/** Whether a $ of a basic expression is an anchor here: at the end of an expression. */
function endsBasic(): bool {
  if (at + 1 == patternEnd) return true;
  if (load<u8>(at, 1) != 0x5c || at + 2 >= patternEnd) return false;
  const next = load<u8>(at, 2);
  return next == 0x7c || (next == 0x29 && depth > 0);
}

function parseCharacter(): Node {
  const code = characterAt(at, patternEnd);
  const size = <i32>characterLength();
  at += <usize>size;
  return characterNode(code, size);
}

function characterNode(code: u32, size: i32): Node {
  const node = makeNode(NodeKind.character);
  node.code = code;
  return measured(
    node,
    ignoreCase && code >= 0x80 && code < RAW_BYTE ? 1 : size,
    ignoreCase && size > 1 ? 4 : size,
  );
}

/** \d-like sets: a class, or all but it. */
function classNode(kind: i32, negated: bool): Node {
  const node = makeNode(NodeKind.bracket);
  startSet();
  addClass(kind);
  if (kind == CharacterClass.alnum) addRange(0x5f, 0x5f);
  if (!finishSet(node, arena, negated, false)) fail(RegexError.noMemory);
  return measured(node, 1, 4);
}

function parseEscape(): Node {
  if (at + 1 >= patternEnd) {
    fail(RegexError.trailingBackslash);
    return makeNode(NodeKind.empty);
  }
  const byte = load<u8>(at, 1);
  if (!extended && byte == 0x28) return parseGroup();
  if (!extended && byte == 0x7b) {
    // \{ with nothing before it.
    fail(RegexError.badRepeat);
    return makeNode(NodeKind.empty);
  }
  if (!extended && byte == 0x29) {
    fail(RegexError.openParenthesis);
    return makeNode(NodeKind.empty);
  }
  at += 2;
  if (byte >= 0x31 && byte <= 0x39) return parseReference(byte - 0x30);
  switch (byte) {
    case 0x3c: // <
      return makeNode(NodeKind.wordBegin);
    case 0x3e: // >
      return makeNode(NodeKind.wordEnd);
    case 0x62: // b
      return makeNode(NodeKind.wordEdge);
    case 0x42: // B
      return makeNode(NodeKind.wordInside);
    case 0x77: // w
      return classNode(CharacterClass.alnum, false);
    case 0x57: // W
      return classNode(CharacterClass.alnum, true);
    case 0x73: // s
      return classNode(CharacterClass.space, false);
    case 0x53: // S
      return classNode(CharacterClass.space, true);
    default:
      at--;
      return parseCharacter();
  }
}

function parseReference(index: u32): Node {
  if (!(closedGroups & ((<u64>1) << index))) fail(RegexError.badReference);
  references = true;
  const node = makeNode(NodeKind.reference);
  node.code = index;
  return measured(node, 0, UNBOUNDED);
}

function parseGroup(): Node {
  skipOperator();
  const node = makeNode(NodeKind.group);
  const index = ++groups;
  node.code = index;
  if (++depth > 250) fail(RegexError.noMemory);
  const child = error ? node : parseAlternation();
  depth--;
  if (error) return node;
  if (!nextIsOperator(0x29)) {
    fail(RegexError.openParenthesis);
    return node;
  }
  skipOperator();
  if (index < 64) closedGroups |= (<u64>1) << (<u64>index);
  node.first = child;
  node.hasGroups = true;
  return measured(node, child.minimum, child.maximum);
}

let low: i32 = 0;
let high: i32 = 0;

/** * + ? {m,n} after an item, as many as there are. */
function parseRepeats(item: Node): Node {
  while (!error && parseBounds()) {
    const node = makeNode(NodeKind.repeat);
    node.first = item;
    node.min = low;
    node.max = high;
    node.hasGroups = item.hasGroups;
    node.minimum = <i32>min<i64>(<i64>item.minimum * low, 1 << 24);
    const maximum = <i64>item.maximum * high;
    if (high == 0 || item.maximum == 0) node.maximum = 0;
    else node.maximum = high < 0 || item.maximum < 0 || maximum > 1 << 24 ? UNBOUNDED : <i32>maximum;
    item = node;
  }
  return item;
}

function bounds(from: i32, to: i32, size: usize): bool {
  low = from;
  high = to;
  at += size;
  return true;
}

function parseBounds(): bool {
  if (at >= patternEnd) return false;
  if (load<u8>(at) == 0x2a) return bounds(0, UNBOUNDED, 1);
  if (nextIsOperator(0x2b)) return bounds(1, UNBOUNDED, extended ? 1 : 2);
  if (nextIsOperator(0x3f)) return bounds(0, 1, extended ? 1 : 2);
  if (!nextIsOperator(0x7b)) return false;
  const start = at;
  skipOperator();
  if (extended && (at >= patternEnd || (!isDigit(load<u8>(at)) && load<u8>(at) != 0x2c))) {
    at = start;
    return false;
  }
  low = number(0);
  high = low;
  if (at < patternEnd && load<u8>(at) == 0x2c) {
    at++;
    high = number(UNBOUNDED);
  }
  if (at >= patternEnd) fail(RegexError.openBrace);
  else if (!nextIsOperator(0x7d)) fail(RegexError.badInterval);
  else if (low > DUP_MAX || high > DUP_MAX || (high >= 0 && low > high)) fail(RegexError.badInterval);
  else skipOperator();
  return !error;
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function number(absent: i32): i32 {
  if (at >= patternEnd || !isDigit(load<u8>(at))) return absent;
  let value = 0;
  for (; at < patternEnd && isDigit(load<u8>(at)); at++) {
    if (value <= DUP_MAX) value = value * 10 + <i32>load<u8>(at) - 0x30;
  }
  return value;
}

/** […] */
function parseBracket(): Node {
  const node = makeNode(NodeKind.bracket);
  at++;
  const negated = at < patternEnd && load<u8>(at) == 0x5e;
  if (negated) at++;
  startSet();
  let isFirst = true;
  while (!error && (isFirst || at >= patternEnd || load<u8>(at) != 0x5d)) {
    if (at >= patternEnd) {
      fail(RegexError.openBracket);
      break;
    }
    isFirst = false;
    if (load<u8>(at) == 0x5b && at + 1 < patternEnd && load<u8>(at, 1) == 0x3a) parseClass();
    else parseRange();
  }
  at++;
  if (!error && !finishSet(node, arena, negated, ignoreCase)) fail(RegexError.noMemory);
  return measured(node, 1, 4);
}

/** [:name:] */
function parseClass(): void {
  const start = at + 2;
  const end = closing(0x3a);
  if (!end) return;
  let kind = findClass(start, end - start);
  if (kind < 0) fail(RegexError.badClass);
  else {
    addClass(kind);
    if (ignoreCase && (kind == CharacterClass.lower || kind == CharacterClass.upper))
      addClass(CharacterClass.alpha);
  }
  at = end + 2;
}

/** Where `mark]` stands; 0 after an error. */
function closing(mark: u8): usize {
  for (let end = at + 2; end + 1 < patternEnd; end++) {
    if (load<u8>(end) == mark && load<u8>(end, 1) == 0x5d) return end;
  }
  fail(RegexError.openBracket);
  return 0;
}

/** One character, or two with - between them. */
function parseRange(): void {
  const isClass = load<u8>(at) == 0x5b && at + 1 < patternEnd && load<u8>(at, 1) == 0x3d;
  const from = endPoint();
  if (error) return;
  const dash = !isClass && at + 1 < patternEnd && load<u8>(at) == 0x2d && load<u8>(at, 1) != 0x5d;
  if (!dash) {
    addRange(from, from);
    return;
  }
  at++;
  const to = endPoint();
  if (error) return;
  if (from > to) fail(RegexError.badRange);
  else addRange(from, to);
}

/** A character, [.c.] or [=c=]. */
function endPoint(): u32 {
  const next: u8 = at + 1 < patternEnd ? load<u8>(at, 1) : 0;
  if (load<u8>(at) == 0x5b && (next == 0x2e || next == 0x3d)) {
    const end = closing(next);
    if (!end) return 0;
    const code = characterAt(at + 2, end);
    if (end == at + 2 || at + 2 + characterLength() != end) fail(RegexError.badCollating);
    at = end + 2;
    return code;
  }
  const code = characterAt(at, patternEnd);
  at += characterLength();
  return code;
}
