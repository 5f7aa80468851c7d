// /etc/fstab: mounts what it lists, in order, as `mount -a` does. Source: fstab(5), mount(2).

import { bytesAre, bytesEqual, byteLength, duplicateBytes, findByte } from '../lib/bytes';
import { close, open, Open, readFully } from '../lib/file';
import { literal } from '../lib/literal';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { Errno } from '../lib/errno';
import { Sys, syscall } from '../lib/syscall';
import { logLine } from './log';

const MOUNTS_BYTES: usize = 8192;
/** MS_REMOUNT of mount(2). */
const REMOUNT: u64 = 32;

/** Options that are flags of mount(2): value, and whether the word sets or clears it. */
function flagOf(word: usize): u64 {
  if (bytesAre(word, 'ro')) return 1;
  if (bytesAre(word, 'nosuid')) return 2;
  if (bytesAre(word, 'nodev')) return 4;
  if (bytesAre(word, 'noexec')) return 8;
  if (bytesAre(word, 'sync')) return 16;
  if (bytesAre(word, 'remount')) return REMOUNT;
  if (bytesAre(word, 'noatime')) return 1024;
  if (bytesAre(word, 'nodiratime')) return 2048;
  if (bytesAre(word, 'relatime')) return 1 << 21;
  return 0;
}

function isNothing(word: usize): bool {
  return (
    bytesAre(word, 'defaults') ||
    bytesAre(word, 'rw') ||
    bytesAre(word, 'auto') ||
    bytesAre(word, 'nofail') ||
    bytesAre(word, 'user') ||
    bytesAre(word, 'nouser') ||
    bytesAre(word, 'exec') ||
    bytesAre(word, 'suid') ||
    bytesAre(word, 'dev') ||
    bytesAre(word, 'async')
  );
}

const rest = memory.data(256);
let noAuto: bool = false;
let flags: u64 = 0;

/** Sorts the words of an option list into flags and what the file system gets. */
function readOptions(options: usize): void {
  let used: usize = 0;
  let at = options;
  flags = 0;
  noAuto = false;
  while (at) {
    const comma = findByte(at, 0x2c);
    if (comma) store<u8>(comma, 0);
    const flag = flagOf(at);
    const size = byteLength(at);
    if (flag) flags |= flag;
    else if (bytesAre(at, 'noauto')) noAuto = true;
    else if (!isNothing(at) && used + size + 2 < 256) {
      if (used) store<u8>(rest + used++, 0x2c);
      memory.copy(rest + used, at, size);
      used += size;
    }
    at = comma ? comma + 1 : 0;
  }
  store<u8>(rest + used, 0);
}

/** The next word of the line; 0 at its end. The place after it is in `cursor`. */
function nextWord(): usize {
  while (load<u8>(cursor) == 0x20 || load<u8>(cursor) == 0x09) cursor++;
  if (load<u8>(cursor) == 0) return 0;
  const word = cursor;
  while (load<u8>(cursor) > 0x20) cursor++;
  if (load<u8>(cursor)) store<u8>(cursor++, 0);
  return word;
}
let cursor: usize = 0;

/** Whether something is mounted there already. */
function isMounted(point: usize): bool {
  const text = memory.data(8192);
  const fd = open(literal('/proc/mounts'), Open.readOnly);
  if (fd < 0) return false;
  const size = readFully(fd, text, MOUNTS_BYTES - 1);
  close(fd);
  if (size <= 0) return false;
  store<u8>(text + <usize>size, 0);
  for (let line = text; load<u8>(line);) {
    const end = findByte(line, 0x0a);
    const first = findByte(line, 0x20);
    const second = first ? findByte(first + 1, 0x20) : 0;
    if (second) {
      store<u8>(second, 0);
      if (bytesEqual(first + 1, point)) return true;
    }
    if (!end) break;
    line = end + 1;
  }
  return false;
}

function mountOne(device: usize, point: usize, type: usize): void {
  if (noAuto || bytesAre(type, 'swap') || bytesAre(point, 'none')) return;
  // What the kernel has mounted gets the options of its line.
  const change = isMounted(point) ? REMOUNT : 0;
  if (!change) syscall(Sys.mkdir, point, 0o755);
  const error = syscall(Sys.mount, device, point, type, flags | change, rest);
  if (error < 0 && error != -Errno.BUSY) logLine('mount ', point, error);
}

/** The root is mounted; its line only changes it to read-write. */
function remountRoot(device: usize): void {
  if ((flags & 1) != 0) return;
  const error = syscall(Sys.mount, device, literal('/'), 0, flags | REMOUNT, rest);
  if (error < 0 && error != -Errno.NOSYS && error != -Errno.ROFS) logLine('remount of the root', 0, error);
}

export function mountAll(): void {
  const fd = open(literal('/etc/fstab'), Open.readOnly | Open.closeOnExec);
  if (fd < 0) return;
  const reader = openReader(fd);
  if (!reader) return;
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    if (load<u8>(line) == 0x23) continue;
    cursor = duplicateBytes(line);
    const device = nextWord();
    const point = nextWord();
    const type = nextWord();
    const options = nextWord();
    if (!type) continue;
    readOptions(options ? options : duplicateBytes(literal('defaults')));
    if (bytesAre(point, '/')) remountRoot(device);
    else mountOne(device, point, type);
  }
  closeReader(reader);
  close(fd);
}

/** /etc/hostname becomes the machine's name. */
export function setHostName(): void {
  const name = memory.data(65);
  const fd = open(literal('/etc/hostname'), Open.readOnly);
  if (fd < 0) return;
  const size = readFully(fd, name, 64);
  close(fd);
  let length: usize = 0;
  while (<i64>length < size && load<u8>(name + length) > 0x20) length++;
  if (length) syscall(Sys.sethostname, name, length);
}
