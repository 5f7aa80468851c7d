// uptime: how long the system has been running.

import { literal } from '../lib/literal';
import { BAD, END, nextOption } from '../lib/options';
import { printf } from '../lib/printf';
import { reportError } from '../lib/report';
import { CalendarTime, calendarTime, Clock, clockTime, monotonicNs } from '../lib/time';

const HELP = `usage: uptime [-s]
Print the time (UTC) and how long the system has been up.
  -s  the time it was started
`;

export function main(): i32 {
  let sinceWhen = false;
  for (let option = nextOption('s', HELP); option != END; option = nextOption('s', HELP)) {
    if (option == BAD) return 1;
    sinceWhen = true;
  }
  const up = monotonicNs();
  const now = clockTime(Clock.realtime);
  if (up < 0 || now < 0) {
    reportError(literal('clock_gettime'), up < 0 ? up : now);
    return 1;
  }
  const calendar = changetype<CalendarTime>(memory.data(40, 8));
  if (sinceWhen) {
    calendarTime((now - up) / 1000000000, calendar);
    printf('%d-%02d-%02d ', calendar.year, calendar.month, calendar.day);
    printf('%02d:%02d:%02d\n', calendar.hour, calendar.minute, calendar.second);
    return 0;
  }
  calendarTime(now / 1000000000, calendar);
  printf(' %02d:%02d:%02d up ', calendar.hour, calendar.minute, calendar.second);
  const seconds = up / 1000000000;
  const days = seconds / 86400;
  if (days) printf(days == 1 ? '%d day, ' : '%d days, ', days);
  if (seconds >= 3600) printf('%d:%02d\n', (seconds / 3600) % 24, (seconds / 60) % 60);
  else if (seconds >= 60) printf('%d min\n', seconds / 60);
  else printf('%d.%02d s\n', seconds, (up / 10000000) % 100);
  return 0;
}
