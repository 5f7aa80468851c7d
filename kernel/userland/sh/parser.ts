// From tokens to a tree, by recursive descent: complete commands, lists and pipelines here, what they consist of in
// compound-syntax.ts, simple-syntax.ts and redirection-syntax.ts. Source: POSIX 2.10 (shell grammar), 2.9.2, 2.9.3.
//
// Rules: parseCommand() takes one complete command, a line or more, from the source on top. The caller owns the result's
// arena (commandArena(), one reference). parseState() says what a null result means. At an error complaint() tells what
// is wrong, and complaintLine() where.

import { Arena, arenaMake, arenaRelease } from '../lib/arena';
import { bytesAre } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { make } from '../lib/malloc';
import { Kind, makeNode, Node } from './ast';
import { nextReserved, setTrailing, trailing } from './command-word';
import { parseOne } from './compound-syntax';
import { skipNewlines, unexpected, unexpectedToken } from './expect';
import {
  LexerState,
  nextToken,
  peekToken,
  restoreLexer,
  saveLexer,
  startLexer,
  tokenLine,
  tokenWord,
} from './lexer';
import { Reserved } from './reserved';
import { parseSimple } from './simple-syntax';
import { sourceLine } from './source';
import { arena, setArena, syntaxError } from './syntax';
import { Token } from './token';

export const enum Parse {
  /** A command, or nothing (null): an empty line. */
  done,
  /** The text has ended. */
  ended,
  wrong,
}

let state: i32 = Parse.done;
let complaintAt: i32 = 0;
const complaintText = make<Buffer>();

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
  setTrailing(null);
  let node: Node | null = null;
  const first = peekToken();
  continues = true;
  if (first == Token.newline) nextToken();
  else if (first != Token.end) {
    node = parseList(false);
    const ending = peekToken();
    if (ending != Token.newline && ending != Token.end) unexpected();
    else if (ending == Token.newline) nextToken();
  } else if (!syntaxError) state = Parse.ended;
  continues = false;
  if (!syntaxError) return node;
  state = Parse.wrong;
  complaintText.clear();
  complaintText.bytes(syntaxError);
  complaintAt = sourceLine;
  arenaRelease(fresh);
  return null;
}

/** A command substitution, from the lexer: through the closing parenthesis, or the end of the text. */
export function parseNested(inParentheses: bool): Node | null {
  const saved = arenaMake<LexerState>(arena);
  const outerTrailing = trailing;
  setTrailing(null);
  saveLexer(saved);
  const node = parseList(true);
  const ending = nextToken();
  if (ending != (inParentheses ? Token.close : Token.end)) unexpectedToken(ending);
  restoreLexer(saved);
  setTrailing(outerTrailing);
  return node;
}

/** Commands separated by ; & and, inside a compound command (`many`), newlines. */
export function parseList(many: bool): Node | null {
  if (many) skipNewlines();
  if (many && !startsCommand()) return null;
  let list = parseAndOr();
  while (!syntaxError) {
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
    case Token.semicolonAnd:
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
  while (!syntaxError && (peekToken() == Token.andIf || peekToken() == Token.orIf)) {
    const kind = nextToken() == Token.andIf ? Kind.and : Kind.or;
    skipNewlines();
    left = makeNode(arena, kind, left, parsePipeline(), tokenLine);
  }
  return left;
}

function parsePipeline(): Node | null {
  const reserved = nextReserved();
  const line = tokenLine;
  if (reserved == Reserved.not) {
    nextToken();
    return makeNode(arena, Kind.not, parsePipeline(), null, line);
  }
  return reserved == Reserved.time_ ? parseTimed(line) : parsePipes(parseOne(), line);
}

/** time [-p] pipeline. With another option behind it, it is the program of that name. */
function parseTimed(line: i32): Node | null {
  const word = tokenWord;
  nextToken();
  if (peekToken() == Token.word && tokenWord.plain && load<u8>(tokenWord.plain) == 0x2d) {
    if (!bytesAre(tokenWord.plain, '-p')) return parsePipes(parseSimple(word), line);
    nextToken();
  }
  return makeNode(arena, Kind.timed, startsCommand() ? parsePipeline() : null, null, line);
}

/** What follows the first command of a pipeline. */
function parsePipes(first: Node | null, line: i32): Node | null {
  if (!first || syntaxError || peekToken() != Token.pipe) return first;
  let last: Node = first;
  while (!syntaxError && peekToken() == Token.pipe) {
    nextToken();
    skipNewlines();
    const next = parseOne();
    if (!next) break;
    last.next = next;
    last = next;
  }
  return makeNode(arena, Kind.pipe, first, null, line);
}
