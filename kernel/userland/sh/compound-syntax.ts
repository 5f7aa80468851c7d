// Compound commands. Source: POSIX 2.9.4, 2.10.2.

import { arenaMake } from '../lib/arena';
import { bytesAre } from '../lib/bytes';
import { literal } from '../lib/literal';
import { CaseItem, Kind, makeNode, Node, Word } from './ast';
import { nextReserved } from './command-word';
import { expect, needed, skipNewlines, unexpected } from './expect';
import { nextToken, peekToken, tokenLine, tokenWord } from './lexer';
import { parseList } from './parser';
import { parseRedirections } from './redirection-syntax';
import { Reserved } from './reserved';
import { parseSimple } from './simple-syntax';
import { arena, failSyntax, syntaxError } from './syntax';
import { Token } from './token';
import { findVariable, isName, Variable } from './variables';

export function parseOne(): Node | null {
  if (syntaxError) return null;
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
        return parseSimple(null);
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

/** After `if` or `elif`, through `fi`. */
function parseIf(line: i32): Node {
  const node = makeNode(arena, Kind.branch, needed(parseList(true)), null, line);
  expect(Reserved.then_);
  node.right = needed(parseList(true));
  if (syntaxError) return node;
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
    if (peekToken() == Token.word) failSyntax(literal('syntax error: bad for loop variable'));
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
  while (!syntaxError) {
    if (peekToken() == Token.word && tokenWord.plain && bytesAre(tokenWord.plain, 'esac')) break;
    const item = parseItem();
    if (last) last.next = item;
    else node.items = item;
    last = item;
    item.fallsThrough = peekToken() == Token.semicolonAnd;
    if (!item.fallsThrough && peekToken() != Token.doubleSemicolon) break;
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
  while (!syntaxError) {
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
