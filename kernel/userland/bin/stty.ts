// stty: show and change the settings of the terminal on standard input. Source: POSIX stty; GNU's names for the rest.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesAre, findByte } from '../lib/bytes';
import { dup2, ioctl, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { parseDigits, parsed } from '../lib/number';
import { printf, snprintf } from '../lib/printf';
import { message, reportError, reportWord, suggestHelp } from '../lib/report';
import { stdout } from '../lib/stream';
import {
  controlCharacter,
  makeSane,
  setControlCharacter,
  setTerminalSize,
  sizeOfColumns,
  sizeOfRows,
  terminalSize,
  Termios,
} from '../lib/terminal';

const HELP = `usage: stty [-F DEVICE] [-a | -g | SETTING...]
Show or change the settings of the terminal on standard input.
  -a         all settings, for people
  -g         all settings, for stty to read again
  -F DEVICE  of this terminal
SETTING: a name, -NAME to turn it off; NAME CHARACTER for a control character (^X, ^-, undef);
  rows N, cols N, size, speed, ispeed N, ospeed N, N, min N, time N; sane, raw, cooked, evenp, oddp, nl, ek, crt
`;

const TCGETS2: u64 = 0x802c542a;
const TCSETSW2: u64 = 0x402c542c;
const CBAUD: u32 = 0o10017;
const BOTHER: u32 = 0o10000;
const DISABLED: u8 = 0;

/** Groups as -a prints them: control, input, output, local. `NAME FIELD BITS MASK`; with a mask, one value of several. */
const MODES = `parenb 8 400 0
parodd 8 1000 0
cmspar 8 10000000000 0
cs5 8 0 60
cs6 8 20 60
cs7 8 40 60
cs8 8 60 60
hupcl 8 2000 0
cstopb 8 100 0
cread 8 200 0
clocal 8 4000 0
crtscts 8 20000000000 0
ignbrk 0 1 0
brkint 0 2 0
ignpar 0 4 0
parmrk 0 10 0
inpck 0 20 0
istrip 0 40 0
inlcr 0 100 0
igncr 0 200 0
icrnl 0 400 0
ixon 0 2000 0
ixoff 0 10000 0
iuclc 0 1000 0
ixany 0 4000 0
imaxbel 0 20000 0
iutf8 0 40000 0
opost 4 1 0
olcuc 4 2 0
ocrnl 4 10 0
onlcr 4 4 0
onocr 4 20 0
onlret 4 40 0
ofill 4 100 0
ofdel 4 200 0
tab0 4 0 14000
tab1 4 4000 14000
tab2 4 10000 14000
tab3 4 14000 14000
isig 12 1 0
icanon 12 2 0
iexten 12 100000 0
echo 12 10 0
echoe 12 20 0
echok 12 40 0
echonl 12 100 0
noflsh 12 200 0
xcase 12 4 0
tostop 12 400 0
echoprt 12 2000 0
echoctl 12 1000 0
echoke 12 4000 0
`;

/** Other words for some of them. */
const ALIASES = `hup hupcl
tandem ixoff
tabs tab0
crterase echoe
prterase echoprt
ctlecho echoctl
crtkill echoke
`;

/** `NAME INDEX DEFAULT`, the default in decimal. */
const CHARACTERS = `intr 0 3
quit 1 28
erase 2 127
kill 3 21
eof 4 4
eol 11 0
eol2 16 0
start 8 17
stop 9 19
susp 10 26
rprnt 12 18
werase 14 23
lnext 15 22
`;

const mode = changetype<Termios>(memory.data(64, 8));
const before = changetype<Termios>(memory.data(64, 8));
let device: usize = 0;

/** A line of one of the tables, its words terminated: the next one after `nextRow`. */
const row = memory.data(64);
let nextRow: usize = 0;
const words = memory.data(4 * 8, 8);

function word(index: usize): usize {
  return load<usize>(words + index * 8);
}

function number(index: usize, radix: i64): u32 {
  return parseDigits(word(index), radix) ? <u32>parsed() : 0;
}

function readRow(): bool {
  if (load<u8>(nextRow) == 0) return false;
  let to = row;
  let count: usize = 0;
  store<usize>(words, to);
  for (; load<u8>(nextRow) != 0x0a; nextRow++) {
    const byte = load<u8>(nextRow);
    store<u8>(to++, byte == 0x20 ? 0 : byte);
    if (byte == 0x20) store<usize>(words + ++count * 8, to);
  }
  store<u8>(to, 0);
  nextRow++;
  return true;
}

/** Finds the row of a table whose first word is `name`. */
function findRow(table: string, name: usize): bool {
  nextRow = literal(table);
  while (readRow()) {
    if (byteLength(row) == byteLength(name) && memory.compare(row, name, byteLength(name)) == 0) return true;
  }
  return false;
}

function field(t: Termios, at: i32): u32 {
  return load<u32>(changetype<usize>(t) + <usize>at);
}

function setField(at: i32, value: u32): void {
  store<u32>(changetype<usize>(mode) + <usize>at, value);
}

/** A word with a hyphen that no setting has: their names begin with a small letter. */
function isNoSetting(word: usize): bool {
  const letter = load<u8>(word, 1);
  return load<u8>(word) == 0x2d && (letter < 0x61 || letter > 0x7a);
}

export function main(): i32 {
  let first = 1;
  let all = false;
  let machine = false;
  for (; first < argumentCount(); first++) {
    const option = argument(first);
    if (bytesAre(option, '--help')) {
      stdout.text(HELP);
      return 0;
    }
    if (bytesAre(option, '-a') || bytesAre(option, '--all')) all = true;
    else if (bytesAre(option, '-g') || bytesAre(option, '--save')) machine = true;
    else if (bytesAre(option, '-F') && first + 1 < argumentCount()) device = argument(++first);
    else break;
  }
  if (first < argumentCount() && isNoSetting(argument(first))) {
    message()
      .text("invalid option -- '")
      .bytes(argument(first) + 1)
      .text("'")
      .newline();
    suggestHelp();
    return 1;
  }
  if (device) {
    const fd = open(device, Open.readOnly | Open.noControllingTerminal | 0o4000);
    if (fd < 0) {
      reportError(device, fd);
      return 1;
    }
    dup2(fd, 0);
  }
  const error = ioctl(0, TCGETS2, changetype<usize>(mode));
  if (error < 0) {
    reportError(device ? device : literal('standard input'), error);
    return 1;
  }
  memory.copy(changetype<usize>(before), changetype<usize>(mode), 64);
  if (machine) return showForMachine();
  if (first == argumentCount()) {
    show(all);
    return 0;
  }
  return change(first);
}

/** The four flags, then the control characters, in hexadecimal with colons. */
function showForMachine(): i32 {
  printf('%x:%x:%x:%x', mode.input, mode.output, mode.control, mode.local);
  for (let i = 0; i < 19; i++) printf(':%x', controlCharacter(mode, i));
  printf('\n');
  return 0;
}

/** What -g printed: false when it is not that. */
function fromMachine(text: usize): bool {
  let at = text;
  for (let i = 0; i < 23; i++) {
    let value: u32 = 0;
    const start = at;
    for (; ; at++) {
      const byte = load<u8>(at);
      if (byte >= 0x30 && byte <= 0x39) value = value * 16 + (byte - 0x30);
      else if (byte >= 0x61 && byte <= 0x66) value = value * 16 + (byte - 0x57);
      else break;
    }
    if (at == start || load<u8>(at) != (i == 22 ? 0 : 0x3a)) return false;
    at++;
    if (i < 4) setField(i * 4, value);
    else setControlCharacter(mode, i - 4, <u8>value);
  }
  return true;
}

function show(all: bool): void {
  const known = terminalSize(0);
  printf('speed %d baud;', load<u32>(changetype<usize>(mode), 40));
  if (all) printf(' rows %d; columns %d;', known ? sizeOfRows() : 0, known ? sizeOfColumns() : 0);
  printf(' line = %d;\n', mode.line);
  showCharacters(all);
  showModes(all);
}

function showCharacters(all: bool): void {
  const text = memory.data(8);
  let column = 0;
  nextRow = literal(CHARACTERS);
  while (readRow()) {
    const value = controlCharacter(mode, <i32>number(1, 10));
    if (!all && value == <u8>number(2, 10)) continue;
    characterName(value, text);
    column += printEntry(column);
    printf('%s = %s;', word(0), text);
    column += <i32>(byteLength(word(0)) + byteLength(text)) + 4;
  }
  if (all || (mode.local & 2) == 0) {
    printEntry(column);
    printf('min = %d; time = %d;', mode.minimum, mode.time);
    column = 1;
  }
  if (column) printf('\n');
}

/** A space or a new line before the next entry; how much the column grows. */
function printEntry(column: i32): i32 {
  if (column == 0) return 0;
  if (column < 64) {
    printf(' ');
    return 1;
  }
  printf('\n');
  return -column;
}

function characterName(value: u8, to: usize): void {
  if (value == DISABLED) snprintf(to, 8, '<undef>');
  else if (value < 0x20) snprintf(to, 8, '^%c', value + 0x40);
  else if (value == 0x7f) snprintf(to, 8, '^?');
  else snprintf(to, 8, '%c', value);
}

/** What `sane` would make of it. */
const sane = changetype<Termios>(memory.data(64, 8));

function showModes(all: bool): void {
  memory.copy(changetype<usize>(sane), changetype<usize>(mode), 64);
  makeSane(sane);
  let column = 0;
  let lastField = -1;
  nextRow = literal(MODES);
  while (readRow()) {
    const at = <i32>number(1, 10);
    const bits = number(2, 8);
    const mask = number(3, 8);
    if (at != lastField && column) {
      printf('\n');
      column = 0;
    }
    lastField = at;
    const on = (field(mode, at) & (mask ? mask : bits)) == bits;
    const usual = (field(sane, at) & (mask ? mask : bits)) == bits;
    if (mask ? !on : false) continue;
    if (!all && on == usual) continue;
    column += printEntry(column);
    printf('%s%s', literal(on ? '' : '-'), word(0));
    column += <i32>byteLength(word(0)) + (on ? 0 : 1);
  }
  if (column) printf('\n');
}

/** The word after `i`, or 0 with a message. */
function operandOf(i: i32): usize {
  if (i + 1 < argumentCount()) return argument(i + 1);
  reportWord('missing argument to', argument(i));
  return 0;
}

function change(first: i32): i32 {
  for (let i = first; i < argumentCount(); i++) {
    const used = applyOne(i);
    if (used < 0) return 1;
    i += used;
  }
  const changed = memory.compare(changetype<usize>(before), changetype<usize>(mode), 44) != 0;
  if (!changed) return 0;
  const error = ioctl(0, TCSETSW2, changetype<usize>(mode));
  if (error < 0) {
    reportError(device ? device : literal('standard input'), error);
    return 1;
  }
  return 0;
}

/** Words that take a number: rows, cols, min, time, speeds. -2: none of them. */
function applyNumbered(i: i32): i32 {
  const name = argument(i);
  const isRows = bytesAre(name, 'rows');
  const isColumns = bytesAre(name, 'cols') || bytesAre(name, 'columns');
  const isMin = bytesAre(name, 'min');
  const isTime = bytesAre(name, 'time');
  const isSpeed = bytesAre(name, 'ispeed') || bytesAre(name, 'ospeed');
  if (!isRows && !isColumns && !isMin && !isTime && !isSpeed) return -2;
  const text = operandOf(i);
  if (!text) return -1;
  if (!parseDigits(text, 10)) {
    reportWord('not a number', text);
    return -1;
  }
  const value = <i32>parsed();
  if (isMin) mode.minimum = <u8>value;
  else if (isTime) mode.time = <u8>value;
  else if (isSpeed) setSpeed(<u32>value);
  else {
    terminalSize(0);
    const error = setTerminalSize(0, isRows ? value : sizeOfRows(), isRows ? sizeOfColumns() : value);
    if (error < 0) {
      reportError(literal('standard input'), error);
      return -1;
    }
  }
  return 1;
}

function setSpeed(baud: u32): void {
  mode.control = (mode.control & ~CBAUD) | BOTHER;
  store<u32>(changetype<usize>(mode), baud, 36);
  store<u32>(changetype<usize>(mode), baud, 40);
}

/** Combinations: 0 when `name` is one. */
function applyCombination(name: usize): i32 {
  if (bytesAre(name, 'sane')) makeSane(mode);
  else if (bytesAre(name, 'raw') || bytesAre(name, '-cooked')) makeAllRaw();
  else if (bytesAre(name, 'cooked') || bytesAre(name, '-raw')) {
    mode.input |= 0o2446; // BRKINT IGNPAR ISTRIP's absence ICRNL IXON
    mode.input &= ~0o40;
    mode.output |= 1;
    mode.local |= 3;
    mode.endOfFile = 4;
    setControlCharacter(mode, 11, 0);
    if (mode.minimum != 1) mode.minimum = 1;
  } else if (bytesAre(name, 'cbreak')) mode.local &= ~2;
  else if (bytesAre(name, '-cbreak')) mode.local |= 2;
  else if (bytesAre(name, 'evenp') || bytesAre(name, 'parity')) parity(0o440);
  else if (bytesAre(name, 'oddp')) parity(0o1440);
  else if (bytesAre(name, '-evenp') || bytesAre(name, '-oddp') || bytesAre(name, '-parity')) parity(0o60);
  else if (bytesAre(name, 'nl')) {
    mode.input &= ~0o400;
    mode.output &= ~4;
  } else if (bytesAre(name, '-nl')) {
    mode.input = (mode.input & ~0o300) | 0o400;
    mode.output = (mode.output & ~0o50) | 4;
  } else if (bytesAre(name, 'ek')) {
    mode.erase = 127;
    mode.kill = 21;
  } else if (bytesAre(name, 'crt')) mode.local |= 0o5020;
  else if (bytesAre(name, 'dec')) {
    mode.local |= 0o5020;
    mode.input &= ~0o4000;
    mode.interrupt = 3;
    mode.erase = 127;
    mode.kill = 21;
  } else if (bytesAre(name, 'pass8') || bytesAre(name, '-parenb8')) {
    mode.control = (mode.control & ~0o460) | 0o60;
    mode.input &= ~0o40;
  } else if (bytesAre(name, '-tabs')) mode.output |= 0o14000;
  else return -2;
  return 0;
}

function parity(bits: u32): void {
  mode.control = (mode.control & ~0o1460) | bits;
}

function makeAllRaw(): void {
  mode.input = mode.input & (0o40000 | 0o20000); // IUTF8 and IMAXBEL do nothing here
  mode.output &= ~1;
  mode.local &= ~0o7;
  mode.minimum = 1;
  mode.time = 0;
}

/** The byte that `^C`, `^?`, `^-`, undef, a number or a character means; -1: none. */
function characterOf(text: usize): i32 {
  if (bytesAre(text, '^-') || bytesAre(text, 'undef')) return DISABLED;
  if (bytesAre(text, '^?')) return 0x7f;
  const second = load<u8>(text + (load<u8>(text) ? 1 : 0));
  if (load<u8>(text) == 0x5e && second) return second & 0x1f;
  if (load<u8>(text) && !second) return load<u8>(text);
  return parseDigits(text, 10) && parsed() < 256 ? <i32>parsed() : -1;
}

/** Applies word `i`; how many words more it took, -1 after a message. */
function applyOne(i: i32): i32 {
  const name = argument(i);
  if (bytesAre(name, 'size')) {
    if (terminalSize(0)) printf('%d %d\n', sizeOfRows(), sizeOfColumns());
    else printf('0 0\n');
    return 0;
  }
  if (bytesAre(name, 'speed')) {
    printf('%d\n', load<u32>(changetype<usize>(mode), 40));
    return 0;
  }
  const numbered = applyNumbered(i);
  if (numbered != -2) return numbered;
  if (applyCombination(name) == 0) return 0;
  if (findRow(CHARACTERS, bytesAre(name, 'swtch') ? literal('eol2') : name)) {
    const index = <i32>number(1, 10);
    const text = operandOf(i);
    const value = text ? characterOf(text) : -1;
    if (value < 0) {
      if (text) reportWord('not a character', text);
      return -1;
    }
    setControlCharacter(mode, index, <u8>value);
    return 1;
  }
  const off = load<u8>(name) == 0x2d;
  let bare = off ? name + 1 : name;
  if (findRow(ALIASES, bare)) bare = duplicateWord(word(1));
  if (findRow(MODES, bare)) {
    const at = <i32>number(1, 10);
    const bits = number(2, 8);
    const mask = number(3, 8);
    if (mask && off) return unknown(name);
    if (mask) setField(at, (field(mode, at) & ~mask) | bits);
    else setField(at, off ? field(mode, at) & ~bits : field(mode, at) | bits);
    return 0;
  }
  if (parseDigits(name, 10)) {
    setSpeed(<u32>parsed());
    return 0;
  }
  if (findByte(name, 0x3a) && fromMachine(name)) return 0;
  return unknown(name);
}

const aliasRoom = memory.data(32);
function duplicateWord(from: usize): usize {
  memory.copy(aliasRoom, from, byteLength(from) + 1);
  return aliasRoom;
}

function unknown(name: usize): i32 {
  reportWord('unknown setting', name);
  return -1;
}
