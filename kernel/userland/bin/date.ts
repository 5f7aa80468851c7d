// date: print the time, UTC. Source: POSIX date, with the conversions %a %b %d %e %F %H %M %m %S %s %T %Y %Z %n %t %%.

import { argument } from '../lib/arguments';
import { literal } from '../lib/literal';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { printf } from '../lib/printf';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { CalendarTime, calendarTime, Clock, clockTime, monthName, weekdayName } from '../lib/time';

const HELP = `usage: date [-u] [+FORMAT]
Print the date and time, UTC.
FORMAT: %a %b names of weekday and month, %d %e day, %F year-month-day, %H %M %S, %T hour:minute:second,
        %m month, %Y year, %s seconds since 1970, %Z time zone, %n newline, %t tab, %% percent.
`;

const now = changetype<CalendarTime>(memory.data(32, 8));
let seconds: i64 = 0;

export function main(): i32 {
  for (let option = nextOption('u', HELP); option != END; option = nextOption('u', HELP)) {
    if (option == BAD) return 1;
  }
  const nanoseconds = clockTime(Clock.realtime);
  if (nanoseconds < 0) {
    reportError(literal('clock_gettime'), nanoseconds);
    return 1;
  }
  seconds = nanoseconds / 1000000000;
  calendarTime(seconds, now);
  if (!operandCount()) return print(literal('%a %b %e %T %Z %Y'));
  const format = argument(operandIndex());
  if (operandCount() > 1 || load<u8>(format) != 0x2b) {
    reportUsage('the time cannot be set, and a format starts with +');
    return 1;
  }
  return print(format + 1);
}

function print(format: usize): i32 {
  for (; load<u8>(format); format++) {
    if (load<u8>(format) == 0x25 && load<u8>(format, 1)) convert(load<u8>(++format));
    else stdout.byte(load<u8>(format));
  }
  stdout.newline();
  return 0;
}

function convert(letter: u8): void {
  switch (letter) {
    case 0x61: // a
      stdout.text(weekdayName(now.weekday));
      break;
    case 0x62: // b
      stdout.text(monthName(now.month));
      break;
    case 0x64: // d
      printf('%02d', now.day);
      break;
    case 0x65: // e
      printf('%2d', now.day);
      break;
    case 0x46: // F
      printf('%d-%02d-%02d', now.year, now.month, now.day);
      break;
    case 0x48: // H
      printf('%02d', now.hour);
      break;
    case 0x4d: // M
      printf('%02d', now.minute);
      break;
    case 0x53: // S
      printf('%02d', now.second);
      break;
    case 0x54: // T
      printf('%02d:%02d:%02d', now.hour, now.minute, now.second);
      break;
    case 0x6d: // m
      printf('%02d', now.month);
      break;
    case 0x59: // Y
      printf('%d', now.year);
      break;
    case 0x73: // s
      printf('%d', seconds);
      break;
    case 0x5a: // Z
      stdout.text('UTC');
      break;
    case 0x6e: // n
      stdout.newline();
      break;
    case 0x74: // t
      stdout.byte(9);
      break;
    case 0x25:
      stdout.byte(letter);
      break;
    default:
      stdout.byte(0x25).byte(letter);
  }
}
