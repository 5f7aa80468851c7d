// Terminals: settings, size, groups; and ENOTTY elsewhere. Uses the terminal on descriptor 0 if it is one.

import { Errno } from '../lib/errno';
import { ioctl, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { getpgid, setsid } from '../lib/process';
import { isTerminal } from '../lib/stream';
import { foregroundGroup, getTermios, makeRaw, setTermios, terminalColumns, Termios } from '../lib/terminal';
import { check, checkEqual, checkError, checkSucceeds, finish } from '../lib/test';

const TCGETS: u64 = 0x5401;
const before = changetype<Termios>(memory.data(64, 8));
const after = changetype<Termios>(memory.data(64, 8));

/** A session of its own has no terminal: /dev/tty cannot be opened. */
function withoutTerminal(): i32 {
  if (setsid() < 0) return 1;
  return open(literal('/dev/tty'), Open.readWrite) == -Errno.NXIO ? 0 : 2;
}

export function main(): i32 {
  const nothing = open(literal('/dev/null'), Open.readWrite);
  checkError(ioctl(nothing, TCGETS, changetype<usize>(before)), Errno.NOTTY, 'TCGETS on /dev/null');
  const file = open(literal('/bin/true'), Open.readOnly);
  checkError(ioctl(file, TCGETS, changetype<usize>(before)), Errno.NOTTY, 'TCGETS on a file');
  checkSucceeds(withoutTerminal, 'a session without a terminal');
  if (isTerminal(0)) {
    checkError(ioctl(0, 0x54ff, changetype<usize>(before)), Errno.NOTTY, 'an unknown request');
    checkError(ioctl(0, TCGETS, 0xffff_ffff_8000_0000), Errno.FAULT, 'TCGETS into kernel memory');
    checkEqual(getTermios(0, before), 0, 'TCGETS');
    getTermios(0, after);
    makeRaw(after);
    checkEqual(setTermios(0, after), 0, 'TCSETSW');
    getTermios(0, after);
    check((after.local & 0o12) == 0, 'ECHO and ICANON are still set');
    checkEqual(setTermios(0, before), 0, 'TCSETSW back');
    getTermios(0, after);
    check(after.local == before.local && after.input == before.input, 'the settings did not come back');
    check(terminalColumns(0) > 0, 'columns');
    checkEqual(foregroundGroup(0), getpgid(0), 'this program is in the foreground group');
  }
  return finish('terminal', 'POSIX 11; requests of Linux tty_ioctl(4)');
}
