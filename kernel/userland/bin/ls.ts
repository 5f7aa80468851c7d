// ls: list directories. Source: POSIX ls; -h, --color, --group-directories-first and the like as elsewhere.

import { argument, argumentCount } from '../lib/arguments';
import { readlinkAt, statAt, At } from '../lib/at';
import { bytesAre, bytesStartWith, byteLength, compareBytes, duplicateRange } from '../lib/bytes';
import { textWidth } from '../lib/character-width';
import { Directory, closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { getEnvironment } from '../lib/environment';
import { Errno } from '../lib/errno';
import { deviceMajor, deviceMinor } from '../lib/file-kind';
import { formatTime } from '../lib/format-time';
import { humanSize } from '../lib/human';
import { List, freeList } from '../lib/list';
import { literal } from '../lib/literal';
import { calloc, free, make, mustAllocate } from '../lib/malloc';
import { modeText } from '../lib/mode-text';
import { parseDigits, parsed } from '../lib/number';
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
import { joinPath } from '../lib/path';
import { printf, snprintf } from '../lib/printf';
import { message } from '../lib/report';
import { FileType, Stat } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { terminalColumns } from '../lib/terminal';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { isControl, characterAt, characterSize, INVALID } from '../lib/characters';
import { localTime } from '../lib/zone';

const HELP = `usage: ls [-1ACFGHLNRSUabcdfghiklmnopqrstuvwx] [FILE...]
List files, and the contents of directories (the working directory without a FILE).
  -a  also names that start with a dot      -A  the same without . and ..
  -l  type, permissions, links, owner, group, size, time of change, name
  -g, -o  as -l without owner, without group    -n  as -l with numbers for them
  -1  one name a line                       -C  in columns (the default on a terminal)
  -x  in rows                               -m  with commas between them    -w N  N columns wide
  -d  directories themselves                -R  directories below, too
  -F  a mark behind the name: / @ * | =     -p  / behind directories
  -i  the inode number before the name      -s  the size in blocks of 1 KiB    -h  sizes with K, M, G
  -t  the newest first    -S  the largest    -r  in reverse    -f, -U  unsorted    -v  numbers by value
  -u, -c  time of access, of change of status instead of modification
  -H, -L  follow links that are operands, all links
  -q, -b  control characters as ?, escaped (-q is the default on a terminal)    -N  as they are
  --color[=always|auto|never]  --group-directories-first  --full-time  --time-style=+FORMAT
`;
const LONG =
  'all=a almost-all=A escape=b color=\x01? colour=\x01? directory=d classify=F? group-directories-first=\x02 human-readable=h inode=i dereference=L dereference-command-line=H numeric-uid-gid=n no-group=o reverse=r recursive=R size=s sort=\x03: time=\x04: full-time=\x05 time-style=\x06: width=w: format=\x07: si=\x08 literal=N hide-control-chars=q kibibytes=k';

@unmanaged
@final
class Entry {
  name: usize;
  stat: Stat;
  /** What a symbolic link points at; 0 for other files. */
  target: usize;
  /** The mode of what the link leads to; 0 when it leads nowhere. */
  targetMode: u32;
  width: i32;
  known: bool;
}

const enum Format {
  lines,
  long,
  columns,
  rows,
  commas,
}

const enum Sort {
  name,
  none,
  size,
  time,
  version,
}

let format: Format = Format.lines;
let sort: Sort = Sort.name;
let all = false;
let almostAll = false;
let showOwner = true;
let showGroup = true;
let numeric = false;
let itself = false;
let marks = false;
let slashes = false;
let recursive = false;
let inodes = false;
let blocks = false;
let human: u64 = 0;
let reverse = false;
let accessTime = false;
let statusTime = false;
let followOperands = false;
let followAll = false;
let hideControls = false;
let escapes = false;
let colors = false;
let directoriesFirst = false;
let timeStyle: usize = 0;
let width: i32 = 0;
let needStat = false;
let status: i32 = 0;
let now: i64 = 0;
let shownAny = false;
const calendar = make<CalendarTime>();
const scratch = memory.data(64);

export function main(): i32 {
  permuteOperands();
  const terminal = isTerminal(1);
  if (terminal) {
    format = Format.columns;
    hideControls = true;
  }
  const letters = '1ACFGHLNRSTUXabcdfghiklmnopqrstuvw:x';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD || !setOption(option, terminal)) return 2;
  }
  const columnsSet = getEnvironment(literal('COLUMNS'));
  if (!width && columnsSet && parseDigits(columnsSet, 10)) width = <i32>parsed();
  if (!width) width = terminalColumns(1);
  const mayNeed = format == Format.long || blocks || marks || colors || followAll;
  needStat = mayNeed || sort == Sort.size || sort == Sort.time;
  now = clockTime(Clock.realtime) / 1000000000;
  const files = make<List>();
  const directories = make<List>();
  if (!operandCount()) addOperand(files, directories, literal('.'));
  for (let i = operandIndex(); i < argumentCount(); i++) addOperand(files, directories, argument(i));
  if (files.length) {
    show(files);
    shownAny = true;
  }
  sortEntries(directories);
  const titles = directories.length + files.length > 1 || recursive || operandCount() > 1;
  for (let i = 0; i < directories.length; i++) {
    listDirectory(changetype<Entry>(directories.get(i)).name, titles);
  }
  return status;
}

function setOption(option: i32, terminal: bool): bool {
  switch (option) {
    case 0x61: // a
      all = true;
      break;
    case 0x41: // A
      almostAll = true;
      break;
    case 0x67: // g
      showOwner = false;
      format = Format.long;
      break;
    case 0x6f: // o
      showGroup = false;
      format = Format.long;
      break;
    case 0x6e: // n
      numeric = true;
      format = Format.long;
      break;
    case 0x6c: // l
      format = Format.long;
      break;
    case 0x31: // 1
      if (format != Format.long) format = Format.lines;
      break;
    case 0x43: // C
      format = Format.columns;
      break;
    case 0x78: // x
      format = Format.rows;
      break;
    case 0x6d: // m
      format = Format.commas;
      break;
    case 0x47: // G
      showGroup = false;
      break;
    case 0x64: // d
      itself = true;
      break;
    case 0x46: // F
      marks = true;
      break;
    case 0x70: // p
      slashes = true;
      break;
    case 0x52: // R
      recursive = true;
      break;
    case 0x69: // i
      inodes = true;
      break;
    case 0x73: // s
      blocks = true;
      break;
    case 0x68: // h
      human = 1024;
      break;
    case 0x08: // --si
      human = 1000;
      break;
    case 0x6b: // k
      human = 0;
      break;
    case 0x72: // r
      reverse = true;
      break;
    case 0x53: // S
      sort = Sort.size;
      break;
    case 0x74: // t
      sort = Sort.time;
      break;
    case 0x55: // U
      sort = Sort.none;
      break;
    case 0x76: // v
      sort = Sort.version;
      break;
    case 0x66: // f
      sort = Sort.none;
      all = true;
      break;
    case 0x75: // u
      accessTime = true;
      statusTime = false;
      break;
    case 0x63: // c
      statusTime = true;
      accessTime = false;
      break;
    case 0x48: // H
      followOperands = true;
      break;
    case 0x4c: // L
      followAll = true;
      break;
    case 0x71: // q
      hideControls = true;
      break;
    case 0x62: // b
      escapes = true;
      break;
    case 0x4e: // N
      hideControls = escapes = false;
      break;
    case 0x77: // w
      if (!parseDigits(optionArgument(), 10)) {
        message().text("invalid line width: '").bytes(optionArgument()).text("'").newline();
        return false;
      }
      width = parsed() ? <i32>min<i64>(parsed(), 100000) : 100000;
      break;
    case 0x01: {
      const when = optionArgument();
      if (!when || bytesAre(when, 'always') || bytesAre(when, 'yes')) colors = true;
      else colors = !bytesAre(when, 'never') && !bytesAre(when, 'no') && terminal;
      break;
    }
    case 0x02:
      directoriesFirst = true;
      break;
    case 0x03:
      return setSort(optionArgument());
    case 0x04:
      accessTime = bytesStartWith(optionArgument(), 'a') || bytesAre(optionArgument(), 'use');
      statusTime = bytesStartWith(optionArgument(), 'c') || bytesAre(optionArgument(), 'status');
      break;
    case 0x05:
      format = Format.long;
      timeStyle = literal('%Y-%m-%d %H:%M:%S.%N %z');
      break;
    case 0x06:
      return setTimeStyle(optionArgument());
    case 0x07: {
      const name = optionArgument();
      if (bytesAre(name, 'long') || bytesAre(name, 'verbose')) format = Format.long;
      else if (bytesAre(name, 'single-column')) format = Format.lines;
      else if (bytesAre(name, 'commas')) format = Format.commas;
      else format = bytesAre(name, 'across') || bytesAre(name, 'horizontal') ? Format.rows : Format.columns;
      break;
    }
    default:
  }
  return true;
}

function setSort(name: usize): bool {
  if (bytesAre(name, 'none')) sort = Sort.none;
  else if (bytesAre(name, 'size')) sort = Sort.size;
  else if (bytesAre(name, 'time')) sort = Sort.time;
  else if (bytesAre(name, 'version')) sort = Sort.version;
  else if (bytesAre(name, 'name')) sort = Sort.name;
  else {
    message().text("invalid argument '").bytes(name).text("' for '--sort'").newline();
    return false;
  }
  return true;
}

function setTimeStyle(style: usize): bool {
  if (load<u8>(style) == 0x2b) timeStyle = style + 1;
  else if (bytesAre(style, 'full-iso')) timeStyle = literal('%Y-%m-%d %H:%M:%S.%N %z');
  else if (bytesAre(style, 'long-iso')) timeStyle = literal('%Y-%m-%d %H:%M');
  else if (bytesAre(style, 'iso')) timeStyle = literal('%m-%d %H:%M');
  else if (!bytesAre(style, 'locale')) {
    message().text("invalid argument '").bytes(style).text("' for '--time-style'").newline();
    return false;
  }
  return true;
}

function addOperand(files: List, directories: List, path: usize): void {
  // An operand that is a link to a directory is listed as one, unless what is shown is about the link.
  const follow = followOperands || (format != Format.long && !itself && !marks);
  const entry = describe(At.workingDirectory, path, 0, follow, true);
  if (!entry) return;
  const isDirectory = (entry.stat.mode & FileType.mask) == FileType.directory;
  (isDirectory && !itself ? directories : files).append(changetype<usize>(entry));
}

/** What is known of a file; null after a message. `parent` is the path of the directory, for messages. */
function describe(directory: i32, name: usize, parent: usize, follow: bool, must: bool): Entry | null {
  const length = byteLength(name);
  const at = mustAllocate(calloc(1, offsetof<Entry>() + 144 + length + 1));
  const entry = changetype<Entry>(at);
  entry.stat = changetype<Stat>(at + offsetof<Entry>());
  entry.name = at + offsetof<Entry>() + 144;
  memory.copy(entry.name, name, length);
  if (!must && !needStat) return entry;
  follow = follow || followAll;
  let error = statAt(directory, name, entry.stat, follow ? 0 : At.symlinkNoFollow);
  if (error == -Errno.NOENT && follow) error = statAt(directory, name, entry.stat, At.symlinkNoFollow);
  if (error < 0) {
    complain(parent, name, error);
    if (must) {
      free(at);
      return null;
    }
    return entry;
  }
  entry.known = true;
  if ((entry.stat.mode & FileType.mask) == FileType.link && (format == Format.long || colors)) {
    readTarget(entry, directory, name);
  }
  return entry;
}

/** The text of a symbolic link, and what it leads to. */
function readTarget(entry: Entry, directory: i32, name: usize): void {
  const text = memory.data(4096);
  const size = readlinkAt(directory, name, text, 4096);
  if (size > 0 && format == Format.long) entry.target = mustAllocate(duplicateRange(text, <usize>size));
  const found = changetype<Stat>(memory.data(144, 8));
  if (statAt(directory, name, found, 0) == 0) entry.targetMode = found.mode;
}

function complain(parent: usize, name: usize, error: i32): void {
  const out = message().text("cannot access '");
  if (parent) out.bytes(parent).byte(0x2f);
  out.bytes(name).text("': ").text(errorMessage(error)).newline();
  status = parent ? max<i32>(status, 1) : 2;
}

function isDirectoryEntry(entry: Entry): bool {
  const mode = (entry.stat.mode & FileType.mask) == FileType.link ? entry.targetMode : entry.stat.mode;
  return (mode & FileType.mask) == FileType.directory;
}

function timeOf(entry: Entry): i64 {
  const found = entry.stat;
  return accessTime ? found.accessSeconds : statusTime ? found.changeSeconds : found.modifySeconds;
}

function nanosecondsOf(entry: Entry): i64 {
  const found = entry.stat;
  if (accessTime) return found.accessNanoseconds;
  return statusTime ? found.changeNanoseconds : found.modifyNanoseconds;
}

function compare(a: usize, b: usize): i32 {
  const first = changetype<Entry>(a);
  const second = changetype<Entry>(b);
  if (directoriesFirst) {
    const order = <i32>isDirectoryEntry(second) - <i32>isDirectoryEntry(first);
    if (order) return order;
  }
  let difference: i64 = 0;
  if (sort == Sort.size) difference = second.stat.size - first.stat.size;
  else if (sort == Sort.time) {
    difference = timeOf(second) - timeOf(first);
    if (!difference) difference = nanosecondsOf(second) - nanosecondsOf(first);
  } else if (sort == Sort.version) difference = compareVersions(first.name, second.name);
  if (!difference) difference = compareBytes(first.name, second.name);
  const order = difference < 0 ? -1 : difference > 0 ? 1 : 0;
  return reverse ? -order : order;
}

/** Runs of digits by their value. */
function compareVersions(a: usize, b: usize): i32 {
  while (load<u8>(a) && load<u8>(b)) {
    if (isDigit(a) && isDigit(b)) {
      while (load<u8>(a) == 0x30 && isDigit(a + 1)) a++;
      while (load<u8>(b) == 0x30 && isDigit(b + 1)) b++;
      let length: usize = 0;
      let other: usize = 0;
      while (isDigit(a + length)) length++;
      while (isDigit(b + other)) other++;
      if (length != other) return length < other ? -1 : 1;
      const order = memory.compare(a, b, length);
      if (order) return order;
      a += length;
      b += length;
    } else {
      if (load<u8>(a) != load<u8>(b)) break;
      a++;
      b++;
    }
  }
  return <i32>load<u8>(a) - <i32>load<u8>(b);
}

function isDigit(at: usize): bool {
  return load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39;
}

function sortEntries(list: List): void {
  if (sort != Sort.none) list.sort(compare);
}

function listDirectory(path: usize, title: bool): void {
  const directory = openDirectory(path);
  if (!directory) {
    message()
      .text("cannot open directory '")
      .bytes(path)
      .text("': ")
      .text(errorMessage(directoryError()))
      .newline();
    status = 2;
    return;
  }
  if (shownAny) stdout.newline();
  shownAny = true;
  if (title) {
    showText(path);
    stdout.text(':').newline();
  }
  const list = readEntries(directory, path);
  if (directory.error < 0) {
    message()
      .text("reading directory '")
      .bytes(path)
      .text("': ")
      .text(errorMessage(directory.error))
      .newline();
    status = 2;
  }
  closeDirectory(directory);
  if (format == Format.long || blocks) showTotal(list);
  show(list);
  if (recursive) descend(path, list);
  for (let i = 0; i < list.length; i++) {
    free(changetype<Entry>(list.get(i)).target);
    free(list.get(i));
  }
  freeList(list);
  free(changetype<usize>(list));
}

function readEntries(directory: Directory, path: usize): List {
  const list = make<List>();
  while (nextEntry(directory)) {
    const first = load<u8>(directory.name);
    if (first == 0x2e && !all && (!almostAll || isSelf(directory.name))) continue;
    const entry = describe(directory.fd, directory.name, path, false, false);
    if (!entry) continue;
    if (!entry.known) {
      entry.stat.inode = directory.inode;
      entry.stat.mode = (<u32>directory.type) << 12;
      const unknown = !directory.type && (recursive || slashes || directoriesFirst);
      if (unknown) statAt(directory.fd, directory.name, entry.stat, At.symlinkNoFollow);
    }
    list.append(changetype<usize>(entry));
  }
  return list;
}

function isSelf(name: usize): bool {
  return bytesAre(name, '.') || bytesAre(name, '..');
}

function showTotal(list: List): void {
  let total: u64 = 0;
  for (let i = 0; i < list.length; i++) total += <u64>changetype<Entry>(list.get(i)).stat.blocks;
  stdout.text('total ');
  if (human) humanSize(total * 512, human, scratch);
  else snprintf(scratch, 64, '%u', (total + 1) / 2);
  stdout.bytes(scratch).newline();
}

function descend(path: usize, list: List): void {
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    if ((entry.stat.mode & FileType.mask) != FileType.directory || isSelf(entry.name)) continue;
    const below = mustAllocate(joinPath(path, entry.name));
    listDirectory(below, true);
    free(below);
  }
}

/** Sorts and prints. */
function show(list: List): void {
  sortEntries(list);
  if (format == Format.long) showLong(list);
  else if (format == Format.columns || format == Format.rows) showColumns(list);
  else if (format == Format.commas) showCommas(list);
  else {
    const widths = memory.data(64, 8);
    memory.fill(widths, 0, 64);
    measureFront(list, widths);
    for (let i = 0; i < list.length; i++) {
      showFront(changetype<Entry>(list.get(i)), widths);
      showName(changetype<Entry>(list.get(i)));
      stdout.newline();
    }
  }
}

/** Bytes of a name, as they may be shown on a terminal. */
function showText(at: usize): void {
  if (!hideControls && !escapes) {
    stdout.bytes(at);
    return;
  }
  for (const end = at + byteLength(at); at < end;) {
    const code = characterAt(at, end);
    const size = characterSize();
    if (isControl(code) || code >= INVALID || (escapes && (code == 0x5c || code == 0x20))) {
      if (!escapes) stdout.byte(0x3f);
      else if (code == 0x0a) stdout.text('\\n');
      else if (code == 9) stdout.text('\\t');
      else if (code == 0x5c || code == 0x20) stdout.byte(0x5c).byte(<u8>code);
      else for (let i: usize = 0; i < size; i++) printf('\\%03o', load<u8>(at + i));
    } else stdout.range(at, size);
    at += size;
  }
}

function markOf(mode: u32): u8 {
  const type = mode & FileType.mask;
  if (type == FileType.directory && (marks || slashes)) return 0x2f;
  if (!marks) return 0;
  switch (type) {
    case FileType.link:
      return 0x40;
    case FileType.fifo:
      return 0x7c;
    case FileType.socket:
      return 0x3d;
    case FileType.regular:
      return mode & 0o111 ? 0x2a : 0;
    default:
      return 0;
  }
}

/** SGR parameters for a kind of file; empty for none. The colours are those of LS_COLORS' defaults. */
function colorOf(entry: Entry): string {
  const mode = entry.stat.mode;
  switch (mode & FileType.mask) {
    case FileType.directory:
      if ((mode & 0o1002) == 0o1002) return '30;42';
      if (mode & 2) return '34;42';
      return mode & 0o1000 ? '37;44' : '01;34';
    case FileType.link:
      return entry.targetMode ? '01;36' : '40;31;01';
    case FileType.fifo:
      return '40;33';
    case FileType.socket:
      return '01;35';
    case FileType.block:
    case FileType.character:
      return '40;33;01';
    default:
      if (mode & 0o4000) return '37;41';
      if (mode & 0o2000) return '30;43';
      return mode & 0o111 ? '01;32' : '';
  }
}

function showName(entry: Entry): void {
  const color = colors && entry.known ? colorOf(entry) : '';
  if (color.length) stdout.text('\x1b[').text(color).byte(0x6d);
  showText(entry.name);
  if (color.length) stdout.text('\x1b[0m');
  const long = format == Format.long && entry.target;
  if (long) {
    stdout.text(' -> ');
    showText(entry.target);
  }
  const mark = markOf(long ? entry.targetMode : entry.stat.mode);
  if (mark) stdout.byte(mark);
}

function textColumns(at: usize): i32 {
  const size = byteLength(at);
  if (!escapes && !hideControls) return textWidth(at, size);
  let columns = 0;
  for (const end = at + size; at < end;) {
    const code = characterAt(at, end);
    const length = characterSize();
    if (isControl(code) || code >= INVALID)
      columns += !escapes ? 1 : code == 0x0a || code == 9 ? 2 : 4 * <i32>length;
    else columns += textWidth(at, length) + (escapes && (code == 0x5c || code == 0x20) ? 1 : 0);
    at += length;
  }
  return columns;
}

/** Widths of the inode number and the blocks, at 0 and 8. */
function measureFront(list: List, widths: usize): void {
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    if (inodes) widen(widths, snprintf(0, 0, '%u', found.inode));
    if (blocks) {
      blocksText(found);
      widen(widths + 8, byteLength(scratch));
    }
  }
}

function blocksText(found: Stat): void {
  if (human) humanSize(<u64>found.blocks * 512, human, scratch);
  else snprintf(scratch, 64, '%u', (found.blocks + 1) / 2);
}

function showFront(entry: Entry, widths: usize): void {
  if (inodes) printf('%*u ', load<usize>(widths), entry.stat.inode);
  if (blocks) {
    blocksText(entry.stat);
    printf('%*s ', load<usize>(widths + 8), scratch);
  }
}

function frontWidth(widths: usize): i32 {
  return <i32>((inodes ? load<usize>(widths) + 1 : 0) + (blocks ? load<usize>(widths + 8) + 1 : 0));
}

/** As many columns as there is room for, each as wide as it must be. */
function showColumns(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  measureFront(list, widths);
  const front = frontWidth(widths);
  const count = list.length;
  if (!count) return;
  for (let i = 0; i < count; i++) {
    const entry = changetype<Entry>(list.get(i));
    entry.width = front + textColumns(entry.name) + (markOf(entry.stat.mode) ? 1 : 0);
  }
  const columnWidths = mustAllocate(calloc(<usize>count, 4));
  let across = min<i32>(count, max<i32>(width / 3, 1));
  while (across > 1 && layout(list, across, columnWidths) >= width) across--;
  layout(list, across, columnWidths);
  const down = (count + across - 1) / across;
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const index = format == Format.columns ? column * down + row : row * across + column;
      const after = format == Format.columns ? index + down : column + 1 < across ? index + 1 : count;
      if (index >= count) continue;
      const entry = changetype<Entry>(list.get(index));
      showFront(entry, widths);
      showName(entry);
      if (after < count)
        stdout.fill(0x20, load<i32>(columnWidths + ((<usize>column) << 2)) - entry.width + 2);
    }
    stdout.newline();
  }
  free(columnWidths);
}

/** Fills in the widths for `across` columns and returns the width of the whole line. */
function layout(list: List, across: i32, columnWidths: usize): i32 {
  const down = (list.length + across - 1) / across;
  memory.fill(columnWidths, 0, (<usize>across) << 2);
  for (let i = 0; i < list.length; i++) {
    const at = columnWidths + ((<usize>(format == Format.columns ? i / down : i % across)) << 2);
    store<i32>(at, max<i32>(load<i32>(at), changetype<Entry>(list.get(i)).width));
  }
  let total = 2 * (across - 1);
  for (let i = 0; i < across; i++) {
    const columnWidth = load<i32>(columnWidths + ((<usize>i) << 2));
    total += columnWidth;
  }
  return total;
}

function showCommas(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  let column = 0;
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    const last = i + 1 == list.length;
    const size =
      textColumns(entry.name) +
      (markOf(entry.stat.mode) ? 1 : 0) +
      (inodes ? <i32>snprintf(0, 0, '%u ', entry.stat.inode) : 0);
    if (i && column + 2 + size + (last ? 0 : 1) > width) {
      stdout.byte(0x2c).newline();
      column = 0;
    } else if (i) {
      stdout.text(', ');
      column += 2;
    }
    showFront(entry, widths);
    showName(entry);
    column += size;
  }
  if (list.length) stdout.newline();
}

function widen(at: usize, size: usize): void {
  store<usize>(at, max<usize>(load<usize>(at), size));
}

function isDevice(found: Stat): bool {
  const type = found.mode & FileType.mask;
  return type == FileType.character || type == FileType.block;
}

function ownerText(found: Stat): usize {
  const name = numeric ? 0 : userName(found.uid);
  if (name) return name;
  snprintf(scratch, 64, '%u', found.uid);
  return scratch;
}

function groupText(found: Stat): usize {
  const name = numeric ? 0 : groupName(found.gid);
  if (name) return name;
  snprintf(scratch, 64, '%u', found.gid);
  return scratch;
}

function sizeText(found: Stat, majorWidth: usize, minorWidth: usize): usize {
  if (isDevice(found)) {
    snprintf(
      scratch,
      64,
      '%*u, %*u',
      majorWidth,
      deviceMajor(found.rdev),
      minorWidth,
      deviceMinor(found.rdev),
    );
  } else if (human) humanSize(<u64>found.size, human, scratch);
  else snprintf(scratch, 64, '%u', found.size);
  return scratch;
}

/** Widths at: 0 inode, 8 blocks, 16 links, 24 owner, 32 group, 40 size, 48 major, 56 minor. */
function showLong(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  measureFront(list, widths);
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    if (!isDevice(found)) continue;
    widen(widths + 48, snprintf(0, 0, '%u', deviceMajor(found.rdev)));
    widen(widths + 56, snprintf(0, 0, '%u', deviceMinor(found.rdev)));
  }
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    widen(widths + 16, snprintf(0, 0, '%u', found.links));
    widen(widths + 24, byteLength(ownerText(found)));
    widen(widths + 32, byteLength(groupText(found)));
    widen(widths + 40, byteLength(sizeText(found, load<usize>(widths + 48), load<usize>(widths + 56))));
  }
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    const found = entry.stat;
    showFront(entry, widths);
    const mode = memory.data(16);
    modeText(found.mode, mode);
    printf('%s %*u ', mode, load<usize>(widths + 16), found.links);
    if (showOwner) ownerColumn(ownerText(found), load<usize>(widths + 24));
    if (showGroup) ownerColumn(groupText(found), load<usize>(widths + 32));
    printf(
      '%*s ',
      load<usize>(widths + 40),
      sizeText(found, load<usize>(widths + 48), load<usize>(widths + 56)),
    );
    showTime(timeOf(entry), nanosecondsOf(entry));
    stdout.byte(0x20);
    showName(entry);
    stdout.newline();
  }
}

/** Names to the left, numbers to the right. */
function ownerColumn(text: usize, columns: usize): void {
  if (numeric || isDigit(text)) printf('%*s ', columns, text);
  else printf('%-*s ', columns, text);
}

/** Month, day, and the hour; the year instead of the hour when it is half a year away. */
function showTime(seconds: i64, nanoseconds: i64): void {
  localTime(seconds, calendar);
  if (timeStyle) {
    formatTime(stdout, timeStyle, calendar, seconds, nanoseconds);
    return;
  }
  // Half of a year of 365.2425 days.
  const recent = seconds <= now && seconds > now - 15778476;
  const pattern = recent ? literal('%b %e %H:%M') : literal('%b %e  %Y');
  formatTime(stdout, pattern, calendar, seconds, nanoseconds);
}
