// who: who is logged in, where and since when. Source: POSIX who.

import { argument, argumentCount } from '../lib/arguments';
import { bytesEqual } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { printf, snprintf } from '../lib/printf';
import { terminalName } from '../lib/processes';
import { reportError, reportUsage } from '../lib/report';
import { kill } from '../lib/signal';
import { fstat, Stat, stat } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { utmpLine, utmpNext, utmpOpen, utmpPid, utmpSeconds, UtmpType, utmpUser } from '../lib/utmp';
import { localTime } from '../lib/zone';

const HELP = `usage: who [-bHmqsTu] [FILE]
       who am i
Print who is logged in: name, terminal, time. FILE is read in place of /var/run/utmp.
  -b  the time of the last start       -q  names and their number alone
  -H  a line of headings               -T  whether write(1) reaches them: + or -
  -m  only who is at this terminal     -u  how long they have been idle, and the process
`;
const GROUP_WRITES: u32 = 0o20;
const MINUTE: i64 = 60;
const DAY: i64 = 86400;

let headings = false;
let onlyHere = false;
let brief = false;
let messages = false;
let idle = false;
let boot = false;
let count = 0;
const calendar = make<CalendarTime>();
const found = changetype<Stat>(memory.data(144, 8));
const device = memory.data(64);

export function main(): i32 {
  for (let option = nextOption('bHmqsTu', HELP); option != END; option = nextOption('bHmqsTu', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x62) boot = true;
    else if (option == 0x48) headings = true;
    else if (option == 0x6d) onlyHere = true;
    else if (option == 0x71) brief = true;
    else if (option == 0x54) messages = true;
    else if (option == 0x75) idle = true;
  }
  // `who am i`, whatever the two words are.
  if (operandCount() == 2) onlyHere = true;
  if (operandCount() > 2) {
    reportUsage('extra operand');
    return 1;
  }
  const path = operandCount() == 1 ? argument(argumentCount() - 1) : 0;
  if (onlyHere && (!isTerminal(0) || fstat(0, found) < 0)) return 0;
  const here = onlyHere ? terminalName(found.rdev) : 0;
  const error = utmpOpen(path);
  if (error < 0 && (path || error != -Errno.NOENT)) {
    reportError(path ? path : literal('/var/run/utmp'), error);
    return 1;
  }
  if (headings && !brief) printHeadings();
  for (let type = error < 0 ? -1 : utmpNext(); type >= 0; type = utmpNext()) {
    if (type == UtmpType.bootTime && boot) tell(literal(''), literal('system boot'));
    if (type != UtmpType.userProcess || boot) continue;
    if (kill(utmpPid(), 0) == -Errno.SRCH || (here && !bytesEqual(here, utmpLine()))) continue;
    if (brief) printf(count ? ' %s' : '%s', utmpUser());
    else tell(utmpUser(), utmpLine());
    count++;
  }
  if (brief) printf(count ? '\n# users=%d\n' : '# users=%d\n', count);
  return 0;
}

function printHeadings(): void {
  printf('%-8s ', literal('NAME'));
  if (messages) stdout.text('S ');
  printf('%-12s %-16s', literal('LINE'), literal('TIME'));
  if (idle) stdout.text(' IDLE         PID');
  stdout.newline();
}

function tell(user: usize, line: usize): void {
  snprintf(device, 64, '/dev/%s', line);
  const isThere = stat(device, found) >= 0;
  printf('%-8s ', user);
  if (messages) stdout.text(isThere ? (found.mode & GROUP_WRITES ? '+ ' : '- ') : '? ');
  printf('%-12s ', line);
  const at = utmpSeconds();
  localTime(at, calendar);
  formatTime(stdout, literal('%Y-%m-%d %H:%M'), calendar, at, 0);
  if (idle && isThere) {
    const rest = clockTime(Clock.realtime) / 1000000000 - found.accessSeconds;
    if (rest < MINUTE) stdout.text('   .  ');
    else if (rest >= DAY) stdout.text('  old ');
    else printf(' %02d:%02d', rest / 3600, (rest / MINUTE) % 60);
    printf(' %9d', utmpPid());
  }
  stdout.newline();
}
