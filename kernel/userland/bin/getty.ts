// getty: make a terminal ready, ask who is there, and start login. Source: agetty(8) for the options it shares with it.

import { argument } from '../lib/arguments';
import { byteLength, bytesStartWith } from '../lib/bytes';
import { Buffer, takeBytes } from '../lib/buffer';
import { setEnvironmentVariable } from '../lib/environment';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { close, dup2, ioctl, open, Open, read, readFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { printf, snprintf } from '../lib/printf';
import { execSearch, setsid } from '../lib/process';
import { message, reportUsage } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import {
  drainTerminal,
  getTermios,
  hangUpTerminal,
  makeSane,
  setTermiosFlush,
  takeTerminal,
  Termios,
} from '../lib/terminal';

const HELP = `usage: getty [-a USER] [-C DIR] [-f ISSUE] [-i] TTY [BAUD] [TERM]
Make the terminal ready, ask for a name and start login.
  -a USER   log USER in without asking
  -C DIR    with -a, start in DIR instead of the home directory
  -f ISSUE  show this file instead of /etc/issue
  -i        show no issue file
`;

const TCSETS2: u64 = 0x402c542b;
const TCGETS2: u64 = 0x802c542a;
const BOTHER: u32 = 0o10000;
const CBAUD: u32 = 0o10017;
/** struct utsname of Linux: six fields of this size. */
const UTSNAME_FIELD: usize = 65;
const LONGEST_NAME: usize = 64;

const utsname = memory.data(390);
const device = memory.data(64);
let terminal: usize = 0;
let autoUser: usize = 0;
let directory: usize = 0;
let issue: usize = 0;

export function main(): i32 {
  let showIssue = true;
  issue = literal('/etc/issue');
  for (let option = nextOption('a:C:f:i', HELP); option != END; option = nextOption('a:C:f:i', HELP)) {
    if (option == BAD) return 2;
    if (option == 0x61) autoUser = optionArgument();
    else if (option == 0x43) directory = optionArgument();
    else if (option == 0x66) issue = optionArgument();
    else showIssue = false;
  }
  if (operandCount() < 1 || operandCount() > 3) {
    reportUsage('a terminal, and perhaps a speed and a type');
    return 2;
  }
  terminal = argument(operandIndex());
  if (bytesStartWith(terminal, '/dev/')) terminal += 5;
  snprintf(device, 64, '/dev/%s', terminal);
  const failed = openTerminal();
  if (failed < 0) {
    complain(failed);
    return 1;
  }
  if (operandCount() > 1 && parseDigits(argument(operandIndex() + 1), 10)) setSpeed(<u32>parsed());
  if (operandCount() > 2) setEnvironmentVariable(literal('TERM'), argument(operandIndex() + 2));
  syscall(Sys.uname, utsname);
  if (autoUser) logIn(autoUser);
  while (true) {
    if (showIssue) printIssue();
    const name = askName();
    if (name) logIn(name);
  }
  return 0;
}

/** To the kernel's log: there may be no terminal to say it on. */
function complain(error: i64): void {
  const line = memory.data(160);
  const size = snprintf(line, 160, '<4>getty: %s: %s\n', device, literal(errorMessage(error)));
  const log = open(literal('/dev/kmsg'), Open.writeOnly);
  if (log >= 0) syscall(Sys.write, log, line, size);
}

/** The terminal is this session's alone, on descriptors 0 to 2, and in a state for people to type at. */
function openTerminal(): i32 {
  setsid(); // fails for who leads a session already
  setDisposition(Signal.HUP, Disposition.ignore);
  let fd = open(device, Open.readWrite | Open.noControllingTerminal);
  if (fd < 0) return fd;
  drainTerminal(fd);
  const hung = hangUpTerminal(fd);
  if (hung >= 0) {
    close(fd);
    fd = open(device, Open.readWrite | Open.noControllingTerminal);
    if (fd < 0) return fd;
  }
  setDisposition(Signal.HUP, Disposition.standard);
  const taken = takeTerminal(fd);
  if (taken < 0) return taken;
  for (let target = 0; target < 3; target++) if (fd != target) dup2(fd, target);
  if (fd > 2) close(fd);
  syscall(Sys.fchown, 0, 0, 5);
  syscall(Sys.fchmod, 0, 0o620);
  const mode = changetype<Termios>(memory.data(64, 8));
  const error = getTermios(0, mode);
  if (error < 0) return error;
  makeSane(mode);
  setTermiosFlush(0, mode);
  return 0;
}

function setSpeed(baud: u32): void {
  const settings = memory.data(64, 8);
  if (ioctl(0, TCGETS2, settings) < 0) return;
  store<u32>(settings, (load<u32>(settings, 8) & ~CBAUD) | BOTHER, 8);
  store<u32>(settings, baud, 36);
  store<u32>(settings, baud, 40);
  ioctl(0, TCSETS2, settings);
}

/** What a letter after a backslash stands for: system, node, release, version, machine, line. */
function printEscape(letter: u8): void {
  if (letter == 0x73) stdout.bytes(utsname);
  else if (letter == 0x6e) stdout.bytes(utsname + UTSNAME_FIELD);
  else if (letter == 0x72) stdout.bytes(utsname + 2 * UTSNAME_FIELD);
  else if (letter == 0x76) stdout.bytes(utsname + 3 * UTSNAME_FIELD);
  else if (letter == 0x6d) stdout.bytes(utsname + 4 * UTSNAME_FIELD);
  else if (letter == 0x6c) stdout.bytes(terminal);
  else stdout.byte(letter);
}

function printIssue(): void {
  const fd = open(issue, Open.readOnly);
  if (fd < 0) return;
  const text = memory.data(4096);
  const size = readFully(fd, text, 4095);
  close(fd);
  stdout.newline();
  for (let i: i64 = 0; i < size; i++) {
    const byte = load<u8>(text + <usize>i);
    if (byte == 0x5c && i + 1 < size) printEscape(load<u8>(text + <usize>++i));
    else stdout.byte(byte);
  }
}

/** What was typed, 0 when nothing or nonsense was. */
function askName(): usize {
  const line = memory.data(256);
  printf('%s login: ', utsname + UTSNAME_FIELD);
  stdout.flush();
  const got = read(0, line, 255);
  if (got == -Errno.INTR) return 0;
  if (got <= 0) exitNow(0); // ^D, or the line is gone: init starts another
  store<u8>(line + <usize>got, 0);
  const name = make<Buffer>();
  for (let at = line; load<u8>(at) > 0x20; at++) name.byte(load<u8>(at));
  const bytes = takeBytes(name);
  const good = load<u8>(bytes) != 0 && load<u8>(bytes) != 0x2d && byteLength(bytes) <= LONGEST_NAME;
  return good ? bytes : 0;
}

/** Becomes login. */
function logIn(name: usize): void {
  const argv = make<List>();
  argv.append(literal('login'));
  if (autoUser) argv.append(literal('-f'));
  if (autoUser && directory) {
    argv.append(literal('-C'));
    argv.append(directory);
  }
  argv.append(literal('--'));
  argv.append(name);
  argv.append(0);
  const error = execSearch(literal('login'), argv.values);
  message().text('login: ').text(errorMessage(error)).newline();
  exitNow(1);
}
