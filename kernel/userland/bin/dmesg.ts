// dmesg: print and control the kernel's log. Source: Linux syslog(2): 3 reads all of it, 4 reads and clears, 5 clears,
// 8 sets the level of the console, 10 tells its size.

import { literal } from '../lib/literal';
import { malloc, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, optionArgument } from '../lib/options';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: dmesg [-cCr] [-n LEVEL]
Print the kernel's log.
  -c  then empty it    -C  only empty it    -r  with the levels, as <6>    -n LEVEL  show below LEVEL on the console
`;
const LONG = 'read-clear=c clear=C raw=r console-level=n:';

const READ_ALL: u64 = 3;
const READ_CLEAR: u64 = 4;
const CLEAR: u64 = 5;
const CONSOLE_LEVEL: u64 = 8;
const SIZE_BUFFER: u64 = 10;

export function main(): i32 {
  let action = READ_ALL;
  let raw = false;
  for (
    let option = nextOption('cCn:r', HELP, LONG);
    option != END;
    option = nextOption('cCn:r', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x63) action = READ_CLEAR;
    else if (option == 0x43) action = CLEAR;
    else if (option == 0x72) raw = true;
    else {
      if (!parseDigits(optionArgument(), 10) || parsed() < 1 || parsed() > 8) {
        message().text("unknown level '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      return done(syscall(Sys.syslog, CONSOLE_LEVEL, 0, parsed()));
    }
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  if (action == CLEAR) return done(syscall(Sys.syslog, CLEAR, 0, 0));
  const size = syscall(Sys.syslog, SIZE_BUFFER);
  if (size < 0) return done(size);
  const buffer = mustAllocate(malloc(<usize>size + 1));
  const got = syscall(Sys.syslog, action, buffer, size);
  if (got < 0) return done(got);
  let lineStart = true;
  for (let at = buffer, end = buffer + <usize>got; at < end; at++) {
    if (lineStart && !raw) at = skipLevel(at, end);
    if (at == end) break;
    stdout.byte(load<u8>(at));
    lineStart = load<u8>(at) == 0x0a;
  }
  if (got && !lineStart) stdout.newline();
  return 0;
}

function done(error: i64): i32 {
  if (error < 0) reportError(literal('kernel log'), error);
  return error < 0 ? 1 : 0;
}

/** Past the `<6>` that tells a line's level. */
function skipLevel(at: usize, end: usize): usize {
  if (at + 2 >= end || load<u8>(at) != 0x3c) return at;
  let past = at + 1;
  while (past < end && load<u8>(past) >= 0x30 && load<u8>(past) <= 0x39) past++;
  return past > at + 1 && past < end && load<u8>(past) == 0x3e ? past + 1 : at;
}
