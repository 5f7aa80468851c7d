// Here-documents, and other text that is read like one. Source: POSIX 2.7.4.

import { arenaMake } from '../lib/arena';
import { Buffer } from '../lib/buffer';
import { bytesEqual } from '../lib/bytes';
import { make } from '../lib/malloc';
import { Part, PartKind, Redirection, Word } from './ast';
import { quotedByte } from './quoting';
import { advance, END, peekByte, peekJoined, popSource, pushText, sourceLine } from './source';
import { arena, setSyntaxError, syntaxError } from './syntax';
import { addPart, arenaBytes, endParts, keepBuilder, putBackBuilder, run, startParts } from './word-builder';

/** Here-documents whose text has not come yet, oldest first. */
@unmanaged
@final
export class Pending {
  next: Pending | null;
  redirection: Redirection;
  delimiter: usize;
  quoted: bool;
  strips: bool;
}
export let pending: Pending | null = null;

export function setPending(first: Pending | null): void {
  pending = first;
}

/** The redirection waits for its text, which begins behind the next newline. */
export function addHereDocument(redirection: Redirection, strips: bool): void {
  const fresh = arenaMake<Pending>(arena);
  fresh.redirection = redirection;
  fresh.strips = strips;
  let part = redirection.word.first;
  for (; part; part = changetype<Part>(part).next) {
    if (part.quoted) fresh.quoted = true;
    if (part.kind == PartKind.tilde) run.byte(0x7e);
    run.range(part.text, part.length);
  }
  fresh.delimiter = arenaBytes(run.at, run.length);
  run.clear();
  let last = pending;
  while (last && last.next) last = last.next;
  if (last) last.next = fresh;
  else pending = fresh;
}

const documentLine = make<Buffer>();
const documentText = make<Buffer>();

export function readHereDocuments(): void {
  let each = pending;
  pending = null;
  while (each && !syntaxError) {
    readHereDocument(each);
    each = each.next;
  }
}

function readHereDocument(document: Pending): void {
  const line = sourceLine;
  documentText.clear();
  while (true) {
    documentLine.clear();
    let byte = document.quoted ? peekByte() : peekJoined();
    while (document.strips && byte == 0x09) {
      advance();
      byte = peekByte();
    }
    if (byte == END) break;
    while (byte != END && byte != 0x0a) {
      documentLine.byte(<u8>byte);
      advance();
      if (byte == 0x5c && !document.quoted) {
        // What a backslash quotes is kept together with it.
        byte = peekByte();
        if (byte == END || byte == 0x0a) continue;
        documentLine.byte(<u8>byte);
        advance();
      }
      byte = document.quoted ? peekByte() : peekJoined();
    }
    if (byte == 0x0a) advance();
    if (bytesEqual(documentLine.at, document.delimiter)) break;
    documentText.range(documentLine.at, documentLine.length);
    documentText.byte(0x0a);
  }
  const length = documentText.length;
  const text = arenaBytes(documentText.at, length);
  startParts();
  if (document.quoted) {
    const part = addPart(PartKind.literal, true);
    part.text = text;
    part.length = length;
  } else {
    pushText(text, length, line);
    for (let byte = peekJoined(); byte != END && !syntaxError; byte = peekJoined()) quotedByte(byte, 0);
    popSource();
  }
  document.redirection.word = endParts();
}

/** Text as in a here-document: parameters, commands, arithmetic. Null when it is wrong. */
export function parseDocument(text: usize, length: usize): Word | null {
  // A prompt may be written in the middle of a word.
  const outerError = syntaxError;
  const outer = keepBuilder();
  setSyntaxError(0);
  startParts();
  pushText(text, length, sourceLine);
  for (let byte = peekJoined(); byte != END && !syntaxError; byte = peekJoined()) quotedByte(byte, 0);
  popSource();
  const word = endParts();
  const good = !syntaxError;
  setSyntaxError(outerError);
  putBackBuilder(outer);
  return good ? word : null;
}
