// What the parser does about a token that must stand next, or must not.

import { Buffer } from '../lib/buffer';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { Node } from './ast';
import { nextReserved } from './command-word';
import { nextToken, peekToken, tokenWord } from './lexer';
import { failSyntax, syntaxError } from './syntax';
import { Token, tokenName } from './token';

const said = make<Buffer>();

export function unexpectedToken(token: i32): void {
  if (syntaxError) return;
  said.clear();
  said.bytes(literal('syntax error: unexpected '));
  const isWord = token == Token.word;
  if (isWord) said.byte(0x22);
  said.bytes(tokenName(token, tokenWord));
  if (isWord) said.byte(0x22);
  failSyntax(said.at);
}

export function unexpected(): Node | null {
  unexpectedToken(peekToken());
  return null;
}

export function expect(reserved: i32): void {
  if (nextReserved() == reserved) nextToken();
  else unexpected();
}

export function skipNewlines(): void {
  while (peekToken() == Token.newline) nextToken();
}

/** A list that may not be empty. */
export function needed(list: Node | null): Node | null {
  if (!list && !syntaxError) unexpected();
  return list;
}
