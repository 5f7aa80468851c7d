// date: print and set the date and time. Source: POSIX date; -d, -r, -s, -I, -R as elsewhere.

import { argument } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { parseDateOperand, parsedNanoseconds, parsedSeconds, parseTime } from '../lib/parse-time';
import { message, reportError, reportUsage } from '../lib/report';
import { Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { localTime, useUtc } from '../lib/zone';
import { eachDate } from '../lib/date-file';

const HELP = `usage: date [-u] [-d DATE | -r FILE | -f FILE] [-I[UNIT] | -R | +FORMAT]
       date [-u] [-s DATE | MMDDhhmm[[CC]YY][.ss]]
Print the date and time, or set it.
  -u  UTC instead of the zone of the variable TZ
  -d DATE  that date: 2020-02-29 12:34, @SECONDS, yesterday, next friday, 3 hours ago ...
  -r FILE  when FILE was changed last    -f FILE  each line of FILE    -s DATE  set the clock
  -I[date|hours|minutes|seconds|ns]  as ISO 8601    -R  as mail has it    --rfc-3339=UNIT
FORMAT: %Y %m %d %H %M %S year to second, %y %e %j %u %w %V day and week, %a %A %b %B names, %p %I,
        %s seconds since 1970, %N nanoseconds, %z %Z zone, %F %T %D %R %c, %n %t %%; %-d and %_d pad otherwise
`;
const LONG =
  'utc=u universal=u date=d: reference=r: set=s: file=f: iso-8601=I? rfc-email=R rfc-2822=R rfc-3339=3: debug=D';

let format: usize = 0;
const calendar = make<CalendarTime>();

export function main(): i32 {
  permuteOperands();
  let date: usize = 0;
  let setting: usize = 0;
  let reference: usize = 0;
  let file: usize = 0;
  const letters = 'd:f:I?r:Rs:u';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x75) useUtc();
    else if (option == 0x64) date = optionArgument();
    else if (option == 0x66) file = optionArgument();
    else if (option == 0x72) reference = optionArgument();
    else if (option == 0x73) setting = optionArgument();
    else if (option == 0x49) format = isoFormat(isoUnit());
    else if (option == 0x52) format = literal('%a, %d %b %Y %H:%M:%S %z');
    else if (option == 0x33) format = rfcFormat(optionArgument());
  }
  const now = clockTime(Clock.realtime);
  if (now < 0) {
    reportError(literal('clock_gettime'), now);
    return 1;
  }
  let operand: usize = 0;
  for (let i = operandIndex(); i < operandIndex() + operandCount(); i++) {
    const word = argument(i);
    if (load<u8>(word) == 0x2b && !format) format = word + 1;
    else if (!operand && load<u8>(word) != 0x2b) operand = word;
    else {
      reportUsage(load<u8>(word) == 0x2b ? 'multiple output formats specified' : 'extra operand');
      return 1;
    }
  }
  if (!format) format = literal('%a %b %e %H:%M:%S %Z %Y');
  const seconds = now / 1000000000;
  if (file) return eachDate(file, seconds, now % 1000000000, show, invalid);
  if (reference) {
    const found = make<Stat>();
    const error = stat(reference, found);
    if (error < 0) {
      reportError(reference, error);
      return 1;
    }
    show(found.modifySeconds, found.modifyNanoseconds);
    return 0;
  }
  if (operand || setting) {
    if (operand && (date || setting)) {
      reportUsage('the operand and the options -d and -s exclude each other');
      return 1;
    }
    const understood = operand
      ? parseDateOperand(operand, seconds)
      : parseTime(setting, seconds, now % 1000000000);
    return understood ? setClock() : invalid(operand ? operand : setting);
  }
  if (date) {
    if (!parseTime(date, seconds, now % 1000000000)) return invalid(date);
    show(parsedSeconds(), parsedNanoseconds());
  } else show(seconds, now % 1000000000);
  return 0;
}

function invalid(text: usize): i32 {
  message().text("invalid date '").bytes(text).text("'").newline();
  return 1;
}

function show(seconds: i64, nanoseconds: i64): void {
  localTime(seconds, calendar);
  formatTime(stdout, format, calendar, seconds, nanoseconds);
  stdout.newline();
}

function setClock(): i32 {
  const time = memory.data(16, 8);
  store<i64>(time, parsedSeconds());
  store<i64>(time, parsedNanoseconds(), 8);
  const error = syscall(Sys.clock_settime, Clock.realtime, time);
  if (error < 0) reportError(literal('cannot set date'), error);
  show(parsedSeconds(), parsedNanoseconds());
  return error < 0 ? 1 : 0;
}

/** -I alone means the date. */
function isoUnit(): usize {
  return optionArgument() ? optionArgument() : literal('date');
}

function isoFormat(unit: usize): usize {
  if (bytesAre(unit, 'hours')) return literal('%Y-%m-%dT%H%:z');
  if (bytesAre(unit, 'minutes')) return literal('%Y-%m-%dT%H:%M%:z');
  if (bytesAre(unit, 'seconds')) return literal('%Y-%m-%dT%H:%M:%S%:z');
  if (bytesAre(unit, 'ns')) return literal('%Y-%m-%dT%H:%M:%S,%N%:z');
  return literal('%Y-%m-%d');
}

function rfcFormat(unit: usize): usize {
  if (bytesAre(unit, 'seconds')) return literal('%Y-%m-%d %H:%M:%S%:z');
  if (bytesAre(unit, 'ns')) return literal('%Y-%m-%d %H:%M:%S.%N%:z');
  return literal('%Y-%m-%d');
}
