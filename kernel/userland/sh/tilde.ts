// ~ and ~NAME at the begin of a word and in the values of assignments. Source: POSIX 2.6.1.

import { arenaMake, arenaTake } from '../lib/arena';
import { mustAllocate } from '../lib/malloc';
import { Part, PartKind, Word } from './ast';
import { advance, peekJoined } from './source';
import { arena } from './syntax';
import { addPart, arenaBytes, run } from './word-builder';
import { endsWord, isNameByte } from './word-bytes';

/** ~ and what stands before the next /. */
export function tilde(): void {
  const part = addPart(PartKind.tilde, false);
  advance();
  let byte = peekJoined();
  while (isNameByte(byte) || byte == 0x2d || byte == 0x2e) {
    run.byte(<u8>byte);
    advance();
    byte = peekJoined();
  }
  const text = arenaBytes(run.at, run.length);
  const length = run.length;
  run.clear();
  const ends = endsWord(byte) || byte == 0x2f || byte == 0x7d;
  part.text = text;
  part.length = length;
  if (ends) return;
  // Something else stands behind it: it is text.
  part.kind = PartKind.literal;
  const whole = mustAllocate(arenaTake(arena, length + 2));
  store<u8>(whole, 0x7e);
  memory.copy(whole + 1, text, length);
  part.text = whole;
  part.length = length + 1;
}

/** Splits literal text of an assignment's value where a ~ stands at its begin or behind a colon. */
export function findTildes(word: Word): void {
  let before: Part | null = null;
  let part = word.first;
  let afterColon = true;
  while (part) {
    if (part.kind == PartKind.literal && !part.quoted) {
      for (let i: usize = 0; i < part.length; i++) {
        const byte = load<u8>(part.text + i);
        if (byte == 0x7e && afterColon) {
          const fresh = splitTilde(part, i, before, word);
          if (fresh) {
            before = fresh;
            part = fresh;
            break;
          }
        }
        afterColon = byte == 0x3a;
      }
    }
    if (part.kind != PartKind.literal || part.quoted) afterColon = false;
    before = part;
    part = part.next;
  }
}

/** Makes text, tilde and rest of a literal part; returns the tilde's part, or null when it is none. */
function splitTilde(part: Part, at: usize, before: Part | null, word: Word): Part | null {
  let end = at + 1;
  while (end < part.length) {
    const byte = load<u8>(part.text + end);
    if (!isNameByte(byte) && byte != 0x2d && byte != 0x2e) break;
    end++;
  }
  const next: u8 = end < part.length ? load<u8>(part.text + end) : 0;
  if (next != 0x2f && next != 0x3a && (end < part.length || part.next)) return null;
  const mark = arenaMake<Part>(arena);
  mark.kind = PartKind.tilde;
  mark.index = -1;
  mark.text = arenaBytes(part.text + at + 1, end - at - 1);
  mark.length = end - at - 1;
  mark.next = part.next;
  if (end < part.length) {
    const rest = arenaMake<Part>(arena);
    rest.kind = PartKind.literal;
    rest.index = -1;
    rest.text = part.text + end;
    rest.length = part.length - end;
    rest.pattern = part.pattern;
    rest.next = part.next;
    mark.next = rest;
  }
  word.plain = 0;
  if (at) {
    part.text = arenaBytes(part.text, at);
    part.length = at;
    part.next = mark;
  } else if (before) before.next = mark;
  else word.first = mark;
  return mark;
}
