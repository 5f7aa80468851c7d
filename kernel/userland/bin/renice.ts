// renice: change the priority of what runs. Source: POSIX renice.

import { argument, argumentCount } from '../lib/arguments';
import { parseInteger, parsed, parseDigits } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { parseUser } from '../lib/passwd';
import { message, reportUsage } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { stdout } from '../lib/stream';

const HELP = `usage: renice -n N [-g|-p|-u] ID...
       renice PRIORITY [-g|-p|-u] ID...
Add N to the nice value of processes (-p, the default), of groups (-g) or of all processes of users (-u).
The second form sets it.
`;

export function main(): i32 {
  let which: u64 = 0;
  let amount: i64 = 0;
  let relative = false;
  let first = 1;
  // PRIORITY first, even a negative one.
  const word = argument(1);
  const absolute = word != 0 && parseInteger(word);
  if (absolute) {
    amount = parsed();
    first = 2;
    for (
      ;
      first < argumentCount() && load<u8>(argument(first)) == 0x2d && load<u8>(argument(first), 1);
      first++
    ) {
      const kind = kindOf(load<u8>(argument(first), 1));
      if (kind < 0 || load<u8>(argument(first), 2)) break;
      which = <u64>kind;
    }
  } else {
    const long = 'priority=n: relative=n: pgrp=g pid=p user=u';
    for (
      let option = nextOption('gn:pu', HELP, long);
      option != END;
      option = nextOption('gn:pu', HELP, long)
    ) {
      if (option == BAD) return 1;
      if (option != 0x6e) {
        which = <u64>kindOf(<u8>option);
        continue;
      }
      if (!parseInteger(optionArgument())) {
        message().text("invalid priority '").bytes(optionArgument()).text("'").newline();
        return 1;
      }
      amount = parsed();
      relative = true;
    }
    first = operandIndex();
    if (!relative || !operandCount()) {
      reportUsage(relative ? 'missing operand' : 'missing priority');
      return 1;
    }
  }
  if (first >= argumentCount()) {
    reportUsage('missing operand');
    return 1;
  }
  let status = 0;
  for (let i = first; i < argumentCount(); i++) status |= change(argument(i), which, amount, relative);
  return status;
}

/** PRIO_PROCESS, PRIO_PGRP, PRIO_USER. */
function kindOf(letter: u8): i32 {
  return letter == 0x70 ? 0 : letter == 0x67 ? 1 : letter == 0x75 ? 2 : -1;
}

function change(word: usize, which: u64, amount: i64, relative: bool): i32 {
  const id = which == 2 ? parseUser(word) : parseDigits(word, 10) ? parsed() : -1;
  if (id < 0) {
    message().text("bad value '").bytes(word).text("'").newline();
    return 1;
  }
  const got = syscall(Sys.getpriority, which, id);
  const old = 20 - got;
  const wanted = max<i64>(min<i64>(relative ? old + amount : amount, 19), -20);
  const error = got < 0 ? got : syscall(Sys.setpriority, which, id, wanted);
  if (error < 0) {
    message().text('failed to set priority for ').bytes(word).text(': ').text(errorMessage(error)).newline();
    return 1;
  }
  stdout.bytes(word).text(': old priority ').signed(old).text(', new priority ').signed(wanted).newline();
  return 0;
}
