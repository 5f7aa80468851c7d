// The screen from ring 3: /dev/fb0, the requests of virtual consoles, and what a console answers. On a machine without a
// screen, and on Linux (whose consoles belong to somebody), nothing is tested.

import { Errno } from '../lib/errno';
import { access, ioctl, lseek, open, Open, read, write } from '../lib/file';
import { literal } from '../lib/literal';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finishAll, testInChild } from '../lib/test';
import {
  getTermios,
  makeRaw,
  setTermiosNow,
  terminalSize,
  sizeOfColumns,
  sizeOfRows,
  Termios,
} from '../lib/terminal';
import { compareMemory } from '../lib/bytes';
import { sleepNs } from '../lib/time';

const enum Request {
  FBIOGET_VSCREENINFO = 0x4600,
  FBIOPUT_VSCREENINFO = 0x4601,
  FBIOGET_FSCREENINFO = 0x4602,
  KDGKBTYPE = 0x4b33,
  KDSETMODE = 0x4b3a,
  KDGETMODE = 0x4b3b,
  KDGKBMODE = 0x4b44,
  VT_OPENQRY = 0x5600,
  VT_GETSTATE = 0x5603,
  VT_ACTIVATE = 0x5606,
  VT_WAITACTIVE = 0x5607,
}

const variable = memory.data(160, 8);
const fixed = memory.data(80, 8);
const answer = memory.data(64, 8);

function pixels(): void {
  const fd = open(literal('/dev/fb0'), Open.readWrite);
  check(fd >= 0, 'open /dev/fb0');
  const tty = open(literal('/dev/tty6'), Open.readWrite | Open.noControllingTerminal);
  checkEqual(ioctl(tty, Request.VT_ACTIVATE, 6), 0, 'VT_ACTIVATE');
  checkEqual(ioctl(tty, Request.KDSETMODE, 1), 0, 'KD_GRAPHICS');
  checkEqual(ioctl(fd, Request.FBIOGET_VSCREENINFO, variable), 0, 'FBIOGET_VSCREENINFO');
  checkEqual(ioctl(fd, Request.FBIOGET_FSCREENINFO, fixed), 0, 'FBIOGET_FSCREENINFO');
  const size = load<u32>(fixed, 24);
  const pitch = load<u32>(fixed, 48);
  check(load<u32>(variable) >= 320 && pitch >= load<u32>(variable), 'sizes');
  checkEqual(size, pitch * load<u32>(variable, 4), 'the size is pitch times height');
  checkEqual(ioctl(fd, Request.FBIOPUT_VSCREENINFO, variable), 0, 'the mode that there is');
  store<u32>(variable, 1);
  checkError(ioctl(fd, Request.FBIOPUT_VSCREENINFO, variable), Errno.INVAL, 'a mode that there is not');
  const at = syscall(Sys.mmap, 0, size, 3, 1, <u64>fd, 0);
  check(at > 0, 'mmap');
  checkError(syscall(Sys.mmap, 0, <u64>size + 0x200000, 3, 1, <u64>fd, 0), Errno.INVAL, 'more than there is');
  if (at > 0) {
    store<u32>(<usize>at + 4096, 0x00123456);
    checkEqual(lseek(fd, 4096, 0), 4096, 'lseek');
    checkEqual(read(fd, answer, 4), 4, 'read');
    checkEqual(load<u32>(answer), 0x123456, 'a pixel written to memory and read from the file');
    store<u32>(answer, 0x654321);
    lseek(fd, 8192, 0);
    checkEqual(write(fd, answer, 4), 4, 'write');
    checkEqual(load<u32>(<usize>at + 8192), 0x654321, 'a pixel written to the file and read from memory');
    // With the console in graphics mode nobody paints over it.
    write(tty, literal('text\n'), 5);
    sleepNs(60000000);
    checkEqual(load<u32>(<usize>at + 8192), 0x654321, 'the pixel stays');
  }
  lseek(fd, size, 0);
  checkEqual(read(fd, answer, 4), 0, 'read at the end');
  checkError(write(fd, answer, 4), Errno.NOSPC, 'write at the end');
  ioctl(tty, Request.KDSETMODE, 0);
  ioctl(tty, Request.VT_ACTIVATE, 1);
}

function consoles(): void {
  const tty = open(literal('/dev/tty5'), Open.readWrite | Open.noControllingTerminal);
  check(tty >= 0, 'open /dev/tty5');
  checkEqual(ioctl(tty, Request.VT_ACTIVATE, 5), 0, 'VT_ACTIVATE');
  checkEqual(ioctl(tty, Request.VT_WAITACTIVE, 5), 0, 'VT_WAITACTIVE');
  checkEqual(ioctl(tty, Request.VT_GETSTATE, answer), 0, 'VT_GETSTATE');
  checkEqual(load<u16>(answer), 5, 'the console that is shown');
  check((load<u16>(answer, 4) & 32) != 0, 'this console is in use');
  checkEqual(ioctl(tty, Request.VT_OPENQRY, answer), 0, 'VT_OPENQRY');
  check(load<i32>(answer) != 5 && load<i32>(answer) != 1, 'a free console');
  checkError(ioctl(tty, Request.VT_ACTIVATE, 60), Errno.NXIO, 'a console that there is not');
  checkEqual(ioctl(tty, Request.KDGETMODE, answer), 0, 'KDGETMODE');
  checkEqual(load<i32>(answer), 0, 'text mode');
  checkEqual(ioctl(tty, Request.KDGKBTYPE, answer), 0, 'KDGKBTYPE');
  checkEqual(ioctl(tty, Request.KDGKBMODE, answer), 0, 'KDGKBMODE');
  checkEqual(load<i32>(answer), 3, 'Unicode');
  check(terminalSize(tty) && sizeOfRows() > 20 && sizeOfColumns() > 60, 'its size');
  checkError(ioctl(tty, Request.FBIOGET_VSCREENINFO, answer), Errno.NOTTY, 'a request of another device');
  const zero = open(literal('/dev/tty0'), Open.readWrite | Open.noControllingTerminal);
  check(zero >= 0, 'open /dev/tty0');
  ioctl(tty, Request.VT_ACTIVATE, 1);
  checkEqual(ioctl(tty, Request.VT_WAITACTIVE, 1), 0, 'back');
}

function questions(): void {
  const tty = open(literal('/dev/tty5'), Open.readWrite | Open.noControllingTerminal);
  const mode = changetype<Termios>(memory.data(64, 8));
  getTermios(tty, mode);
  makeRaw(mode);
  mode.minimum = 0;
  mode.time = 10;
  setTermiosNow(tty, mode);
  const question = literal('\x1b[2J\x1b[3;7H\x1b[6n');
  write(tty, question, 14);
  const got = read(tty, answer, 64);
  checkEqual(got, 6, 'the answer to where the cursor is');
  check(compareMemory(answer, literal('\x1b[3;7R'), 6) == 0, 'row 3, column 7');
}

export function main(): i32 {
  if (access(literal('/dev/fb0'), 0) == 0 && access(literal('/dev/kmsg'), 0) == 0 && isBreenix()) {
    testInChild('screen_pixels', 'drivers/console/framebuffer-device.ts', pixels);
    testInChild('screen_consoles', 'drivers/tty/screen-tty.ts', consoles);
    testInChild('screen_answers', 'drivers/console/escape.ts', questions);
  }
  return finishAll();
}

function isBreenix(): bool {
  const name = memory.data(390);
  syscall(Sys.uname, name);
  return load<u8>(name) == 0x42;
}
