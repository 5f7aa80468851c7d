// reboot, poweroff, halt: end the system in order, by init; with -f at once.
//
// init's signals are those that busybox' init has: SIGTERM restarts, SIGUSR1 halts, SIGUSR2 turns off.

import { programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { Power, power } from '../lib/power';
import { reportError, reportUsage } from '../lib/report';
import { kill, Signal } from '../lib/signal';
import { Sys, syscall } from '../lib/syscall';

const HELP_REBOOT = `usage: reboot [-fn]
Start the machine again.
  -f  at once, without ending programs first    -n  without writing to disk first
`;
const HELP_POWEROFF = `usage: poweroff [-fn]
Turn the machine off.
  -f  at once, without ending programs first    -n  without writing to disk first
`;
const HELP_HALT = `usage: halt [-fnp]
Stop the machine.
  -f  at once, without ending programs first    -n  without writing to disk first    -p  turn it off
`;

/** Source: Linux reboot(2). */
const MAGIC1: u64 = 0xfee1dead;
const MAGIC2: u64 = 672274793;
const HALT: u64 = 0xcdef0123;

export function main(): i32 {
  const halting = bytesAre(programName(), 'halt');
  let off = bytesAre(programName(), 'poweroff');
  const help = halting ? HELP_HALT : off ? HELP_POWEROFF : HELP_REBOOT;
  const letters = halting ? 'fnp' : 'fn';
  let force = false;
  let write = true;
  for (
    let option = nextOption(letters, help, 'force=f no-sync=n');
    option != END;
    option = nextOption(letters, help, 'force=f no-sync=n')
  ) {
    if (option == BAD) return 2;
    if (option == 0x66) force = true;
    else if (option == 0x6e) write = false;
    else off = true;
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 2;
  }
  if (force) {
    const action = off ? <u64>Power.off : halting ? HALT : <u64>Power.restart;
    const error = write ? power(action) : syscall(Sys.reboot, MAGIC1, MAGIC2, action);
    reportError(literal('the system refused'), error);
    return 1;
  }
  if (write) syscall(Sys.sync);
  const error = kill(1, off ? Signal.USR2 : halting ? Signal.USR1 : Signal.TERM);
  if (error < 0) reportError(literal('init'), error);
  return error < 0 ? 1 : 0;
}
