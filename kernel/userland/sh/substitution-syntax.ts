// Commands and arithmetic within a word. Source: POSIX 2.6.3, 2.6.4.

import { literal } from '../lib/literal';
import { PartKind } from './ast';
import { parseNested } from './parser';
import { quotedByte } from './quoting';
import {
  advance,
  END,
  peekByte,
  peekJoined,
  popSource,
  position,
  pushText,
  refills,
  rewind,
  sourceLine,
} from './source';
import { failSyntax, syntaxError } from './syntax';
import {
  addPart,
  arenaBytes,
  endParts,
  firstPart,
  lastPart,
  run,
  setParts,
  startParts,
} from './word-builder';

/** $(…), behind the parenthesis. */
export function commandInParentheses(quoted: bool): void {
  const part = addPart(PartKind.command, quoted);
  part.node = parseNested(true);
}

/** `…`: the text without the backslashes that quote $ ` \ (and " in double quotes) is a command. */
export function backquoted(quoted: bool): void {
  const line = sourceLine;
  const part = addPart(PartKind.command, quoted);
  advance();
  let byte = peekByte();
  while (byte != 0x60) {
    if (byte == END) {
      failSyntax(literal('unterminated backquote'));
      return;
    }
    if (byte == 0x5c) {
      advance();
      byte = peekByte();
      if (byte == END) continue;
      if (byte != 0x24 && byte != 0x60 && byte != 0x5c && !(quoted && byte == 0x22)) run.byte(0x5c);
    }
    run.byte(<u8>byte);
    advance();
    byte = peekByte();
  }
  advance();
  const length = run.length;
  const text = arenaBytes(run.at, length);
  run.clear();
  pushText(text, length, line);
  part.node = parseNested(false);
  popSource();
}

/** $((…)), behind the first (. False, with nothing read, when it is a command substitution that begins with (. */
export function arithmetic(quoted: bool): bool {
  const start = position();
  const line = sourceLine;
  const stamp = refills;
  const part = addPart(PartKind.arithmetic, quoted);
  const outerFirst = firstPart;
  const outerLast = lastPart;
  startParts();
  advance();
  let depth = 0;
  let byte = peekJoined();
  while (!syntaxError) {
    if (byte == END) {
      failSyntax(literal('missing "))"'));
      return true;
    }
    if (byte == 0x28) depth++;
    if (byte == 0x29) {
      if (!depth) break;
      depth--;
    }
    if (byte == 0x22) {
      // Quotes mean nothing in here.
      advance();
    } else quotedByte(byte, 0x22);
    byte = peekJoined();
  }
  if (syntaxError) return true;
  advance();
  if (peekJoined() != 0x29) {
    setParts(outerFirst, outerLast);
    run.clear();
    // ( … ) … ): a subshell in a command substitution. The arithmetic part becomes an empty text.
    part.kind = PartKind.literal;
    part.text = literal('');
    part.quoted = false;
    if (rewind(start, line, stamp)) return false;
    failSyntax(literal('missing "))"'));
    return true;
  }
  advance();
  part.word = endParts();
  setParts(outerFirst, outerLast);
  return true;
}
