// mount: mount file systems, or list what is mounted. As in other systems; the options are those of mount(2).

import { argument } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { bytesAre, bytesEqual, bytesStartWith, duplicateBytes, findByte } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { close, open, Open, readFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
import { currentMounts, Mount, mountsError, readMounts } from '../lib/mounts';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { realPath, Missing } from '../lib/real-path';

const HELP = `usage: mount [-t TYPE]
       mount -a [-t TYPE] [-o OPTIONS]
       mount [-rwv] [-t TYPE] [-o OPTIONS] DEVICE DIRECTORY
       mount [-o OPTIONS] DEVICE|DIRECTORY
List what is mounted, mount everything in /etc/fstab (-a), or mount one file system; those in /etc/fstab by one name.
  -t TYPE  ext2, vfat, tmpfs, proc ...; without, what fits    -r  only to read    -w  to write, too    -B  --bind
  -o OPTIONS  ro rw nosuid nodev noexec noatime sync remount bind, and those of the file system, with commas
`;
const LONG = 'all=a types=t: options=o: read-only=r rw=w verbose=v bind=B fake=f no-mtab=n';

/** Names of options with their flags, which stand behind the colon in decimal; `-` means that it is cleared. */
const FLAGS =
  'ro:1 rw:-1 nosuid:2 suid:-2 nodev:4 dev:-4 noexec:8 exec:-8 sync:16 async:-16 remount:32 dirsync:128 noatime:1024 atime:-1024 nodiratime:2048 diratime:-2048 bind:4096 move:8192 rbind:20480 relatime:2097152 strictatime:16777216 silent:32768 defaults:0 auto:0 noauto:0 user:0 nouser:0 users:0 nofail:0 _netdev:0 ';

let wantedType: usize = 0;
let verbose = false;
let flags: i64 = 0;
const data = make<Buffer>();

export function main(): i32 {
  permuteOperands();
  let all = false;
  let options: usize = 0;
  let extra: i64 = 0;
  for (
    let option = nextOption('aBfno:rt:vw', HELP, LONG);
    option != END;
    option = nextOption('aBfno:rt:vw', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x61) all = true;
    else if (option == 0x6f) options = optionArgument();
    else if (option == 0x72) extra |= 1;
    else if (option == 0x74) wantedType = optionArgument();
    else if (option == 0x76) verbose = true;
    else if (option == 0x42) extra |= 4096;
  }
  if (all) return mountAll(options, extra);
  if (operandCount() > 2) {
    reportUsage('extra operand');
    return 1;
  }
  if (!operandCount()) return list();
  const first = argument(operandIndex());
  if (operandCount() == 2) {
    start(options, extra);
    return mountOne(first, argument(operandIndex() + 1), wantedType);
  }
  const table = readMounts(literal('/etc/fstab'));
  let entry = find(table, first);
  // To remount, what is mounted will do.
  const remounts = options != 0 && findOption(options, 'remount');
  if (!entry && remounts) entry = find(currentMounts(), first);
  if (!entry) {
    message().bytes(first).text(": can't find in /etc/fstab").newline();
    return 1;
  }
  start(remounts ? 0 : entry.options, extra);
  if (options) parseOptions(options);
  return mountOne(entry.device, entry.directory, wantedType ? wantedType : entry.type);
}

function list(): i32 {
  const mounts = currentMounts();
  if (!mounts.length && mountsError() < 0) {
    reportError(literal('/proc/self/mounts'), mountsError());
    return 1;
  }
  for (let i = 0; i < mounts.length; i++) {
    const mount = changetype<Mount>(mounts.get(i));
    if (wantedType && !isOfType(mount.type, wantedType)) continue;
    stdout.bytes(mount.device).text(' on ').bytes(mount.directory).text(' type ').bytes(mount.type);
    stdout.text(' (').bytes(mount.options).text(')').newline();
  }
  return 0;
}

/** Whether `type` is in the list; one that begins with `no` names those that are not wanted. */
function isOfType(type: usize, list: usize): bool {
  const negated = bytesStartWith(list, 'no');
  let at = mustAllocate(duplicateBytes(negated ? list + 2 : list));
  let found = false;
  while (at) {
    const comma = findByte(at, 0x2c);
    if (comma) store<u8>(comma, 0);
    if (bytesEqual(at, type)) found = true;
    at = comma ? comma + 1 : 0;
  }
  return found != negated;
}

function find(table: List, name: usize): Mount | null {
  for (let i = table.length - 1; i >= 0; i--) {
    const mount = changetype<Mount>(table.get(i));
    if (bytesEqual(mount.directory, name) || bytesEqual(mount.device, name)) return mount;
  }
  return null;
}

function findOption(list: usize, name: string): bool {
  const word = literal(name);
  let at = mustAllocate(duplicateBytes(list));
  while (at) {
    const comma = findByte(at, 0x2c);
    if (comma) store<u8>(comma, 0);
    if (bytesEqual(at, word)) return true;
    at = comma ? comma + 1 : 0;
  }
  return false;
}

function start(options: usize, extra: i64): void {
  flags = extra;
  data.clear();
  if (options) parseOptions(options);
}

/** Flags are collected; what is none is for the file system. */
function parseOptions(options: usize): void {
  let at = mustAllocate(duplicateBytes(options));
  while (at) {
    const comma = findByte(at, 0x2c);
    if (comma) store<u8>(comma, 0);
    if (load<u8>(at) && !parseFlag(at)) {
      if (data.length) data.byte(0x2c);
      data.bytes(at);
    }
    at = comma ? comma + 1 : 0;
  }
}

function parseFlag(word: usize): bool {
  for (let i = 0; i < FLAGS.length; i++) {
    let same = 0;
    while (
      FLAGS.charCodeAt(i + same) == <u16>load<u8>(word + <usize>same) &&
      FLAGS.charCodeAt(i + same) != 0x3a
    )
      same++;
    if (FLAGS.charCodeAt(i + same) == 0x3a && !load<u8>(word + <usize>same)) {
      let at = i + same + 1;
      const clears = FLAGS.charCodeAt(at) == 0x2d;
      if (clears) at++;
      let value: i64 = 0;
      for (; FLAGS.charCodeAt(at) != 0x20; at++) value = value * 10 + FLAGS.charCodeAt(at) - 0x30;
      flags = clears ? flags & ~value : flags | value;
      return true;
    }
    while (FLAGS.charCodeAt(i) != 0x20) i++;
  }
  return false;
}

function mountAll(options: usize, extra: i64): i32 {
  const table = readMounts(literal('/etc/fstab'));
  if (!table.length && mountsError() < 0) {
    reportError(literal('/etc/fstab'), mountsError());
    return 1;
  }
  const mounted = currentMounts();
  let status = 0;
  for (let i = 0; i < table.length; i++) {
    const entry = changetype<Mount>(table.get(i));
    if (findOption(entry.options, 'noauto') || bytesAre(entry.type, 'swap') || bytesAre(entry.type, 'ignore'))
      continue;
    if (wantedType && !isOfType(entry.type, wantedType)) continue;
    if (isMounted(mounted, entry.directory)) continue;
    start(entry.options, extra);
    if (options) parseOptions(options);
    const failed = mountOne(entry.device, entry.directory, entry.type);
    if (!findOption(entry.options, 'nofail')) status |= failed;
  }
  return status;
}

function isMounted(mounts: List, directory: usize): bool {
  for (let i = 0; i < mounts.length; i++) {
    if (bytesEqual(changetype<Mount>(mounts.get(i)).directory, directory)) return true;
  }
  return false;
}

function mountOne(device: usize, directory: usize, type: usize): i32 {
  const real = realPath(directory, Missing.none, true);
  const at = real ? real : directory;
  let error: i64 = -Errno.NODEV;
  const needsType = !(flags & (32 | 4096 | 8192));
  if (!needsType || (type && !bytesAre(type, 'auto'))) {
    error = syscall(Sys.mount, device, at, type ? type : literal('none'), <u64>flags, data.at);
  } else error = tryTypes(device, at);
  // What may not be written may still be read.
  if ((error == -Errno.ROFS || error == -Errno.ACCES) && !(flags & 1) && needsType && type) {
    const again = syscall(Sys.mount, device, at, type, <u64>(flags | 1), data.at);
    if (!again) message().bytes(device).text(' is write-protected, mounting read-only').newline();
    error = again;
  }
  if (error < 0) {
    message()
      .text('mounting ')
      .bytes(device)
      .text(' on ')
      .bytes(directory)
      .text(' failed: ')
      .text(errorMessage(error))
      .newline();
    return error == -Errno.PERM ? 1 : 32;
  }
  if (verbose) stdout.bytes(device).text(' mounted on ').bytes(directory).newline();
  return 0;
}

/** Each type of /proc/filesystems that needs a device, until one fits. */
function tryTypes(device: usize, directory: usize): i64 {
  const text = memory.data(4096);
  const fd = open(literal('/proc/filesystems'), Open.readOnly);
  const size = fd < 0 ? 0 : readFully(fd, text, 4095);
  if (fd >= 0) close(fd);
  store<u8>(text + <usize>max<i64>(size, 0), 0);
  let error: i64 = -Errno.NODEV;
  for (let line = text; load<u8>(line);) {
    const end = findByte(line, 0x0a);
    if (end) store<u8>(end, 0);
    if (load<u8>(line) == 9) {
      error = syscall(Sys.mount, device, directory, line + 1, <u64>flags, data.at);
      if (error != -Errno.INVAL) return error;
    }
    line = end ? end + 1 : text + <usize>max<i64>(size, 0);
  }
  return error;
}
