// From tokens to a tree, by recursive descent. Source: POSIX 2.10 (shell grammar).
//
// Rules: parseCommand() takes one complete command from the text: a line, or more where the grammar goes on. A result
// is the caller's, to free with freeNode(). parseState() says what a null result means.

import { bytesAre, duplicateBytes } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { List } from '../lib/list';
import { make, mustAllocate } from '../lib/malloc';
import { parsed, scanDigits } from '../lib/number';
import { freeNode, Kind, makeNode, Node, Redirection } from './ast';
import { isName, nameEnd } from './name';
import { nextToken, peekToken, startTokens, Token, tokenName, tokenPosition, tokenText } from './token';

export const enum Parse {
  /** A command, or nothing (null) at the end of the text or on an empty line. */
  done,
  /** The text ends too early: add a line and parse it again. */
  incomplete,
  /** complaint() names what is wrong. */
  wrong,
}

let state: i32 = Parse.done;
const complaintText = make<Buffer>();

/** Parses from `text`; parsePosition() is then where the next command begins. */
export function parseCommand(text: usize): Node | null {
  startTokens(text);
  state = Parse.done;
  if (peekToken() == Token.newline) nextToken();
  else if (peekToken() != Token.end) {
    const node = parseList(false);
    const ending = state == Parse.done ? nextToken() : Token.end;
    if (ending != Token.newline && ending != Token.end) unexpected(ending);
    if (state == Parse.done) return node;
    freeNode(node);
  }
  return null;
}

export function parseState(): i32 {
  return state;
}

export function parsePosition(): usize {
  return tokenPosition();
}

/** What stood where it may not, for `syntax error: unexpected …`. */
export function complaint(): usize {
  return complaintText.at;
}

/** Notes the first error. The text's end is no error yet: more may follow. */
function unexpected(kind: i32): Node | null {
  if (state != Parse.done) return null;
  if (kind == Token.end || kind == Token.incomplete) {
    state = Parse.incomplete;
    return null;
  }
  state = Parse.wrong;
  complaintText.clear();
  complaintText.bytes(tokenName(kind));
  return null;
}

function skipNewlines(): void {
  while (peekToken() == Token.newline) nextToken();
}

/** Commands separated by ; & and, inside a compound command (`many`), newlines. */
function parseList(many: bool): Node | null {
  if (many) skipNewlines();
  let list = parseAndOr();
  while (state == Parse.done) {
    const separator = peekToken();
    const ends = separator != Token.semicolon && separator != Token.ampersand;
    if (ends && (!many || separator != Token.newline)) break;
    nextToken();
    if (separator == Token.ampersand) list = backgroundLast(list);
    if (many) skipNewlines();
    if (!startsCommand()) break;
    const next = parseAndOr();
    list = makeNode(Kind.sequence, list, next);
  }
  return list;
}

/** `a; b &` puts only b into the background. */
function backgroundLast(list: Node | null): Node | null {
  if (!list || list.kind != Kind.sequence) return makeNode(Kind.background, list, null);
  list.right = makeNode(Kind.background, list.right, null);
  return list;
}

function startsCommand(): bool {
  switch (peekToken()) {
    case Token.end:
    case Token.newline:
    case Token.close:
      return false;
    case Token.word:
      return !closesCompound();
    default:
      return true;
  }
}

/** Whether the next word, where a command could begin, ends a list instead. */
function closesCompound(): bool {
  const word = tokenText();
  return (
    bytesAre(word, 'then') ||
    bytesAre(word, 'elif') ||
    bytesAre(word, 'else') ||
    bytesAre(word, 'fi') ||
    bytesAre(word, 'do') ||
    bytesAre(word, 'done') ||
    bytesAre(word, '}')
  );
}

function parseAndOr(): Node | null {
  let left = parsePipeline();
  while (state == Parse.done && (peekToken() == Token.andIf || peekToken() == Token.orIf)) {
    const kind = nextToken() == Token.andIf ? Kind.and : Kind.or;
    skipNewlines();
    left = makeNode(kind, left, parsePipeline());
  }
  return left;
}

function parsePipeline(): Node | null {
  const negated = nextIs('!');
  if (negated) nextToken();
  let left = parseOne();
  while (state == Parse.done && peekToken() == Token.pipe) {
    nextToken();
    skipNewlines();
    left = makeNode(Kind.pipe, left, parseOne());
  }
  return negated ? makeNode(Kind.not, left, null) : left;
}

/** Whether the next token is the reserved word. */
function nextIs(reserved: string): bool {
  return peekToken() == Token.word && bytesAre(tokenText(), reserved);
}

/** Takes the reserved word that must stand here. */
function expect(reserved: string): void {
  if (state != Parse.done) return;
  if (nextIs(reserved)) nextToken();
  else unexpected(nextToken());
}

function parseOne(): Node | null {
  if (state != Parse.done) return null;
  let node: Node | null;
  if (peekToken() == Token.open) {
    nextToken();
    node = makeNode(Kind.subshell, parseList(true), null);
    const closing = state == Parse.done ? nextToken() : Token.close;
    if (closing != Token.close) unexpected(closing);
  } else if (nextIs('{')) {
    nextToken();
    node = makeNode(Kind.group, parseList(true), null);
    expect('}');
  } else if (nextIs('if')) {
    nextToken();
    node = parseIf();
  } else if (nextIs('while') || nextIs('until')) {
    const kind = nextIs('while') ? Kind.whileLoop : Kind.untilLoop;
    nextToken();
    node = makeNode(kind, parseList(true), null);
    node.right = parseBody();
  } else if (nextIs('for')) {
    nextToken();
    node = parseFor();
  } else return parseSimple();
  while (state == Parse.done && parseRedirection(node)) continue;
  return node;
}

/** After `if` or `elif`, through `fi`. */
function parseIf(): Node {
  const node = makeNode(Kind.branch, parseList(true), null);
  expect('then');
  node.right = parseList(true);
  if (state == Parse.done && nextIs('elif')) {
    nextToken();
    node.other = parseIf();
    return node;
  }
  if (state == Parse.done && nextIs('else')) {
    nextToken();
    node.other = parseList(true);
  }
  expect('fi');
  return node;
}

/** do … done */
function parseBody(): Node | null {
  expect('do');
  const body = parseList(true);
  expect('done');
  return body;
}

function parseFor(): Node {
  const node = makeNode(Kind.forLoop, null, null);
  const words = make<List>();
  node.words = words;
  const kind = nextToken();
  if (kind != Token.word || !isName(tokenText())) {
    unexpected(kind);
    return node;
  }
  appendWord(words);
  skipNewlines();
  if (nextIs('in')) {
    node.hasIn = true;
    nextToken();
    while (peekToken() == Token.word) {
      nextToken();
      appendWord(words);
    }
  }
  if (peekToken() == Token.semicolon) nextToken();
  skipNewlines();
  node.left = parseBody();
  return node;
}

/** Appends a copy of the token that was taken last. */
function appendWord(words: List): void {
  assert(words.append(mustAllocate(duplicateBytes(tokenText()))), 'out of memory');
}

function parseSimple(): Node | null {
  const node = makeNode(Kind.simple, null, null);
  const words = make<List>();
  const assignments = make<List>();
  node.words = words;
  node.assignments = assignments;
  if (peekToken() == Token.word && closesCompound()) unexpected(nextToken());
  while (state == Parse.done) {
    if (parseRedirection(node)) continue;
    if (peekToken() != Token.word) break;
    nextToken();
    const end = nameEnd(tokenText());
    if (!words.length && end > tokenText() && load<u8>(end) == 0x3d) appendWord(assignments);
    else appendWord(words);
  }
  if (!words.length && !assignments.length && !node.redirection) unexpected(nextToken());
  return node;
}

/** Takes a redirection if one stands here, and adds it behind those that the node has. */
function parseRedirection(node: Node): bool {
  let fd: i32 = -1;
  if (peekToken() == Token.ioNumber) {
    nextToken();
    scanDigits(tokenText());
    fd = <i32>min<i64>(parsed(), i32.MAX_VALUE);
  }
  const operator = peekToken();
  const isInput = operator == Token.less || operator == Token.lessAnd || operator == Token.lessGreat;
  if (!isInput && operator != Token.great && operator != Token.doubleGreat) {
    if (operator != Token.greatAnd && operator != Token.clobber) return false;
  }
  nextToken();
  const kind = nextToken();
  if (kind != Token.word) {
    unexpected(kind);
    return false;
  }
  const made = make<Redirection>();
  made.operator = operator;
  made.fd = fd >= 0 ? fd : isInput ? 0 : 1;
  made.word = mustAllocate(duplicateBytes(tokenText()));
  const last = lastRedirection(node);
  if (last) last.next = made;
  else node.redirection = made;
  return true;
}

function lastRedirection(node: Node): Redirection | null {
  let last = node.redirection;
  while (last && last.next) last = last.next;
  return last;
}
