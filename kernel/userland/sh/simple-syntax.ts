// Simple commands and the definitions of functions. Source: POSIX 2.9.1, 2.9.5, 2.10.2 (rule 7).

import { arenaMake } from '../lib/arena';
import { literal } from '../lib/literal';
import { Assignment, Kind, makeNode, Node, Part, PartKind, Word } from './ast';
import { expandTrailing, nextReserved, nextReservedAlias } from './command-word';
import { parseOne } from './compound-syntax';
import { skipNewlines, unexpected } from './expect';
import { nextToken, peekToken, tokenLine, tokenWord } from './lexer';
import { parseRedirection } from './redirection-syntax';
import { Reserved } from './reserved';
import { arena, failSyntax, syntaxError } from './syntax';
import { findTildes } from './tilde';
import { Token } from './token';
import { findVariable, isName } from './variables';

/** Assignments, words, redirections; or a function's definition. `first` has been taken: a name, or null. */
export function parseSimple(first: Word | null): Node | null {
  const node = makeNode(arena, Kind.simple, null, null, tokenLine);
  node.words = first;
  let lastWord: Word | null = first;
  let lastAssignment: Assignment | null = null;
  let any = first != null;
  while (!syntaxError) {
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
    failSyntax(literal('syntax error: bad function name'));
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
