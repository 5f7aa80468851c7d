// yes: a line, for ever.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength } from '../lib/bytes';
import { writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { BAD, onlyOperands, operandCount, operandIndex } from '../lib/options';
import { reportError } from '../lib/report';

const HELP = `usage: yes [WORD...]
Print the words, or y, again and again until killed.
`;

const BLOCK: usize = 16384;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  let size: usize = 2;
  for (let i = operandIndex(); i < argumentCount(); i++) size += byteLength(argument(i)) + 1;
  const buffer = mustAllocate(malloc(size + BLOCK));
  let used: usize = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) used += put(buffer + used, argument(i));
  if (!operandCount()) used = put(buffer, literal('y'));
  store<u8>(buffer + used - 1, 0x0a);
  const line = used;
  for (; used < BLOCK; used += line) memory.copy(buffer + used, buffer, line);
  const error = writeLoop(buffer, used);
  reportError(literal('standard output'), error);
  return 1;
}

/** Until it fails. */
function writeLoop(buffer: usize, size: usize): i64 {
  let error: i64;
  do error = writeFully(1, buffer, size);
  while (!error);
  return error;
}

/** `word` and a space. */
function put(to: usize, word: usize): usize {
  const length = byteLength(word);
  memory.copy(to, word, length);
  store<u8>(to + length, 0x20);
  return length + 1;
}
