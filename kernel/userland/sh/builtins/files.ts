// Builtins on the process and its files: cd, pwd, umask, ulimit. Source: POSIX cd, pwd, umask, ulimit.

import { Buffer } from '../../lib/buffer';
import { byteLength, bytesAre } from '../../lib/bytes';
import { chdir, getcwd } from '../../lib/directory';
import { List } from '../../lib/list';
import { literal } from '../../lib/literal';
import { make } from '../../lib/malloc';
import { parseDigits, parsed } from '../../lib/number';
import { PATH_MAX } from '../../lib/path';
import { isDirectory, Stat, stat } from '../../lib/stat';
import { errorMessage } from '../../lib/strerror';
import { stdout } from '../../lib/stream';
import { Sys, syscall } from '../../lib/syscall';
import { applyMode } from '../../lib/mode';
import { appendDirectory, nextInPath } from '../commands';
import { shellErrno, shellMessage, shellText } from '../error';
import { stackCopy } from '../stack';
import { exportVariable, named, setVariable, valueOf } from '../variables';

const physical = memory.data(4096);

/** The working directory as it is; `?` when it has gone. */
function physicalDirectory(): usize {
  return getcwd(physical, PATH_MAX) == 0 ? physical : literal('?');
}

/** Called once: PWD when it is right, otherwise what the system says (POSIX sh, PWD). */
export function startDirectory(): void {
  const pwd = named('PWD');
  const value = valueOf(pwd);
  if (!value || !isSameDirectory(value)) setVariable(pwd, physicalDirectory());
  exportVariable(pwd);
}

function isSameDirectory(path: usize): bool {
  if (load<u8>(path) != 0x2f) return false;
  const a = changetype<Stat>(memory.data(144, 8));
  const b = changetype<Stat>(memory.data(144, 8));
  return stat(path, a) == 0 && stat(literal('.'), b) == 0 && a.inode == b.inode && a.device == b.device;
}

/** -L (logical) and -P of cd and pwd: the index behind the options, negative after a message. */
let followsLinks = true;

function readOptions(words: List): i32 {
  followsLinks = true;
  let i = 1;
  for (; i < words.length; i++) {
    const word = words.get(i);
    if (load<u8>(word) != 0x2d || !load<u8>(word, 1)) break;
    if (bytesAre(word, '--')) return i + 1;
    for (let at = word + 1; load<u8>(at); at++) {
      if (load<u8>(at) == 0x4c) followsLinks = true;
      else if (load<u8>(at) == 0x50) followsLinks = false;
      else {
        shellMessage().text('Illegal option -').byte(load<u8>(at)).newline();
        return -1;
      }
    }
  }
  return i;
}

export function printDirectory(words: List): i32 {
  if (readOptions(words) < 0) return 2;
  const logical = valueOf(named('PWD'));
  if (followsLinks && logical && isSameDirectory(logical)) stdout.bytes(logical).newline();
  else {
    const error = getcwd(physical, PATH_MAX);
    if (error < 0) {
      shellText(errorMessage(error));
      return 1;
    }
    stdout.bytes(physical).newline();
  }
  return 0;
}

const target = make<Buffer>();

export function changeDirectory(words: List): i32 {
  const first = readOptions(words);
  if (first < 0) return 2;
  if (words.length > first + 1) {
    shellText('too many arguments');
    return 2;
  }
  let name = words.length > first ? words.get(first) : valueOf(named('HOME'));
  let tells = false;
  if (!name || (words.length <= first && !load<u8>(name))) {
    shellText('HOME not set');
    return 1;
  }
  if (bytesAre(name, '-')) {
    name = valueOf(named('OLDPWD'));
    tells = true;
    if (!name) {
      shellText('OLDPWD not set');
      return 1;
    }
  }
  if (!load<u8>(name)) name = literal('.');
  const dot = load<u8>(name) == 0x2e;
  const isRelative =
    dot &&
    (!load<u8>(name, 1) ||
      load<u8>(name, 1) == 0x2f ||
      (load<u8>(name, 1) == 0x2e && (!load<u8>(name, 2) || load<u8>(name, 2) == 0x2f)));
  const search = valueOf(named('CDPATH'));
  if (search && load<u8>(name) != 0x2f && !isRelative) {
    for (let at = search; at; at = nextInPath(at)) {
      target.clear();
      appendDirectory(at, target);
      target.bytes(name);
      if (!isDirectory(target.at)) continue;
      if (load<u8>(at) && load<u8>(at) != 0x3a) tells = true;
      return go(stackCopy(target.at, target.length), name, tells);
    }
  }
  return go(name, name, tells);
}

function go(path: usize, shown: usize, tells: bool): i32 {
  const pwd = named('PWD');
  const previous = valueOf(pwd);
  const old = previous ? stackCopy(previous, byteLength(previous)) : 0;
  let now: usize = 0;
  if (followsLinks) {
    now = logicalPath(path, old);
    if (now && chdir(now) < 0) now = 0;
  }
  if (!now) {
    const error = chdir(path);
    if (error < 0) {
      shellErrno(shown, error);
      return 1;
    }
    now = physicalDirectory();
  }
  if (old) setVariable(named('OLDPWD'), old);
  setVariable(pwd, now);
  exportVariable(pwd);
  if (tells) stdout.bytes(now).newline();
  return 0;
}

/** The path from / on without . and ..; 0 when it leads nowhere (POSIX cd, steps 7 to 9). */
function logicalPath(path: usize, from: usize): usize {
  target.clear();
  if (load<u8>(path) != 0x2f) {
    if (!from || load<u8>(from) != 0x2f) return 0;
    target.bytes(from);
  }
  while (target.length && load<u8>(target.at + target.length - 1) == 0x2f)
    target.remove(target.length - 1, 1);
  let at = path;
  while (load<u8>(at)) {
    while (load<u8>(at) == 0x2f) at++;
    let end = at;
    while (load<u8>(end) && load<u8>(end) != 0x2f) end++;
    const size = end - at;
    const isDot = size == 1 && load<u8>(at) == 0x2e;
    const isUp = size == 2 && load<u16>(at) == 0x2e2e;
    if (isUp) {
      if (target.length && !isDirectory(target.at)) return 0;
      while (target.length && load<u8>(target.at + target.length - 1) != 0x2f)
        target.remove(target.length - 1, 1);
      if (target.length) target.remove(target.length - 1, 1);
    } else if (size && !isDot) {
      target.byte(0x2f);
      target.range(at, size);
    }
    at = end;
  }
  if (!target.length) target.byte(0x2f);
  return stackCopy(target.at, target.length);
}

export function setMask(words: List): i32 {
  const symbolic = words.length > 1 && bytesAre(words.get(1), '-S');
  let first = symbolic ? 2 : 1;
  if (words.length > first && bytesAre(words.get(first), '--')) first++;
  const old = <u32>syscall(Sys.umask, 0);
  syscall(Sys.umask, old);
  if (words.length <= first) {
    if (symbolic) {
      printClass(0x75, ~old >> 6);
      stdout.byte(0x2c);
      printClass(0x67, ~old >> 3);
      stdout.byte(0x2c);
      printClass(0x6f, ~old);
      stdout.newline();
    } else {
      stdout.byte(0x30);
      for (let shift: i32 = 6; shift >= 0; shift -= 3) stdout.byte(<u8>(0x30 + ((old >> shift) & 7)));
      stdout.newline();
    }
    return 0;
  }
  const word = words.get(first);
  let mask: u32;
  if (parseDigits(word, 8)) {
    if (parsed() > 0o777) {
      shellMessage().text('Illegal mode: ').bytes(word).newline();
      return 2;
    }
    mask = <u32>parsed();
  } else {
    const mode = applyMode(word, ~old & 0o777, false, 0);
    if (mode == 0xffffffff) {
      shellMessage().text('Illegal mode: ').bytes(word).newline();
      return 2;
    }
    mask = ~mode & 0o777;
  }
  syscall(Sys.umask, mask);
  return 0;
}

function printClass(letter: u8, bits: u32): void {
  stdout.byte(letter).byte(0x3d);
  if (bits & 4) stdout.byte(0x72);
  if (bits & 2) stdout.byte(0x77);
  if (bits & 1) stdout.byte(0x78);
}

/** Letter, number of the resource, unit, name: Linux setrlimit(2). */
const LIMITS = 'c4d2f1l8m5n7p6s3t0u6v9';

function limitName(letter: i32): string {
  switch (letter) {
    case 0x63:
      return 'coredump(blocks)';
    case 0x64:
      return 'data(kbytes)';
    case 0x66:
      return 'file(blocks)';
    case 0x6c:
      return 'locked memory(kbytes)';
    case 0x6d:
      return 'memory(kbytes)';
    case 0x6e:
      return 'nofiles';
    case 0x70:
    case 0x75:
      return 'process';
    case 0x73:
      return 'stack(kbytes)';
    case 0x74:
      return 'time(seconds)';
    default:
      return 'vmemory(kbytes)';
  }
}

function limitUnit(letter: i32): i64 {
  if (letter == 0x63 || letter == 0x66) return 512;
  return letter == 0x6e || letter == 0x70 || letter == 0x75 || letter == 0x74 ? 1 : 1024;
}

function limitResource(letter: i32): i32 {
  for (let i = 0; i < LIMITS.length; i += 2)
    if (LIMITS.charCodeAt(i) == letter) return LIMITS.charCodeAt(i + 1) - 0x30;
  return -1;
}

const GETRLIMIT: u64 = 97;
const SETRLIMIT: u64 = 160;
const limits = memory.data(16, 8);

function printLimit(letter: i32, hard: bool): void {
  syscall(GETRLIMIT, limitResource(letter), limits);
  const value = load<i64>(limits + (hard ? 8 : 0));
  if (value == -1) stdout.text('unlimited');
  else stdout.unsigned(<u64>value / <u64>limitUnit(letter));
  stdout.newline();
}

export function ulimit(words: List): i32 {
  let hard = false;
  let soft = false;
  let all = false;
  let letter: i32 = 0x66;
  let i = 1;
  for (; i < words.length && load<u8>(words.get(i)) == 0x2d; i++) {
    for (let at = words.get(i) + 1; load<u8>(at); at++) {
      const option = <i32>load<u8>(at);
      if (option == 0x48) hard = true;
      else if (option == 0x53) soft = true;
      else if (option == 0x61) all = true;
      else if (limitResource(option) >= 0) letter = option;
      else {
        shellMessage()
          .text('Illegal option -')
          .byte(<u8>option)
          .newline();
        return 2;
      }
    }
  }
  if (all) {
    for (let k = 0; k < LIMITS.length; k += 2) {
      const each = LIMITS.charCodeAt(k);
      if (each == 0x75) continue;
      const name = limitName(each);
      stdout.text(name).fill(0x20, 22 - name.length);
      printLimit(each, hard);
    }
    return 0;
  }
  if (i >= words.length) {
    printLimit(letter, hard);
    return 0;
  }
  const word = words.get(i);
  let value: i64 = -1;
  if (!bytesAre(word, 'unlimited')) {
    if (!parseDigits(word, 10)) {
      shellMessage().text('bad number: ').bytes(word).newline();
      return 2;
    }
    value = parsed() * limitUnit(letter);
  }
  const resource = limitResource(letter);
  syscall(GETRLIMIT, resource, limits);
  if (soft || !hard) store<i64>(limits, value);
  if (hard || !soft) store<i64>(limits, value, 8);
  const error = syscall(SETRLIMIT, resource, limits);
  if (error < 0) {
    shellMessage().text('error setting limit: ').text(errorMessage(error)).newline();
    return 1;
  }
  return 0;
}
