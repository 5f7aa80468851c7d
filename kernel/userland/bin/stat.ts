// stat: what is known of a file or of a file system. As in other systems; the numbers are those of stat() and statfs().

import { argument, argumentCount } from '../lib/arguments';
import { byteLength } from '../lib/bytes';
import { deviceMajor, deviceMinor, fileKind } from '../lib/file-kind';
import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { modeText } from '../lib/mode-text';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { groupName, userName } from '../lib/passwd';
import { printf, snprintf } from '../lib/printf';
import { message, reportUsage } from '../lib/report';
import { FileSystemStat, fileSystemName, statfs } from '../lib/statfs';
import { FileType, fstat, lstat, Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { CalendarTime } from '../lib/time';
import { localTime } from '../lib/zone';
import { bytesAre } from '../lib/bytes';

const HELP = `usage: stat [-fLt] [-c FORMAT | --printf=FORMAT] FILE...
Show what is known of files (- is the standard input).
  -L  follow symbolic links    -f  of the file system instead    -t  tersely, on one line
  -c FORMAT  as FORMAT says    --printf=FORMAT  the same with \\n and the like, no newline behind
FORMAT: %a %A permissions, %f mode in hex, %F kind, %n name, %N with what a link says, %s size, %b %B blocks,
        %u %U %g %G owner and group, %h links, %i inode, %d %D device, %t %T of a special file, %o block size,
        %x %X %y %Y %z %Z %w %W times of access, modification, change, birth (capitals: seconds since 1970)
  with -f: %a %b %c %d %f %i %l %n %s %S %t %T
`;
const LONG = 'format=c: printf=p: dereference=L file-system=f terse=t';

const DEFAULT = literal(
  '  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-11i Links: %h%Q\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n',
);
const TERSE = literal('%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n');
const SYSTEM = literal(
  '  File: "%n"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\nBlocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n',
);
const SYSTEM_TERSE = literal('%n %i %l %t %s %S %b %f %a %c %d\n');

let escapes = false;
let fileSystem = false;
const found = make<Stat>();
const system = make<FileSystemStat>();
const calendar = make<CalendarTime>();
const text = memory.data(4200);

let left = false;
let zero = false;
let alternate = false;
let plus = false;
let width: u64 = 0;
let precision: i64 = -1;

export function main(): i32 {
  permuteOperands();
  let format: usize = 0;
  let follow = false;
  let terse = false;
  for (
    let option = nextOption('c:fLt', HELP, LONG);
    option != END;
    option = nextOption('c:fLt', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x63 || option == 0x70) {
      format = optionArgument();
      escapes = option == 0x70;
    } else if (option == 0x4c) follow = true;
    else if (option == 0x66) fileSystem = true;
    else terse = true;
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  const newline = format != 0 && !escapes;
  if (!format) format = fileSystem ? (terse ? SYSTEM_TERSE : SYSTEM) : terse ? TERSE : DEFAULT;
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    const error = look(path, follow);
    if (error < 0) {
      const what = fileSystem ? "cannot read file system information for '" : "cannot statx '";
      message().text(what).bytes(path).text("': ").text(errorMessage(error)).newline();
      status = 1;
      continue;
    }
    show(format, path);
    if (newline) stdout.newline();
  }
  return status;
}

function look(path: usize, follow: bool): i32 {
  if (fileSystem) return statfs(path, system);
  if (bytesAre(path, '-')) return fstat(0, found);
  return follow ? stat(path, found) : lstat(path, found);
}

function show(format: usize, path: usize): void {
  for (; load<u8>(format); format++) {
    const byte = load<u8>(format);
    if (byte == 0x5c && escapes && load<u8>(format, 1)) {
      format = escape(format + 1);
      continue;
    }
    if (byte != 0x25 || !load<u8>(format, 1)) {
      stdout.byte(byte);
      continue;
    }
    left = zero = alternate = plus = false;
    format++;
    for (let flags = true; flags;) {
      const flag = load<u8>(format);
      if (flag == 0x2d) left = true;
      else if (flag == 0x30) zero = true;
      else if (flag == 0x23) alternate = true;
      else if (flag == 0x2b) plus = true;
      else flags = flag == 0x20 || flag == 0x27;
      if (flags) format++;
    }
    width = 0;
    for (; load<u8>(format) >= 0x30 && load<u8>(format) <= 0x39; format++)
      width = width * 10 + load<u8>(format) - 0x30;
    precision = -1;
    if (load<u8>(format) == 0x2e) {
      precision = 0;
      for (format++; load<u8>(format) >= 0x30 && load<u8>(format) <= 0x39; format++) {
        precision = precision * 10 + load<u8>(format) - 0x30;
      }
    }
    let part: u8 = 0;
    if ((load<u8>(format) == 0x48 || load<u8>(format) == 0x4c) && load<u8>(format, 1))
      part = load<u8>(format++);
    if (fileSystem) convertSystem(load<u8>(format), path);
    else convert(load<u8>(format), part, path);
  }
}

/** Returns the address of the escape's last byte. */
function escape(at: usize): usize {
  const letters = 'abefnrtv';
  const meanings = '\x07\b\x1b\f\n\r\t\v';
  const byte = load<u8>(at);
  for (let i = 0; i < letters.length; i++) {
    if (<u8>letters.charCodeAt(i) != byte) continue;
    stdout.byte(<u8>meanings.charCodeAt(i));
    return at;
  }
  if (byte == 0x78 && hexDigit(load<u8>(at, 1)) >= 0) {
    let code = hexDigit(load<u8>(++at));
    if (hexDigit(load<u8>(at, 1)) >= 0) code = code * 16 + hexDigit(load<u8>(++at));
    stdout.byte(<u8>code);
    return at;
  }
  if (byte < 0x30 || byte > 0x37) {
    stdout.byte(byte);
    return at;
  }
  let value: u8 = 0;
  let count = 0;
  for (; count < 3 && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x37; count++)
    value = value * 8 + load<u8>(at++) - 0x30;
  stdout.byte(value);
  return at - 1;
}

function hexDigit(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function string(at: usize): void {
  if (precision >= 0 && precision < <i64>byteLength(at)) {
    if (!left) stdout.fill(0x20, <i64>width - precision);
    stdout.range(at, <usize>precision);
    if (left) stdout.fill(0x20, <i64>width - precision);
  } else printf(left ? '%-*s' : '%*s', width, at);
}

function unsigned(value: u64): void {
  printf(left ? '%-*u' : zero ? '%0*u' : '%*u', width, value);
}

function hex(value: u64): void {
  printf(left ? '%-*x' : zero ? '%0*x' : '%*x', width, value);
}

function nameOr(name: usize): void {
  string(name ? name : literal('UNKNOWN'));
}

function convert(letter: u8, part: u8, path: usize): void {
  switch (letter) {
    case 0x61: // a
      printf(alternate ? '%#*o' : zero ? '%0*o' : '%*o', width, found.mode & 0o7777);
      return;
    case 0x41: // A
      modeText(found.mode, text);
      string(text);
      return;
    case 0x62: // b
      unsigned(<u64>found.blocks);
      return;
    case 0x42: // B
      unsigned(512);
      return;
    case 0x64: // d
    case 0x44: // D
      if (part) unsigned(part == 0x48 ? deviceMajor(found.device) : deviceMinor(found.device));
      else if (letter == 0x64) unsigned(found.device);
      else hex(found.device);
      return;
    case 0x72: // r
    case 0x52: // R
      if (part) unsigned(part == 0x48 ? deviceMajor(found.rdev) : deviceMinor(found.rdev));
      else if (letter == 0x72) unsigned(found.rdev);
      else hex(found.rdev);
      return;
    case 0x66: // f
      hex(found.mode);
      return;
    case 0x46: // F
      string(literal(fileKind(found)));
      return;
    case 0x67: // g
      unsigned(found.gid);
      return;
    case 0x47: // G
      nameOr(groupName(found.gid));
      return;
    case 0x68: // h
      unsigned(found.links);
      return;
    case 0x69: // i
      unsigned(found.inode);
      return;
    case 0x6d: // m
      string(literal('?'));
      return;
    case 0x6e: // n
      string(path);
      return;
    case 0x4e: // N
      quoteName(path);
      return;
    case 0x6f: // o
      unsigned(<u64>found.blockSize);
      return;
    case 0x51: {
      // Q: the type of a device in the default form
      const type = found.mode & FileType.mask;
      if (type != FileType.character && type != FileType.block) return;
      printf('     Device type: %u,%u', deviceMajor(found.rdev), deviceMinor(found.rdev));
      return;
    }
    case 0x73: // s
      unsigned(<u64>found.size);
      return;
    case 0x74: // t
      hex(deviceMajor(found.rdev));
      return;
    case 0x54: // T
      hex(deviceMinor(found.rdev));
      return;
    case 0x75: // u
      unsigned(found.uid);
      return;
    case 0x55: // U
      nameOr(userName(found.uid));
      return;
    case 0x77: // w
    case 0x57: // W
      birth(path, letter == 0x57);
      return;
    case 0x78: // x
    case 0x58: // X
      time(found.accessSeconds, found.accessNanoseconds, letter == 0x58);
      return;
    case 0x79: // y
    case 0x59: // Y
      time(found.modifySeconds, found.modifyNanoseconds, letter == 0x59);
      return;
    case 0x7a: // z
    case 0x5a: // Z
      time(found.changeSeconds, found.changeNanoseconds, letter == 0x5a);
      return;
    case 0x25:
      stdout.byte(letter);
      return;
    default:
      stdout.byte(0x3f);
  }
}

function quoteName(path: usize): void {
  const link = (found.mode & FileType.mask) == FileType.link;
  // In the default form the name stands bare.
  stdout.bytes(path);
  if (!link) return;
  const size = syscall(Sys.readlink, path, text, 4095);
  if (size < 0) return;
  stdout.text(' -> ').range(text, <usize>size);
}

function time(seconds: i64, nanoseconds: i64, plain: bool): void {
  if (plain) {
    if (precision >= 0) {
      snprintf(text, 64, '%d.%09d', seconds, nanoseconds);
      const digits = precision ? <usize>min<i64>(precision, 9) : 9;
      store<u8>(text + byteLength(text) - 9 + digits, 0);
      precision = -1;
      string(text);
    } else printf(left ? '%-*d' : '%*d', width, seconds);
    return;
  }
  localTime(seconds, calendar);
  formatTime(stdout, literal('%Y-%m-%d %H:%M:%S.%N %z'), calendar, seconds, nanoseconds);
}

/** The time of birth is told by statx() alone. */
function birth(path: usize, plain: bool): void {
  const extended = memory.data(256, 8);
  memory.fill(extended, 0, 256);
  const error = syscall(Sys.statx, <u64>-100, path, 0x100, 0x800, extended);
  const known = error == 0 && (load<u32>(extended) & 0x800) != 0;
  if (known) time(load<i64>(extended, 80), load<u32>(extended, 88), plain);
  else stdout.byte(plain ? 0x30 : 0x2d);
}

function convertSystem(letter: u8, path: usize): void {
  switch (letter) {
    case 0x61: // a
      unsigned(system.available);
      return;
    case 0x62: // b
      unsigned(system.blocks);
      return;
    case 0x63: // c
      unsigned(system.files);
      return;
    case 0x64: // d
      unsigned(system.freeFiles);
      return;
    case 0x66: // f
      unsigned(system.free);
      return;
    case 0x69: // i
      hex((system.id << 32) | (system.id >> 32));
      return;
    case 0x6c: // l
      unsigned(system.nameLength);
      return;
    case 0x6e: // n
      string(path);
      return;
    case 0x73: // s
      unsigned(system.blockSize);
      return;
    case 0x53: // S
      unsigned(system.fragmentSize ? system.fragmentSize : system.blockSize);
      return;
    case 0x74: // t
      hex(system.type);
      return;
    case 0x54: // T
      string(literal(fileSystemName(system.type)));
      return;
    case 0x25:
      stdout.byte(letter);
      return;
    default:
      stdout.byte(0x3f);
  }
}
