// ls: list directories. Source: POSIX ls.

import { argument, argumentCount } from '../lib/arguments';
import { compareBytes, duplicateBytes, duplicateRange } from '../lib/bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { Errno } from '../lib/errno';
import { List, freeList } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { joinPath } from '../lib/path';
import { printf, snprintf } from '../lib/printf';
import { reportError } from '../lib/report';
import { FileType, lstat, Stat, stat } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { terminalColumns } from '../lib/terminal';
import { CalendarTime, calendarTime, Clock, clockTime, monthName } from '../lib/time';
import { Sys, syscall } from '../lib/syscall';
import { utf8Columns } from '../lib/utf8';

const HELP = `usage: ls [-1AFRadlrSt] [FILE...]
List files, and the contents of directories (the working directory without a FILE).
  -a  also names that start with a dot     -A  the same without . and ..
  -l  type, permissions, links, owner, group, size in bytes, time of change, name
  -1  one name a line                      -C  in columns (the default on a terminal)
  -d  directories themselves               -F  a mark behind the name: / @ * |
  -R  directories below, too               -i  the inode number before the name
  -r  in reverse order                     -S  the largest first    -t  the newest first
`;

@unmanaged
@final
class Entry {
  name: usize;
  stat: Stat;
  /** What a symbolic link points at; 0 for other files. */
  target: usize;
}

let all = false;
let almostAll = false;
let long = false;
let columns = false;
let itself = false;
let marks = false;
let recursive = false;
let inodes = false;
let reverse = false;
let bySize = false;
let byTime = false;
let status: i32 = 0;
let now: i64 = 0;

export function main(): i32 {
  columns = isTerminal(1);
  const letters = '1ACFRSadilrt';
  for (let option = nextOption(letters, HELP); option != END; option = nextOption(letters, HELP)) {
    if (option == BAD) return 2;
    setOption(option);
  }
  now = clockTime(Clock.realtime) / 1000000000;
  const files = make<List>();
  const directories = make<List>();
  if (!operandCount()) add(itself ? files : directories, 0, literal('.'));
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const entry = describe(0, argument(i), !long);
    if (!entry) continue;
    const isDirectory = (entry.stat.mode & FileType.mask) == FileType.directory;
    mustAppend(isDirectory && !itself ? directories : files, entry);
  }
  show(files);
  directories.sort(compare);
  const titles = directories.length + files.length > 1 || recursive;
  for (let i = 0; i < directories.length; i++) {
    if (i || files.length) stdout.newline();
    listDirectory(changetype<Entry>(directories.get(i)).name, titles);
  }
  return status;
}

function setOption(option: i32): void {
  switch (option) {
    case 0x61: // a
      all = true;
      break;
    case 0x41: // A
      almostAll = true;
      break;
    case 0x6c: // l
      long = true;
      break;
    case 0x31: // 1
      columns = long = false;
      break;
    case 0x43: // C
      columns = true;
      long = false;
      break;
    case 0x64: // d
      itself = true;
      break;
    case 0x46: // F
      marks = true;
      break;
    case 0x52: // R
      recursive = true;
      break;
    case 0x69: // i
      inodes = true;
      break;
    case 0x72: // r
      reverse = true;
      break;
    case 0x53: // S
      bySize = true;
      break;
    default: // t
      byTime = true;
  }
}

function mustAppend(list: List, entry: Entry): void {
  assert(list.append(changetype<usize>(entry)), 'out of memory');
}

function add(list: List, directory: usize, name: usize): void {
  const entry = describe(directory, name, false);
  if (entry) mustAppend(list, entry);
}

/** What is known of a file, to be freed with freeEntries(); null after a message. */
function describe(directory: usize, name: usize, follow: bool): Entry | null {
  const entry = make<Entry>();
  entry.stat = make<Stat>();
  entry.name = mustAllocate(duplicateBytes(name));
  const path = directory ? mustAllocate(joinPath(directory, name)) : entry.name;
  let error = follow ? stat(path, entry.stat) : lstat(path, entry.stat);
  if (error == -Errno.NOENT && follow) error = lstat(path, entry.stat);
  if (error < 0) complain(path, error);
  else if (long && (entry.stat.mode & FileType.mask) == FileType.link) entry.target = readTarget(path);
  if (directory) free(path);
  if (error < 0 && !directory) return null;
  return entry;
}

function complain(path: usize, error: i32): void {
  reportError(path, error);
  status = 2;
}

function compare(a: usize, b: usize): i32 {
  const first = changetype<Entry>(a);
  const second = changetype<Entry>(b);
  let difference: i64 = 0;
  if (bySize) difference = second.stat.size - first.stat.size;
  else if (byTime) difference = second.stat.modifySeconds - first.stat.modifySeconds;
  if (!difference) difference = compareBytes(first.name, second.name);
  const order = difference < 0 ? -1 : difference > 0 ? 1 : 0;
  return reverse ? -order : order;
}

function listDirectory(path: usize, title: bool): void {
  const directory = openDirectory(path);
  if (!directory) {
    complain(path, directoryError());
    return;
  }
  if (title) stdout.bytes(path).text(':').newline();
  const list = make<List>();
  while (nextEntry(directory)) {
    const first = load<u8>(directory.name);
    const second = first ? load<u8>(directory.name, 1) : 0;
    const isSelf = first == 0x2e && (!second || (second == 0x2e && !load<u8>(directory.name, 2)));
    if (first == 0x2e && !all && (!almostAll || isSelf)) continue;
    add(list, path, directory.name);
  }
  if (directory.error < 0) complain(path, directory.error);
  closeDirectory(directory);
  if (long) printf('total %d\n', totalBlocks(list) / 2);
  show(list);
  if (recursive) descend(path, list);
  freeEntries(list);
}

function totalBlocks(list: List): i64 {
  let blocks: i64 = 0;
  for (let i = 0; i < list.length; i++) blocks += changetype<Entry>(list.get(i)).stat.blocks;
  return blocks;
}

function descend(path: usize, list: List): void {
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    if ((entry.stat.mode & FileType.mask) != FileType.directory) continue;
    if (compareBytes(entry.name, literal('.')) == 0 || compareBytes(entry.name, literal('..')) == 0) continue;
    const below = mustAllocate(joinPath(path, entry.name));
    stdout.newline();
    listDirectory(below, true);
    free(below);
  }
}

function freeEntries(list: List): void {
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    free(entry.name);
    free(entry.target);
    free(changetype<usize>(entry.stat));
    free(changetype<usize>(entry));
  }
  freeList(list);
  free(changetype<usize>(list));
}

/** Sorts and prints. */
function show(list: List): void {
  list.sort(compare);
  if (long) {
    const widths = memory.data(32, 8);
    measure(list, widths);
    for (let i = 0; i < list.length; i++) showLong(changetype<Entry>(list.get(i)), widths);
  } else if (columns) showColumns(list);
  else {
    for (let i = 0; i < list.length; i++) {
      showName(changetype<Entry>(list.get(i)));
      stdout.newline();
    }
  }
}

function showName(entry: Entry): void {
  if (inodes) stdout.unsigned(entry.stat.inode).byte(0x20);
  stdout.bytes(entry.name);
  const mark = markOf(entry);
  if (mark) stdout.byte(mark);
}

function markOf(entry: Entry): u8 {
  if (!marks) return 0;
  switch (entry.stat.mode & FileType.mask) {
    case FileType.directory:
      return 0x2f;
    case FileType.link:
      return 0x40;
    case FileType.fifo:
      return 0x7c;
    default:
      return entry.stat.mode & 0o111 ? 0x2a : 0;
  }
}

function nameWidth(entry: Entry): i32 {
  const inodeWidth = inodes ? <i32>snprintf(0, 0, '%u ', entry.stat.inode) : 0;
  return inodeWidth + <i32>utf8Columns(entry.name) + (markOf(entry) ? 1 : 0);
}

/** Names down the columns, as many columns as the terminal has room for. */
function showColumns(list: List): void {
  let width = 1;
  for (let i = 0; i < list.length; i++) width = max<i32>(width, nameWidth(changetype<Entry>(list.get(i))));
  width += 2;
  const across = max<i32>(terminalColumns(1) / width, 1);
  const down = (list.length + across - 1) / across;
  for (let row = 0; row < down; row++) {
    for (let i = row; i < list.length; i += down) {
      const entry = changetype<Entry>(list.get(i));
      showName(entry);
      if (i + down < list.length) stdout.fill(0x20, width - nameWidth(entry));
    }
    stdout.newline();
  }
}

/** Widths of links, uid, gid and size. */
function measure(list: List, widths: usize): void {
  memory.fill(widths, 0, 32);
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    widen(widths, snprintf(0, 0, '%u', found.links));
    widen(widths + 8, snprintf(0, 0, '%u', found.uid));
    widen(widths + 16, snprintf(0, 0, '%u', found.gid));
    widen(
      widths + 24,
      isDevice(found)
        ? snprintf(0, 0, '%u, %u', major(found), minor(found))
        : snprintf(0, 0, '%u', found.size),
    );
  }
}

function widen(at: usize, width: usize): void {
  store<usize>(at, max<usize>(load<usize>(at), width));
}

function isDevice(found: Stat): bool {
  const type = found.mode & FileType.mask;
  return type == FileType.character || type == FileType.block;
}

/** Source: Linux include/linux/kdev_t.h, the new encoding. */
function major(found: Stat): u64 {
  return (found.rdev >> 8) & 0xfff;
}

function minor(found: Stat): u64 {
  return (found.rdev & 0xff) | ((found.rdev >> 12) & 0xfffff00);
}

function showLong(entry: Entry, widths: usize): void {
  const found = entry.stat;
  if (inodes) stdout.unsigned(found.inode).byte(0x20);
  showMode(found.mode);
  printf(
    ' %*u %*u %*u ',
    load<usize>(widths),
    found.links,
    load<usize>(widths + 8),
    found.uid,
    load<usize>(widths + 16),
    found.gid,
  );
  const number = memory.data(64);
  if (isDevice(found)) snprintf(number, 64, '%u, %u', major(found), minor(found));
  else snprintf(number, 64, '%u', found.size);
  printf('%*s ', load<usize>(widths + 24), number);
  showTime(found.modifySeconds);
  stdout.bytes(entry.name);
  const mark = markOf(entry);
  if (mark) stdout.byte(mark);
  if (entry.target) stdout.text(' -> ').bytes(entry.target);
  stdout.newline();
}

/** The text of a symbolic link, which the caller frees. */
function readTarget(path: usize): usize {
  const target = memory.data(4096);
  const size = syscall(Sys.readlink, path, target, 4096);
  return size > 0 ? mustAllocate(duplicateRange(target, <usize>size)) : 0;
}

function showMode(mode: u32): void {
  const types = '?pc?d?b?-?l?s???';
  const permissions = 'rwxrwxrwx';
  stdout.byte(<u8>types.charCodeAt(<i32>((mode & FileType.mask) >> 12)));
  for (let i = 0; i < 9; i++) {
    stdout.byte(mode & (0o400 >> (<u32>i)) ? <u8>permissions.charCodeAt(i) : 0x2d);
  }
}

/** Month, day, and the hour; the year instead of the hour when it is half a year away. */
function showTime(seconds: i64): void {
  const calendar = changetype<CalendarTime>(memory.data(32, 8));
  calendarTime(seconds, calendar);
  stdout.text(monthName(calendar.month));
  printf(' %2d ', calendar.day);
  const recent = seconds <= now + 86400 && seconds > now - 182 * 86400;
  if (recent) printf('%02d:%02d ', calendar.hour, calendar.minute);
  else printf('%5d ', calendar.year);
}
