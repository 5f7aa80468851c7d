// watch: run a command again and again and show its output. As procps has it.

import { argument, argumentCount } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { close, dup2, pipe, read } from '../lib/file';
import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { parsed, parseDuration } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { fork, waitpid } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { sizeOfColumns, sizeOfRows, terminalSize } from '../lib/terminal';
import { CalendarTime, Clock, clockTime, sleepNs } from '../lib/time';
import { becomeShell } from '../lib/shell-command';
import { shellStatus } from '../lib/wait-status';
import { localTime } from '../lib/zone';

const HELP = `usage: watch [-egt] [-n SECONDS] COMMAND...
Run a command with the shell every two seconds and show what it prints, until interrupted.
  -n SECONDS  how long to wait in between    -t  without a heading
  -g  end when the output changes            -e  end when the command fails
`;
const LONG = 'interval=n: no-title=t chgexit=g errexit=e';

const SECOND: i64 = 1000000000;
const SHORTEST: i64 = SECOND / 10;
const command = make<Buffer>();
let interval: i64 = 2 * SECOND;
let title = true;

export function main(): i32 {
  let untilChange = false;
  let untilFailure = false;
  for (
    let option = nextOption('egn:t', HELP, LONG);
    option != END;
    option = nextOption('egn:t', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x65) untilFailure = true;
    else if (option == 0x67) untilChange = true;
    else if (option == 0x74) title = false;
    else if (parseDuration(optionArgument())) interval = max<i64>(parsed(), SHORTEST);
    else {
      message().text("invalid interval '").bytes(optionArgument()).text("'").newline();
      return 1;
    }
  }
  if (!operandCount()) {
    reportUsage('missing command');
    return 1;
  }
  for (let i = operandIndex(); i < argumentCount(); i++) {
    if (command.length) command.byte(0x20);
    command.bytes(argument(i));
  }
  command.byte(0);
  let output = make<Buffer>();
  let before = make<Buffer>();
  let first = true;
  while (true) {
    output.clear();
    const status = runOnce(output);
    if (status < 0) return 1;
    show(output);
    if (status && untilFailure) return status;
    const changed =
      output.length != before.length || memory.compare(output.at, before.at, output.length) != 0;
    if (!first && untilChange && changed) return 0;
    first = false;
    const other = before;
    before = output;
    output = other;
    sleepNs(interval);
  }
  return 0;
}

/** Runs the command and takes what it prints: its status, or -1 after a report. */
function runOnce(output: Buffer): i32 {
  const ends = memory.data(8, 4);
  const made = pipe(ends);
  const child = made < 0 ? made : fork();
  if (child < 0) {
    reportError(literal('cannot run the command'), child);
    return -1;
  }
  if (!child) {
    dup2(load<i32>(ends, 4), 1);
    dup2(load<i32>(ends, 4), 2);
    close(load<i32>(ends));
    close(load<i32>(ends, 4));
    becomeShell(command.at);
  }
  close(load<i32>(ends, 4));
  const room = memory.data(4096);
  for (let got = read(load<i32>(ends), room, 4096); got > 0 || got == -Errno.INTR;) {
    if (got > 0) output.range(room, <usize>got);
    got = read(load<i32>(ends), room, 4096);
  }
  close(load<i32>(ends));
  const status = memory.data(4, 4);
  while (waitpid(child, status, 0) == -Errno.INTR);
  return shellStatus(load<i32>(status));
}

const calendar = make<CalendarTime>();

/** As many lines as the screen has; each is cut at its edge by the terminal. */
function show(output: Buffer): void {
  const known = terminalSize(1);
  const rows = known ? sizeOfRows() : 24;
  const columns = known ? sizeOfColumns() : 80;
  // Autowrap off, so that a long line takes one row.
  stdout.text('\x1b[?7l\x1b[H\x1b[2J');
  let row = 0;
  if (title) {
    stdout.text('Every ').unsigned(<u64>(interval / SECOND));
    stdout.byte(0x2e).unsigned(<u64>((interval % SECOND) / SHORTEST));
    stdout.text('s: ').bytes(command.at);
    const now = clockTime(Clock.realtime) / SECOND;
    localTime(now, calendar);
    stdout
      .text('\x1b[')
      .unsigned(<u64>max<i32>(columns - 19, 1))
      .text('G ');
    formatTime(stdout, literal('%F %H:%M:%S'), calendar, now, 0);
    stdout.text('\n\n');
    row = 2;
  }
  for (let i: usize = 0; i < output.length && row < rows; i++) {
    const byte = load<u8>(output.at + i);
    if (byte == 0x0a && ++row == rows) break;
    stdout.byte(byte);
  }
  stdout.text('\x1b[?7h');
  stdout.flush();
}
