// dmesg: print the kernel's log. Source: Linux syslog(2): 3 reads all of it, 10 tells its size.

import { literal } from '../lib/literal';
import { malloc } from '../lib/malloc';
import { BAD, onlyOperands } from '../lib/options';
import { reportError, reportText } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: dmesg
Print the kernel's log.
`;

const READ_ALL: u64 = 3;
const SIZE_BUFFER: u64 = 10;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  const size = syscall(Sys.syslog, SIZE_BUFFER);
  const buffer = size > 0 ? malloc(<usize>size) : 0;
  if (size > 0 && !buffer) {
    reportText('out of memory');
    return 1;
  }
  const got = size > 0 ? syscall(Sys.syslog, READ_ALL, buffer, size) : size;
  if (got < 0) {
    reportError(literal('kernel log'), got);
    return 1;
  }
  let lineStart = true;
  for (let at = buffer, end = buffer + <usize>got; at < end; at++) {
    if (lineStart) at = skipLevel(at, end);
    if (at == end) break;
    stdout.byte(load<u8>(at));
    lineStart = load<u8>(at) == 0x0a;
  }
  if (got && !lineStart) stdout.newline();
  return 0;
}

/** Past the `<6>` that tells a line's level. */
function skipLevel(at: usize, end: usize): usize {
  if (at + 2 >= end || load<u8>(at) != 0x3c) return at;
  let past = at + 1;
  while (past < end && load<u8>(past) >= 0x30 && load<u8>(past) <= 0x39) past++;
  return past > at + 1 && past < end && load<u8>(past) == 0x3e ? past + 1 : at;
}
