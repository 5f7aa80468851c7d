// comm: lines that two sorted files have in common. Source: POSIX comm.

import { argument } from '../lib/arguments';
import { byteLength } from '../lib/bytes';
import { openInput } from '../lib/inputs';
import { literal } from '../lib/literal';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { nextRecord, openReader, Reader } from '../lib/reader';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: comm [-123z] FILE1 FILE2
Write three columns: lines only in FILE1, only in FILE2, and in both. The files are sorted.
  -1, -2, -3  without that column    --output-delimiter=TEXT  between columns    -z  lines end with 0
`;
const LONG = 'output-delimiter=d: zero-terminated=z check-order=c nocheck-order=n';

/** Columns left out, as bits. */
let hidden: i32 = 0;
let separator: usize = 0;
let delimiter: u8 = 0x0a;

export function main(): i32 {
  separator = literal('\t');
  permuteOperands();
  for (let option = nextOption('123z', HELP, LONG); option != END; option = nextOption('123z', HELP, LONG)) {
    if (option == BAD) return 1;
    if (option >= 0x31 && option <= 0x33) hidden |= 1 << (option - 0x31);
    else if (option == 0x7a) delimiter = 0;
    else if (option == 0x64) separator = optionArgument();
  }
  if (operandCount() != 2) {
    reportUsage(operandCount() > 2 ? 'extra operand' : 'missing operand');
    return 1;
  }
  const a = openOne(0);
  const b = a ? openOne(1) : null;
  if (!a || !b) return 1;
  let first = nextRecord(a, delimiter);
  let second = nextRecord(b, delimiter);
  while (first || second) {
    const order = !first ? 1 : !second ? -1 : compare(first, a.length, second, b.length);
    if (order < 0) show(0, first, a.length);
    else if (order > 0) show(1, second, b.length);
    else show(2, first, a.length);
    if (order <= 0) first = nextRecord(a, delimiter);
    if (order >= 0) second = nextRecord(b, delimiter);
  }
  if (a.error < 0) reportError(argument(operandIndex()), a.error);
  if (b.error < 0) reportError(argument(operandIndex() + 1), b.error);
  return a.error < 0 || b.error < 0 ? 1 : 0;
}

function openOne(index: i32): Reader | null {
  const fd = openInput(argument(operandIndex() + index));
  return fd < 0 ? changetype<Reader | null>(<usize>0) : openReader(fd);
}

function compare(a: usize, aLength: usize, b: usize, bLength: usize): i32 {
  const order = memory.compare(a, b, min<usize>(aLength, bLength));
  if (order) return order;
  return aLength < bLength ? -1 : aLength > bLength ? 1 : 0;
}

function show(column: i32, line: usize, length: usize): void {
  if (hidden & (1 << column)) return;
  for (let i = 0; i < column; i++) if (!(hidden & (1 << i))) stdout.range(separator, byteLength(separator));
  stdout.range(line, length).byte(delimiter);
}
