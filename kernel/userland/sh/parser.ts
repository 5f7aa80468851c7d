// From tokens to a tree, by recursive descent. Source: POSIX 2.10 (shell grammar), 2.4 (reserved words).
//
// Rules: parseCommand() takes one complete command, a line or more, from the source on top. The caller owns the result's
// arena (commandArena(), one reference). parseState() says what a null result means. At an error complaint() tells what
// is wrong, and complaintLine() where.

import { Arena, arenaMake, arenaRelease } from '../lib/arena';
import { bytesAre } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { Alias, findAlias } from './alias';
import { Assignment, CaseItem, Kind, makeNode, Node, Part, PartKind, Redirection, Word } from './ast';
import {
  addHereDocument,
  arena,
  failLexer,
  findTildes,
  forgetToken,
  lexError,
  LexerState,
  nextToken,
  peekToken,
  restoreLexer,
  saveLexer,
  setArena,
  startLexer,
  Token,
  tokenLine,
  tokenName,
  tokenNumber,
  tokenWord,
} from './lexer';
import { pushAlias, sourceLine } from './source';
import { findVariable, isName, Variable } from './variables';

export const enum Parse {
  /** A command, or nothing (null): an empty line. */
  done,
  /** The text has ended. */
  ended,
  wrong,
}

const enum Reserved {
  none,
  not,
  open,
  close,
  case_,
  do_,
  done_,
  elif_,
  else_,
  esac_,
  fi_,
  for_,
  if_,
  in_,
  then_,
  until_,
  while_,
}

let state: i32 = Parse.done;
let complaintAt: i32 = 0;
const complaintText = make<Buffer>();
/** The alias whose text ended with a blank: the word behind it is looked up as well. */
let trailing: Alias | null = null;
/** What the prompt for the next line is: the command goes on. */
export let continues = false;

export function parseState(): i32 {
  return state;
}
export function complaint(): usize {
  return complaintText.at;
}
export function complaintLine(): i32 {
  return complaintAt;
}
export function commandArena(): Arena {
  return arena;
}

/** The next command; see the rules. */
export function parseCommand(): Node | null {
  const fresh = make<Arena>();
  fresh.references = 1;
  setArena(fresh);
  startLexer();
  state = Parse.done;
  continues = false;
  trailing = null;
  let node: Node | null = null;
  const first = peekToken();
  continues = true;
  if (first == Token.newline) nextToken();
  else if (first != Token.end) {
    node = parseList(false);
    const ending = peekToken();
    if (ending != Token.newline && ending != Token.end) unexpected();
    else if (ending == Token.newline) nextToken();
  } else if (!lexError()) state = Parse.ended;
  continues = false;
  if (!lexError()) return node;
  state = Parse.wrong;
  complaintText.clear();
  complaintText.bytes(lexError());
  complaintAt = sourceLine;
  arenaRelease(fresh);
  return null;
}

/** A command substitution, from the lexer: through the closing parenthesis, or the end of the text. */
export function parseNested(inParentheses: bool): Node | null {
  const saved = arenaMake<LexerState>(arena);
  const outerTrailing = trailing;
  trailing = null;
  saveLexer(saved);
  const node = parseList(true);
  const ending = nextToken();
  if (ending != (inParentheses ? Token.close : Token.end)) unexpectedToken(ending);
  restoreLexer(saved);
  trailing = outerTrailing;
  return node;
}

const said = make<Buffer>();

function unexpectedToken(token: i32): void {
  if (lexError()) return;
  said.clear();
  said.bytes(literal('syntax error: unexpected '));
  const isWord = token == Token.word;
  if (isWord) said.byte(0x22);
  said.bytes(tokenName(token));
  if (isWord) said.byte(0x22);
  failLexer(said.at);
}

function unexpected(): Node | null {
  unexpectedToken(peekToken());
  return null;
}

function reservedWord(word: Word): i32 {
  const at = word.plain;
  if (!at) return Reserved.none;
  switch (load<u8>(at)) {
    case 0x21:
      return load<u8>(at, 1) ? Reserved.none : Reserved.not;
    case 0x7b:
      return load<u8>(at, 1) ? Reserved.none : Reserved.open;
    case 0x7d:
      return load<u8>(at, 1) ? Reserved.none : Reserved.close;
    case 0x63:
      return bytesAre(at, 'case') ? Reserved.case_ : Reserved.none;
    case 0x64:
      return bytesAre(at, 'do') ? Reserved.do_ : bytesAre(at, 'done') ? Reserved.done_ : Reserved.none;
    case 0x65:
      if (bytesAre(at, 'elif')) return Reserved.elif_;
      return bytesAre(at, 'else') ? Reserved.else_ : bytesAre(at, 'esac') ? Reserved.esac_ : Reserved.none;
    case 0x66:
      return bytesAre(at, 'fi') ? Reserved.fi_ : bytesAre(at, 'for') ? Reserved.for_ : Reserved.none;
    case 0x69:
      return bytesAre(at, 'if') ? Reserved.if_ : bytesAre(at, 'in') ? Reserved.in_ : Reserved.none;
    case 0x74:
      return bytesAre(at, 'then') ? Reserved.then_ : Reserved.none;
    case 0x75:
      return bytesAre(at, 'until') ? Reserved.until_ : Reserved.none;
    case 0x77:
      return bytesAre(at, 'while') ? Reserved.while_ : Reserved.none;
    default:
      return Reserved.none;
  }
}

/** The reserved word that stands next, after aliases have been expanded. */
function nextReserved(): i32 {
  while (peekToken() == Token.word) {
    const reserved = reservedWord(tokenWord);
    if (reserved != Reserved.none) return reserved;
    if (!expandAlias()) return Reserved.none;
  }
  return Reserved.none;
}

/** Puts the text of an alias in place of the word that stands next. */
function expandAlias(): bool {
  if (!tokenWord.plain) return false;
  const alias = findAlias(tokenWord.plain);
  if (!alias || alias.inUse) return false;
  alias.inUse = 1;
  forgetToken();
  pushAlias(alias.value, alias.length, changetype<usize>(alias) + offsetof<Alias>('inUse'));
  const last: u8 = alias.length ? load<u8>(alias.value + alias.length - 1) : 0;
  trailing = last == 0x20 || last == 0x09 ? alias : null;
  return true;
}

/** The word behind an alias that ended with a blank may be an alias as well. */
function expandTrailing(): void {
  while (peekToken() == Token.word) {
    const alias = trailing;
    if (!alias || alias.inUse) return;
    trailing = null;
    if (!expandAlias()) return;
  }
}

function expect(reserved: i32): void {
  if (nextReserved() == reserved) nextToken();
  else unexpected();
}

function skipNewlines(): void {
  while (peekToken() == Token.newline) nextToken();
}

/** Commands separated by ; & and, inside a compound command (`many`), newlines. */
function parseList(many: bool): Node | null {
  if (many) skipNewlines();
  if (many && !startsCommand()) return null;
  let list = parseAndOr();
  while (!lexError()) {
    const separator = peekToken();
    const ends = separator != Token.semicolon && separator != Token.ampersand;
    if (ends && (!many || separator != Token.newline)) break;
    nextToken();
    if (separator == Token.ampersand) list = backgroundLast(list);
    if (many) skipNewlines();
    if (!startsCommand()) break;
    const line = tokenLine;
    const next = parseAndOr();
    list = makeNode(arena, Kind.sequence, list, next, line);
  }
  return list;
}

/** `a; b &` puts only b into the background. */
function backgroundLast(list: Node | null): Node | null {
  if (!list) return null;
  if (list.kind != Kind.sequence) return makeNode(arena, Kind.background, list, null, list.line);
  list.right = makeNode(arena, Kind.background, list.right, null, list.line);
  return list;
}

function startsCommand(): bool {
  switch (peekToken()) {
    case Token.end:
    case Token.newline:
    case Token.close:
    case Token.doubleSemicolon:
      return false;
    case Token.word:
      switch (nextReserved()) {
        case Reserved.close:
        case Reserved.do_:
        case Reserved.done_:
        case Reserved.elif_:
        case Reserved.else_:
        case Reserved.esac_:
        case Reserved.fi_:
        case Reserved.then_:
          return false;
        default:
          // The text of an alias may have been empty.
          return peekToken() == Token.word || startsCommand();
      }
    default:
      return true;
  }
}

function parseAndOr(): Node | null {
  let left = parsePipeline();
  while (!lexError() && (peekToken() == Token.andIf || peekToken() == Token.orIf)) {
    const kind = nextToken() == Token.andIf ? Kind.and : Kind.or;
    skipNewlines();
    left = makeNode(arena, kind, left, parsePipeline(), tokenLine);
  }
  return left;
}

function parsePipeline(): Node | null {
  const negated = nextReserved() == Reserved.not;
  const line = tokenLine;
  if (negated) nextToken();
  let node = parseOne();
  if (node && !lexError() && peekToken() == Token.pipe) {
    let last: Node = node;
    node = makeNode(arena, Kind.pipe, node, null, line);
    while (!lexError() && peekToken() == Token.pipe) {
      nextToken();
      skipNewlines();
      const next = parseOne();
      if (!next) break;
      last.next = next;
      last = next;
    }
  }
  return negated ? makeNode(arena, Kind.not, node, null, line) : node;
}

function parseOne(): Node | null {
  if (lexError()) return null;
  const reserved = nextReserved();
  const line = tokenLine;
  let node: Node;
  if (peekToken() == Token.open) {
    nextToken();
    node = makeNode(arena, Kind.subshell, needed(parseList(true)), null, line);
    if (peekToken() == Token.close) nextToken();
    else unexpected();
  } else {
    switch (reserved) {
      case Reserved.none:
        return parseSimple();
      case Reserved.open:
        nextToken();
        node = makeNode(arena, Kind.group, needed(parseList(true)), null, line);
        expect(Reserved.close);
        break;
      case Reserved.if_:
        nextToken();
        node = parseIf(line);
        break;
      case Reserved.while_:
      case Reserved.until_:
        nextToken();
        node = makeNode(
          arena,
          reserved == Reserved.while_ ? Kind.whileLoop : Kind.untilLoop,
          needed(parseList(true)),
          null,
          line,
        );
        node.right = parseBody();
        break;
      case Reserved.for_:
        nextToken();
        node = parseFor(line);
        break;
      case Reserved.case_:
        nextToken();
        node = parseCase(line);
        break;
      default:
        return unexpected();
    }
  }
  parseRedirections(node);
  return node;
}

/** A list that may not be empty. */
function needed(list: Node | null): Node | null {
  if (!list && !lexError()) unexpected();
  return list;
}

/** After `if` or `elif`, through `fi`. */
function parseIf(line: i32): Node {
  const node = makeNode(arena, Kind.branch, needed(parseList(true)), null, line);
  expect(Reserved.then_);
  node.right = needed(parseList(true));
  if (lexError()) return node;
  const reserved = nextReserved();
  if (reserved == Reserved.elif_) {
    const elseLine = tokenLine;
    nextToken();
    node.other = parseIf(elseLine);
    return node;
  }
  if (reserved == Reserved.else_) {
    nextToken();
    node.other = needed(parseList(true));
  }
  expect(Reserved.fi_);
  return node;
}

/** do … done */
function parseBody(): Node | null {
  expect(Reserved.do_);
  const body = needed(parseList(true));
  expect(Reserved.done_);
  return body;
}

function parseFor(line: i32): Node {
  const node = makeNode(arena, Kind.forLoop, null, null, line);
  if (peekToken() != Token.word || !tokenWord.plain || !isName(tokenWord.plain)) {
    if (peekToken() == Token.word) failLexer(literal('syntax error: bad for loop variable'));
    else unexpected();
    return node;
  }
  nextToken();
  node.variable = variableOf(tokenWord.plain);
  skipNewlines();
  if (peekToken() == Token.word && tokenWord.plain && bytesAre(tokenWord.plain, 'in')) {
    nextToken();
    node.hasIn = true;
    node.words = parseWords();
    if (peekToken() == Token.semicolon || peekToken() == Token.newline) nextToken();
    else unexpected();
  } else if (peekToken() == Token.semicolon) nextToken();
  skipNewlines();
  node.left = parseBody();
  return node;
}

function parseWords(): Word | null {
  let first: Word | null = null;
  let last: Word | null = null;
  while (peekToken() == Token.word) {
    nextToken();
    if (last) last.next = tokenWord;
    else first = tokenWord;
    last = tokenWord;
  }
  return first;
}

function parseCase(line: i32): Node {
  const node = makeNode(arena, Kind.choice, null, null, line);
  if (peekToken() != Token.word) {
    unexpected();
    return node;
  }
  nextToken();
  node.words = tokenWord;
  skipNewlines();
  if (peekToken() != Token.word || !tokenWord.plain || !bytesAre(tokenWord.plain, 'in')) {
    unexpected();
    return node;
  }
  nextToken();
  skipNewlines();
  let last: CaseItem | null = null;
  while (!lexError()) {
    if (peekToken() == Token.word && tokenWord.plain && bytesAre(tokenWord.plain, 'esac')) break;
    const item = parseItem();
    if (last) last.next = item;
    else node.items = item;
    last = item;
    if (peekToken() != Token.doubleSemicolon) break;
    nextToken();
    skipNewlines();
  }
  expect(Reserved.esac_);
  return node;
}

/** pattern | pattern ) list */
function parseItem(): CaseItem {
  const item = arenaMake<CaseItem>(arena);
  if (peekToken() == Token.open) nextToken();
  let last: Word | null = null;
  while (!lexError()) {
    if (peekToken() != Token.word && peekToken() != Token.ioNumber) {
      unexpected();
      return item;
    }
    nextToken();
    if (last) last.next = tokenWord;
    else item.patterns = tokenWord;
    last = tokenWord;
    if (peekToken() != Token.pipe) break;
    nextToken();
  }
  if (peekToken() != Token.close) unexpected();
  else nextToken();
  item.body = parseList(true);
  return item;
}

function variableOf(name: usize): Variable {
  let end = name;
  while (load<u8>(end)) end++;
  return findVariable(name, end - name);
}

/** Assignments, words, redirections; or a function's definition. */
function parseSimple(): Node | null {
  const node = makeNode(arena, Kind.simple, null, null, tokenLine);
  let lastWord: Word | null = null;
  let lastAssignment: Assignment | null = null;
  let any = false;
  while (!lexError()) {
    if (any) expandTrailing();
    if (!lastWord && any) nextReservedAlias();
    if (parseRedirection(node)) {
      any = true;
      continue;
    }
    const token = peekToken();
    if (
      token == Token.open &&
      lastWord &&
      !lastWord.next &&
      node.words == lastWord &&
      !node.assignments &&
      !node.redirection
    ) {
      return parseFunction(node, lastWord);
    }
    if (token != Token.word) break;
    nextToken();
    any = true;
    const word = tokenWord;
    const assignment: Assignment | null = lastWord ? null : asAssignment(word);
    if (assignment) {
      if (lastAssignment) lastAssignment.next = assignment;
      else node.assignments = assignment;
      lastAssignment = assignment;
      continue;
    }
    if (lastWord) lastWord.next = word;
    else node.words = word;
    lastWord = word;
  }
  return any ? node : unexpected();
}

/** After assignments or redirections the command's name is still to come: an alias perhaps. */
function nextReservedAlias(): void {
  while (peekToken() == Token.word && reservedWord(tokenWord) == Reserved.none && expandAlias()) continue;
}

/** NAME=value, null when the word is something else. The word becomes the value. */
function asAssignment(word: Word): Assignment | null {
  const first = word.first;
  if (!first || first.kind != PartKind.literal || first.quoted) return null;
  let equals: usize = 0;
  while (equals < first.length && load<u8>(first.text + equals) != 0x3d) equals++;
  if (equals == first.length || !equals) return null;
  store<u8>(first.text + equals, 0);
  const named = isName(first.text);
  store<u8>(first.text + equals, 0x3d);
  if (!named) return null;
  const assignment = arenaMake<Assignment>(arena);
  assignment.variable = findVariable(first.text, equals);
  const rest = first.length - equals - 1;
  const value = arenaMake<Word>(arena);
  if (rest) {
    const part = arenaMake<Part>(arena);
    part.kind = PartKind.literal;
    part.index = -1;
    part.text = first.text + equals + 1;
    part.length = rest;
    part.next = first.next;
    value.first = part;
    if (!first.next) value.plain = part.text;
    findTildes(value);
  } else {
    value.first = first.next;
    if (!first.next) value.plain = literal('');
    // x=~ : the ~ was not at the begin of a word, so it is in the text above.
  }
  assignment.value = value;
  return assignment;
}

function parseFunction(node: Node, name: Word): Node | null {
  nextToken();
  if (peekToken() != Token.close) return unexpected();
  if (!name.plain || !isName(name.plain)) {
    failLexer(literal('syntax error: bad function name'));
    return null;
  }
  nextToken();
  skipNewlines();
  node.kind = Kind.definition;
  node.name = name.plain;
  node.words = null;
  const reserved = nextReserved();
  if (reserved == Reserved.none && peekToken() != Token.open) return unexpected();
  node.left = parseOne();
  return node;
}

function parseRedirections(node: Node): void {
  while (!lexError() && parseRedirection(node)) continue;
}

/** One redirection of the node, when one stands next. */
function parseRedirection(node: Node): bool {
  let fd: i32 = -1;
  if (peekToken() == Token.ioNumber) {
    nextToken();
    fd = tokenNumber;
  }
  const operator = peekToken();
  if (operator < Token.less || operator > Token.clobber) return false;
  nextToken();
  const isInput =
    operator == Token.less ||
    operator == Token.doubleLess ||
    operator == Token.doubleLessDash ||
    operator == Token.lessAnd ||
    operator == Token.lessGreat;
  const kind = peekToken();
  if (kind != Token.word && kind != Token.ioNumber) {
    unexpected();
    return false;
  }
  nextToken();
  const redirection = arenaMake<Redirection>(arena);
  redirection.operator = operator;
  redirection.fd = fd >= 0 ? fd : isInput ? 0 : 1;
  redirection.word = tokenWord;
  if (operator == Token.doubleLess || operator == Token.doubleLessDash) {
    addHereDocument(redirection, operator == Token.doubleLessDash);
  }
  const first = node.redirection;
  if (!first) node.redirection = redirection;
  else {
    let last: Redirection = first;
    for (let each = last.next; each; each = changetype<Redirection>(each).next) last = each;
    last.next = redirection;
  }
  return true;
}

/** Whether the name is a reserved word: for `type`. */
export function isReserved(name: usize): bool {
  const word = memory.data(64, 8);
  memory.fill(word, 0, 64);
  const fake = changetype<Word>(word);
  fake.plain = name;
  return reservedWord(fake) != Reserved.none;
}
