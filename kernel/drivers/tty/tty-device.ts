/**
 * The terminals in /dev: tty1 to tty6, ttyS0 and ttyS1, /dev/tty (the controlling terminal of whoever opens it),
 * /dev/tty0 (the console that is shown), and /dev/console, which writes to the screen and the first serial line alike and
 * reads from the latter.
 */
import { ENXIO } from '../../lib/errno';
import { File, FileOps, FileTransfer } from '../../fs/file';
import { Inode } from '../../fs/inode';
import { O_NOCTTY, O_NONBLOCK } from '../../fs/open-flags';
import { S_IFCHR, makeDevice } from '../../fs/stat';
import { devfsRegister } from '../../fs/devfs/devfs';
import { currentProcess } from '../../proc/process';
import { controllingTty } from './job-control';
import { virtualConsole, virtualConsoleShown } from './screen-tty';
import { serialTty } from './serial-tty';
import { Tty } from './tty';
import { ttyFileOpen, ttyFileOps, ttyFileWrite, ttyOfFile } from './tty-file';
import { ttyWrite } from './tty-io';

const TTY_MAJOR: u32 = 4;
/** Minor numbers of serial lines start here. */
const SERIAL_MINOR: u32 = 64;
const SERIAL_LINES: u32 = 2;
const CONSOLE_MAJOR: u32 = 5;
const MODE: u32 = S_IFCHR | 0o620;
const EVERYBODY: u32 = S_IFCHR | 0o666;
const CONSOLES: u32 = 6;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const consoleOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** To the other console first, so that an interrupted write is reported as the caller's own terminal saw it. */
function writeConsole(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const other = virtualConsole(1);
  if (other != null && other != ttyOfFile(file)) {
    ttyWrite(other, buffer, count, (file.flags & O_NONBLOCK) != 0, other.generation);
  }
  return ttyFileWrite(file, buffer, count, offset);
}

/** file.data is the minor number of a virtual console. */
function openScreen(_inode: Inode, file: File): i32 {
  const tty = virtualConsole(<u32>file.data);
  return tty == null ? -ENXIO : ttyFileOpen(tty, file);
}

function openShown(_inode: Inode, file: File): i32 {
  const tty = virtualConsole(virtualConsoleShown());
  return tty == null ? -ENXIO : ttyFileOpen(tty, file);
}

function openSerial(_inode: Inode, file: File): i32 {
  const tty = serialTty(<u32>file.data);
  return tty == null ? -ENXIO : ttyFileOpen(tty, file);
}

function openConsole(_inode: Inode, file: File): i32 {
  const first = serialTty(0);
  const tty = first != null ? first : virtualConsole(1);
  if (tty == null) return -ENXIO;
  file.flags |= O_NOCTTY;
  return ttyFileOpen(tty, file);
}

function openControlling(_inode: Inode, file: File): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0) return -ENXIO;
  const tty = controllingTty(process);
  return tty == null ? -ENXIO : ttyFileOpen(tty, file);
}

type Open = (inode: Inode, file: File) => i32;

function register(
  name: string,
  mode: u32,
  major: u32,
  minor: u32,
  fileOps: FileOps,
  opener: Open,
  data: usize,
): void {
  devfsRegister(name, mode, makeDevice(major, minor), fileOps, opener.index, data);
}

function number(tty: Tty | null, minor: u32): void {
  if (tty == null) return;
  tty.major = TTY_MAJOR;
  tty.minor = minor;
}

function consoleName(n: u32): string {
  if (n <= 3) return n == 1 ? 'tty1' : n == 2 ? 'tty2' : 'tty3';
  return n == 4 ? 'tty4' : n == 5 ? 'tty5' : 'tty6';
}

/** Puts the terminals that exist into devfs. */
export function ttyDevicesInit(): void {
  ttyFileOps(ops);
  ttyFileOps(consoleOps);
  const consoleWrite: FileTransfer = writeConsole;
  consoleOps.write = consoleWrite.index;
  register('console', MODE, CONSOLE_MAJOR, 1, consoleOps, openConsole, 0);
  register('tty', EVERYBODY, CONSOLE_MAJOR, 0, ops, openControlling, 0);
  if (virtualConsole(1) != null) {
    register('tty0', MODE, TTY_MAJOR, 0, ops, openShown, 0);
    for (let n: u32 = 1; n <= CONSOLES; n++) {
      register(consoleName(n), MODE, TTY_MAJOR, n, ops, openScreen, n);
    }
  }
  for (let n: u32 = 0; n < SERIAL_LINES; n++) {
    const tty = serialTty(n);
    if (tty == null) continue;
    number(tty, SERIAL_MINOR + n);
    register(n == 0 ? 'ttyS0' : 'ttyS1', MODE, TTY_MAJOR, SERIAL_MINOR + n, ops, openSerial, n);
  }
}
