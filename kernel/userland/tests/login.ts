// getty and login on a pseudo terminal: the issue, names that are none, and the shell of a user who has no password.
// Only on Breenix, whose /etc/passwd is known.

import { Buffer } from '../lib/buffer';
import { byteLength, compareMemory } from '../lib/bytes';
import { exitNow } from '../lib/exit';
import { close, dup2, ioctl, open, Open, read, write } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { Poll, pollOne } from '../lib/poll';
import { snprintf } from '../lib/printf';
import { execSearch, fork, setsid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { check, finishAll, testInChild, waitStatus } from '../lib/test';
import { takeTerminal } from '../lib/terminal';

const TIOCGPTN: u64 = 0x80045430;
const TIOCSPTLCK: u64 = 0x40045431;
const PATIENCE_MS: i32 = 8000;

const said = make<Buffer>();
const path = memory.data(64);
let master: i32 = -1;
let searched: usize = 0;

function openPair(): void {
  const number = memory.data(8, 8);
  master = open(literal('/dev/ptmx'), Open.readWrite | Open.noControllingTerminal);
  check(master >= 0 && ioctl(master, TIOCGPTN, number) == 0, 'a pty');
  snprintf(path, 64, 'pts/%d', load<i32>(number));
  store<i32>(number, 0);
  ioctl(master, TIOCSPTLCK, number);
}

/** Reads until `text` has come after what was found before. */
function expect(text: string): void {
  const wanted = literal(text);
  const size = byteLength(wanted);
  const room = memory.data(1024);
  while (true) {
    for (; searched + size <= said.length; searched++) {
      if (compareMemory(said.at + searched, wanted, size) != 0) continue;
      searched += size;
      return;
    }
    const got = pollOne(master, Poll.input, PATIENCE_MS) > 0 ? read(master, room, 1024) : 0;
    if (got <= 0) {
      stdout.range(said.at, said.length).newline();
      return check(false, text);
    }
    said.range(room, <usize>got);
  }
}

function type(text: string): void {
  write(master, literal(text), text.length);
}

function start(program: string, first: usize, second: usize): i32 {
  const pid = fork();
  if (pid != 0) return pid;
  close(master);
  setsid();
  const device = memory.data(64);
  snprintf(device, 64, '/dev/%s', path);
  const fd = open(device, Open.readWrite | Open.noControllingTerminal);
  takeTerminal(fd);
  for (let target = 0; target < 3; target++) dup2(fd, target);
  const argv = make<List>();
  argv.append(literal(program));
  if (first) argv.append(first);
  if (second) argv.append(second);
  argv.append(0);
  execSearch(literal(program), argv.values);
  exitNow(127);
  return -1;
}

function gettyAndLogin(): void {
  openPair();
  const pid = start('getty', path, literal('38400'));
  expect('login: ');
  type('\r');
  expect('login: ');
  type('nobodyhere\r');
  expect('Password: ');
  type('secret\r');
  expect('Login incorrect');
  expect('login: ');
  type('user\r');
  expect('$ ');
  type('id -u; echo $HOME-$USER; tty\r');
  expect('1000');
  expect('/home/user-user');
  expect('/dev/pts/');
  type('exit\r');
  waitStatus(pid);
}

function lockedUser(): void {
  openPair();
  const pid = start('login', literal('daemon'), 0);
  expect('Password: ');
  type('x\r');
  expect('Login incorrect');
  kill(pid, Signal.KILL);
  waitStatus(pid);
}

export function main(): i32 {
  const name = memory.data(390);
  syscall(Sys.uname, name);
  if (load<u8>(name) == 0x42) {
    testInChild('login_getty', 'bin/getty.ts, bin/login.ts', gettyAndLogin);
    testInChild('login_locked', 'bin/login.ts', lockedUser);
  }
  return finishAll();
}
