/**
 * The terminals as files: /dev/tty1, /dev/ttyS0 and ttyS1, /dev/tty (the controlling terminal of whoever opens it) and
 * /dev/console, which writes to the screen and the first serial line alike and reads from the latter.
 */
import { ENXIO } from '../../lib/errno';
import { File, FileOps, POLLIN, POLLOUT } from '../../fs/file';
import { Inode } from '../../fs/inode';
import { O_NOCTTY, O_NONBLOCK } from '../../fs/open-flags';
import { S_IFCHR, makeDevice } from '../../fs/stat';
import { devfsRegister } from '../../fs/devfs/devfs';
import { currentProcess } from '../../proc/process';
import { ttyAcquire } from './job-control';
import { Tty } from './tty';
import { ttyRead, ttyReadable, ttyWrite } from './tty-io';
import { ttyIoctl } from './tty-ioctl';

const TTY_MAJOR: u32 = 4;
/** Minor numbers of serial lines start here. */
const SERIAL_MINOR: u32 = 64;
const CONSOLE_MAJOR: u32 = 5;
const MODE: u32 = S_IFCHR | 0o620;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const consoleOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
let screen: Tty | null = null;
let serial: Tty | null = null;

function ttyOf(file: File): Tty {
  return changetype<Tty>(file.data);
}

function isNonBlocking(file: File): bool {
  return (file.flags & O_NONBLOCK) != 0;
}

function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return ttyRead(ttyOf(file), buffer, count, isNonBlocking(file));
}

function write(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return ttyWrite(ttyOf(file), buffer, count, isNonBlocking(file));
}

/** To the other console first, so that an interrupted write is reported as the caller's own terminal saw it. */
function writeConsole(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const other = screen;
  if (other != null && other != ttyOf(file)) ttyWrite(other, buffer, count, isNonBlocking(file));
  return write(file, buffer, count, offset);
}

function ioctl(file: File, request: u32, argument: u64): i64 {
  return ttyIoctl(ttyOf(file), request, argument);
}

function poll(file: File): u32 {
  return ttyReadable(ttyOf(file)) ? POLLIN | POLLOUT : POLLOUT;
}

/** A session leader without a terminal gets the one that it opens, unless it says O_NOCTTY. */
function open(inode: Inode, file: File): i32 {
  file.data = inode.data;
  if (!(file.flags & O_NOCTTY)) ttyAcquire(ttyOf(file));
  return 0;
}

function openConsole(_inode: Inode, file: File): i32 {
  const first = serial;
  const tty = first != null ? first : screen;
  if (tty == null) return -ENXIO;
  file.data = changetype<usize>(tty);
  return 0;
}

function openControlling(_inode: Inode, file: File): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0 || process.tty == 0) return -ENXIO;
  file.data = process.tty;
  return 0;
}

function setUpOps(o: FileOps): void {
  const readFunction: (file: File, buffer: usize, count: usize, offset: u64) => i64 = read;
  o.read = readFunction.index;
  const writeFunction: (file: File, buffer: usize, count: usize, offset: u64) => i64 = write;
  o.write = writeFunction.index;
  const ioctlFunction: (file: File, request: u32, argument: u64) => i64 = ioctl;
  o.ioctl = ioctlFunction.index;
  const pollFunction: (file: File) => u32 = poll;
  o.poll = pollFunction.index;
}

type Open = (inode: Inode, file: File) => i32;

function register(
  name: string,
  major: u32,
  minor: u32,
  fileOps: FileOps,
  opener: Open,
  tty: Tty | null,
): void {
  if (tty != null) {
    tty.major = major;
    tty.minor = minor;
  }
  devfsRegister(name, MODE, makeDevice(major, minor), fileOps, opener.index, changetype<usize>(tty));
}

/** Puts the terminals that exist (null: there is none) into devfs. */
export function ttyDevicesInit(screenTty: Tty | null, serial0: Tty | null, serial1: Tty | null): void {
  screen = screenTty;
  serial = serial0;
  setUpOps(ops);
  setUpOps(consoleOps);
  const consoleWrite: (file: File, buffer: usize, count: usize, offset: u64) => i64 = writeConsole;
  consoleOps.write = consoleWrite.index;
  register('console', CONSOLE_MAJOR, 1, consoleOps, openConsole, null);
  register('tty', CONSOLE_MAJOR, 0, ops, openControlling, null);
  if (screenTty != null) register('tty1', TTY_MAJOR, 1, ops, open, screenTty);
  if (serial0 != null) register('ttyS0', TTY_MAJOR, SERIAL_MINOR, ops, open, serial0);
  if (serial1 != null) register('ttyS1', TTY_MAJOR, SERIAL_MINOR + 1, ops, open, serial1);
}
