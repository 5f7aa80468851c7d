// tail: the last part of files. Source: POSIX tail; -q, -v, -F and several files as elsewhere.

import { argument, argumentCount, setArgument } from '../lib/arguments';
import { bytesAre, findInMemory } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { lseek, open, Open, read, Seek } from '../lib/file';
import { eachInput } from '../lib/inputs';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, malloc, mustAllocate, realloc } from '../lib/malloc';
import { parseDuration, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, optionArgument, permuteOperands } from '../lib/options';
import { message, reportError } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { FileType, fstat, Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { sleepNs } from '../lib/time';

const HELP = `usage: tail [-fF] [-n N | -c N] [-qvz] [-s SECONDS] [FILE...]
Write the last lines of files, 10 of each.
  -n N  the last N lines; for +N from line N on      -N, +N  as -n N, -n +N
  -c N  the last N bytes; for +N from byte N on      -z  lines end with 0
  -f    then wait for more                           -F  the same, also when the file is replaced
  -s S  seconds between looks for more (1)           -q, -v  no titles, always titles
`;
const LONG =
  'lines=n: bytes=c: follow=f? quiet=q silent=q verbose=v zero-terminated=z sleep-interval=s: retry=R';

const BLOCK: usize = 65536;

@unmanaged
@final
class Followed {
  fd: i32;
  name: usize;
  offset: i64;
  device: u64;
  inode: u64;
}

let limit: i64 = 10;
let fromStart = false;
let byBytes = false;
let follow = false;
let byName = false;
let titles = false;
let first = true;
let delimiter: u8 = 0x0a;
let pause: i64 = 1000000000;
const followed = make<List>();

export function main(): i32 {
  let quiet = false;
  obsoleteForm();
  permuteOperands();
  const letters = 'c:fFn:qs:vz';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x66 || option == 0x46) {
      follow = true;
      const how = option == 0x66 && optionArgument();
      byName = option == 0x46 || (how && bytesAre(optionArgument(), 'name'));
    } else if (option == 0x71) quiet = true;
    else if (option == 0x76) titles = true;
    else if (option == 0x7a) delimiter = 0;
    else if (option == 0x73) {
      if (!parseDuration(optionArgument())) return complain('invalid number of seconds: ');
      pause = parsed();
    } else if (option != 0x52) {
      byBytes = option == 0x63;
      const word = optionArgument();
      const sign = load<u8>(word);
      if (!parseSize(sign == 0x2b || sign == 0x2d ? word + 1 : word)) {
        return complain(byBytes ? 'invalid number of bytes: ' : 'invalid number of lines: ');
      }
      fromStart = sign == 0x2b;
      limit = sizeValue();
    }
  }
  if (operandCount() > 1) titles = true;
  if (quiet) titles = false;
  const status = eachInput(show);
  if (follow && followed.length) watch();
  return status;
}

function complain(what: string): i32 {
  message().text(what).byte(0x27).bytes(optionArgument()).byte(0x27).newline();
  return 1;
}

/** `tail -5`, `tail +5`, `tail -5f`: of old, and still everywhere in scripts. Made into -n. */
function obsoleteForm(): void {
  const word = argument(1);
  if (!word) return;
  const sign = load<u8>(word);
  const digit = load<u8>(word, 1);
  if ((sign != 0x2d && sign != 0x2b) || digit < 0x30 || digit > 0x39) return;
  let end = word + 1;
  limit = 0;
  for (; load<u8>(end) >= 0x30 && load<u8>(end) <= 0x39; end++) limit = limit * 10 + load<u8>(end) - 0x30;
  byBytes = load<u8>(end) == 0x63;
  if (byBytes || load<u8>(end) == 0x6c) end++;
  follow = load<u8>(end) == 0x66;
  fromStart = sign == 0x2b;
  // An option without effect in its place.
  setArgument(1, literal('-s1'));
}

function show(fd: i32, name: usize): i32 {
  if (titles) title(name);
  first = false;
  let error: i64;
  if (fromStart) error = copyFrom(fd);
  else error = copyLast(fd);
  if (error < 0) {
    reportError(name, error);
    return 1;
  }
  if (!follow) return 0;
  const found = changetype<Stat>(memory.data(144, 8));
  fstat(fd, found);
  if ((found.mode & FileType.mask) == FileType.fifo && fd == 0) return 0;
  const entry = make<Followed>();
  // eachInput() closes its descriptor.
  entry.fd = fd == 0 ? 0 : open(name, Open.readOnly);
  entry.name = name;
  entry.offset = lseek(fd, 0, Seek.current);
  entry.device = found.device;
  entry.inode = found.inode;
  if (entry.fd > 0) lseek(entry.fd, entry.offset, Seek.set);
  if (entry.fd >= 0) followed.append(changetype<usize>(entry));
  return 0;
}

function title(name: usize): void {
  if (!first) stdout.newline();
  stdout
    .text('==> ')
    .bytes(bytesAre(name, '-') ? literal('standard input') : name)
    .text(' <==\n');
}

/** Everything from line or byte `limit` on. */
function copyFrom(fd: i32): i64 {
  const buffer = mustAllocate(malloc(BLOCK));
  let skip = max<i64>(limit - 1, 0);
  if (byBytes && skip) {
    const size = lseek(fd, 0, Seek.end);
    if (size >= 0) {
      lseek(fd, min<i64>(skip, size), Seek.set);
      skip = 0;
    }
  }
  let got: i64;
  do {
    got = read(fd, buffer, BLOCK);
    if (got <= 0) continue;
    let at = buffer;
    const end = buffer + <usize>got;
    while (skip && at < end) {
      if (byBytes) {
        const part = min<i64>(skip, end - at);
        at += <usize>part;
        skip -= part;
      } else {
        const found = findInMemory(at, delimiter, end - at);
        at = found ? found + 1 : end;
        if (found) skip--;
      }
    }
    stdout.range(at, end - at);
  } while (got > 0 || got == -Errno.INTR);
  free(buffer);
  return got;
}

function copyLast(fd: i32): i64 {
  const found = changetype<Stat>(memory.data(144, 8));
  const seekable =
    fstat(fd, found) == 0 && (found.mode & FileType.mask) == FileType.regular && found.size > 0;
  const start = seekable ? lseek(fd, 0, Seek.current) : -1;
  if (start < 0) return copyLastOfPipe(fd);
  const end = lseek(fd, 0, Seek.end);
  const from = byBytes ? max<i64>(end - limit, start) : startOfLastLines(fd, start, end);
  lseek(fd, from, Seek.set);
  const buffer = mustAllocate(malloc(BLOCK));
  let got: i64;
  do {
    got = read(fd, buffer, BLOCK);
    if (got > 0) stdout.range(buffer, <usize>got);
  } while (got > 0 || got == -Errno.INTR);
  free(buffer);
  return got;
}

/** Looks backwards, block by block. */
function startOfLastLines(fd: i32, start: i64, end: i64): i64 {
  if (!limit) return end;
  const buffer = mustAllocate(malloc(BLOCK));
  let lines: i64 = 0;
  let at = end;
  let result = start;
  while (at > start && result == start) {
    const size = <usize>min<i64>(at - start, at % <i64>BLOCK ? at % <i64>BLOCK : <i64>BLOCK);
    at -= size;
    lseek(fd, at, Seek.set);
    const got = read(fd, buffer, size);
    if (got < <i64>size) break;
    for (let i = size; i > 0; i--) {
      if (load<u8>(buffer + i - 1) != delimiter || at + <i64>i == end) continue;
      if (++lines == limit) {
        result = at + <i64>i;
        break;
      }
    }
  }
  free(buffer);
  return result;
}

/** Keeps as much as may be needed. */
function copyLastOfPipe(fd: i32): i64 {
  let capacity = BLOCK * 2;
  let held = mustAllocate(malloc(capacity));
  let used: usize = 0;
  let got: i64;
  do {
    if (capacity - used < BLOCK) {
      // Only if forgetting frees half of it: otherwise every read would look through everything again.
      const from = held + used - lastPart(held, used);
      const keep = held + used - from;
      memory.copy(held, from, keep);
      used = keep;
      if (capacity - used < capacity / 2) {
        capacity *= 2;
        held = mustAllocate(realloc(held, capacity));
      }
    }
    got = read(fd, held + used, BLOCK);
    if (got > 0) used += <usize>got;
  } while (got > 0 || got == -Errno.INTR);
  const keep = lastPart(held, used);
  stdout.range(held + used - keep, keep);
  free(held);
  return got;
}

/** How many bytes at the end are the last lines or bytes. */
function lastPart(at: usize, size: usize): usize {
  if (byBytes) return <usize>min<i64>(limit, size);
  if (!limit) return 0;
  let lines: i64 = 0;
  for (let i = size; i > 0; i--) {
    if (load<u8>(at + i - 1) == delimiter && i != size && ++lines == limit) return size - i;
  }
  return size;
}

/** For ever: prints what is added to the followed files. */
function watch(): void {
  const buffer = mustAllocate(malloc(BLOCK));
  let last = followed.length - 1;
  let alive = true;
  while (alive) {
    stdout.flush();
    if (stdout.failed()) return;
    for (let i = 0; i < followed.length; i++) {
      const entry = changetype<Followed>(followed.get(i));
      let got = more(entry, buffer);
      for (; got > 0; got = more(entry, buffer)) {
        if (i != last && titles) title(entry.name);
        last = i;
        stdout.range(buffer, <usize>got);
      }
    }
    stdout.flush();
    alive = sleepNs(pause) == 0 || pause == 0;
  }
}

function more(entry: Followed, buffer: usize): i64 {
  const found = changetype<Stat>(memory.data(144, 8));
  const got = entry.fd < 0 ? 0 : read(entry.fd, buffer, BLOCK);
  if (got > 0) {
    entry.offset += got;
    return got;
  }
  if (entry.fd >= 0 && fstat(entry.fd, found) == 0 && (found.mode & FileType.mask) == FileType.regular) {
    if (found.size < entry.offset) {
      message().bytes(entry.name).text(': file truncated').newline();
      entry.offset = lseek(entry.fd, 0, Seek.set);
    }
  }
  if (!byName || stat(entry.name, found) < 0) return 0;
  if (found.device == entry.device && found.inode == entry.inode && entry.fd >= 0) return 0;
  const fd = open(entry.name, Open.readOnly);
  if (fd < 0) return 0;
  message().bytes(entry.name).text(': has been replaced; following the new file').newline();
  entry.fd = fd;
  entry.offset = 0;
  entry.device = found.device;
  entry.inode = found.inode;
  return read(fd, buffer, BLOCK);
}
