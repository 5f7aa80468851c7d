// uptime: how long the system has been running, who is there, and how busy it is. As in other systems.

import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { printf } from '../lib/printf';
import { readProcFile } from '../lib/proc-file';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { CalendarTime, Clock, clockTime, monotonicNs } from '../lib/time';
import { localTime } from '../lib/zone';

const HELP = `usage: uptime [-ps]
Print the time, how long the system has been up, and the mean number of runnable processes of 1, 5 and 15 minutes.
  -s  the time it was started    -p  how long it has been up, in words
`;

const calendar = make<CalendarTime>();

export function main(): i32 {
  let what = 0;
  for (
    let option = nextOption('ps', HELP, 'pretty=p since=s');
    option != END;
    option = nextOption('ps', HELP, 'pretty=p since=s')
  ) {
    if (option == BAD) return 1;
    what = option;
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const up = monotonicNs();
  const now = clockTime(Clock.realtime);
  if (up < 0 || now < 0) {
    reportError(literal('clock_gettime'), up < 0 ? up : now);
    return 1;
  }
  const seconds = up / 1000000000;
  const at = what == 0x73 ? (now - up) / 1000000000 : now / 1000000000;
  localTime(at, calendar);
  if (what == 0x73) {
    formatTime(stdout, literal('%F %T%n'), calendar, at, 0);
    return 0;
  }
  if (what == 0x70) {
    inWords(seconds);
    return 0;
  }
  formatTime(stdout, literal(' %H:%M:%S up '), calendar, at, 0);
  const days = seconds / 86400;
  if (days) printf(days == 1 ? '%d day, ' : '%d days, ', days);
  if (seconds >= 3600) printf('%2d:%02d', (seconds / 3600) % 24, (seconds / 60) % 60);
  else printf('%d min', (seconds / 60) % 60);
  const averages = readProcFile(literal('/proc/loadavg'));
  if (averages) {
    // Three figures with spaces between.
    let text = averages;
    for (let i = 0; i < 3; i++) {
      const start = text;
      while (load<u8>(text) && load<u8>(text) != 0x20 && load<u8>(text) != 0x0a) text++;
      if (text == start) break;
      stdout.text(i ? ', ' : ',  load average: ').range(start, text - start);
      while (load<u8>(text) == 0x20) text++;
    }
    free(averages);
  }
  stdout.newline();
  return 0;
}

function inWords(seconds: i64): void {
  stdout.text('up ');
  const days = seconds / 86400;
  const hours = (seconds / 3600) % 24;
  const minutes = (seconds / 60) % 60;
  if (days) printf(days == 1 ? '%d day, ' : '%d days, ', days);
  if (hours) printf(hours == 1 ? '%d hour, ' : '%d hours, ', hours);
  printf(minutes == 1 ? '%d minute\n' : '%d minutes\n', minutes);
}
