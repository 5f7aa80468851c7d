// Quotes within a word, and the bytes between them. Source: POSIX 2.2.

import { literal } from '../lib/literal';
import { PartKind } from './ast';
import { dollar } from './dollar';
import { advance, END, peekByte, peekJoined } from './source';
import { failSyntax, syntaxError } from './syntax';
import { backquoted } from './substitution-syntax';
import { addPart, put } from './word-builder';

/** One byte or one quoted or expanded construct outside double quotes. */
export function unquotedByte(byte: i32): void {
  if (byte == 0x5c) {
    advance();
    const next = peekByte();
    if (next == END) put(0x5c, true);
    else {
      put(next, true);
      advance();
    }
  } else if (byte == 0x27) singleQuoted();
  else if (byte == 0x22) doubleQuoted();
  else if (byte == 0x24) dollar(false);
  else if (byte == 0x60) backquoted(false);
  else {
    put(byte, false);
    advance();
  }
}

/** '…' */
function singleQuoted(): void {
  advance();
  let byte = peekByte();
  if (byte == 0x27) emptyQuotes();
  while (byte != 0x27) {
    if (byte == END) {
      failSyntax(literal('unterminated quoted string'));
      return;
    }
    put(byte, true);
    advance();
    byte = peekByte();
  }
  advance();
}

/** A quoted part of no length: the word exists even if nothing else is in it. */
export function emptyQuotes(): void {
  const part = addPart(PartKind.literal, true);
  part.text = literal('');
}

/** "…" */
export function doubleQuoted(): void {
  advance();
  let byte = peekJoined();
  if (byte == 0x22) emptyQuotes();
  while (byte != 0x22 && !syntaxError) {
    if (byte == END) {
      failSyntax(literal('unterminated quoted string'));
      return;
    }
    quotedByte(byte, 0x22);
    byte = peekJoined();
  }
  advance();
}

/** Inside double quotes, or a here-document (`quote` 0): a backslash quotes only $ ` \ and the quote. */
export function quotedByte(byte: i32, quote: i32): void {
  if (byte == 0x24) dollar(true);
  else if (byte == 0x60) backquoted(true);
  else if (byte == 0x5c) {
    advance();
    const next = peekByte();
    if (next == 0x24 || next == 0x60 || next == 0x5c || (quote && next == quote)) {
      put(next, true);
      advance();
    } else put(0x5c, true);
  } else {
    put(byte, true);
    advance();
  }
}
