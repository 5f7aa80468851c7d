// diff: compare files line by line. Source: POSIX diff; -q, -s, -N, -i, -w, -B, -a, --label, -x as elsewhere.

import { argument } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { bytesAre, bytesEqual, compareBytes, duplicateBytes } from '../lib/bytes';
import { closeDirectory, nextEntry, openDirectory, directoryError } from '../lib/directory';
import {
  findChanges,
  freeText,
  Ignore,
  isBinary,
  listChanges,
  readText,
  splitLines,
  Text,
  textError,
} from '../lib/diff-lines';
import {
  Form,
  showContext,
  showEd,
  showForward,
  showHeading,
  showNormal,
  showUnified,
} from '../lib/diff-output';
import { Errno } from '../lib/errno';
import { close, open, Open } from '../lib/file';
import { fileKind } from '../lib/file-kind';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
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
import { baseName, joinPath } from '../lib/path';
import { message, reportError, reportUsage } from '../lib/report';
import { FileType, fstat, Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';

const HELP = `usage: diff [-c|-u|-e|-f|-C N|-U N] [-abBdiNqrstwZ] FILE1 FILE2
Show what must be changed to make FILE2 of FILE1, - being the standard input; 0 when nothing, 1 when something.
  -u, -U N  unified, with 3 or N lines around    -c, -C N  in context    -e  as a script for ed    -f  the same forwards
  -q  only whether files differ    -s  say when they do not    -r  directories below, too    -N  absent files as empty
  -i  no matter the case    -b  the amount of blanks    -w  blanks at all    -Z  blanks at the end    -B  empty lines
  -a  every file as text    --label=TEXT  instead of the file's name    -x NAME  leave out files of that name
`;
const LONG =
  'unified=U? context=C? ed=e brief=q report-identical-files=s recursive=r new-file=N ignore-case=i ignore-space-change=b ignore-all-space=w ignore-trailing-space=Z ignore-blank-lines=B text=a label=L: exclude=x: minimal=d strip-trailing-cr=\x01 normal=\x02 expand-tabs=t';

let form: Form = Form.normal;
let context: i32 = 3;
let ignore: u32 = 0;
let brief = false;
let identical = false;
let recursive = false;
let newFiles = false;
let asText = false;
let firstLabel: usize = 0;
let secondLabel: usize = 0;
const excluded = make<List>();
/** The options, as the line before each file's differences with -r has them. */
const words = make<Buffer>();
let status: i32 = 0;
const first = make<Stat>();
const second = make<Stat>();

export function main(): i32 {
  words.clear();
  permuteOperands();
  const letters = 'abBcC:defhiL:nNpqrstTuU:wx:Z0123456789';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 2;
    if (!setOption(option)) return 2;
  }
  if (operandCount() != 2) {
    reportUsage(operandCount() > 2 ? 'extra operand' : 'missing operand');
    return 2;
  }
  const a = argument(operandIndex());
  const b = argument(operandIndex() + 1);
  return compareOperands(a, b);
}

function setOption(option: i32): bool {
  if (option >= 0x20 && option != 0x4c) {
    words.bytes(literal(' -'));
    words.byte(<u8>option);
    if (option == 0x55 || option == 0x43) words.bytes(optionArgument() ? optionArgument() : literal('3'));
  }
  switch (option) {
    case 0x61:
      asText = true;
      break;
    case 0x62:
      ignore |= Ignore.blankAmount;
      break;
    case 0x42:
      ignore |= Ignore.blankLines;
      break;
    case 0x69:
      ignore |= Ignore.letterCase;
      break;
    case 0x77:
      ignore |= Ignore.allBlanks;
      break;
    case 0x5a:
      ignore |= Ignore.trailing;
      break;
    case 0x01:
      ignore |= Ignore.carriageReturn;
      break;
    case 0x02:
      form = Form.normal;
      break;
    case 0x63:
      form = Form.context;
      break;
    case 0x75:
      form = Form.unified;
      break;
    case 0x43:
    case 0x55:
      form = option == 0x43 ? Form.context : Form.unified;
      if (!optionArgument()) break;
      if (!parseDigits(optionArgument(), 10)) {
        message().text("invalid context length '").bytes(optionArgument()).text("'").newline();
        return false;
      }
      context = <i32>min<i64>(parsed(), 1 << 28);
      break;
    case 0x65:
      form = Form.ed;
      break;
    case 0x66:
      form = Form.forward;
      break;
    case 0x4c:
      if (!firstLabel) firstLabel = optionArgument();
      else secondLabel = optionArgument();
      break;
    case 0x4e:
      newFiles = true;
      break;
    case 0x71:
      brief = true;
      break;
    case 0x72:
      recursive = true;
      break;
    case 0x73:
      identical = true;
      break;
    case 0x78:
      excluded.append(optionArgument());
      break;
    default:
  }
  return true;
}

function look(path: usize, to: Stat): i32 {
  return bytesAre(path, '-') ? fstat(0, to) : stat(path, to);
}

function isDirectory(found: Stat): bool {
  return (found.mode & FileType.mask) == FileType.directory;
}

function compareOperands(a: usize, b: usize): i32 {
  let errorA = look(a, first);
  let errorB = look(b, second);
  // A directory and a file: the file of that name in the directory.
  if (!errorA && !errorB && isDirectory(first) != isDirectory(second)) {
    if (isDirectory(first)) {
      a = mustAllocate(joinPath(a, baseName(b)));
      errorA = look(a, first);
    } else {
      b = mustAllocate(joinPath(b, baseName(a)));
      errorB = look(b, second);
    }
  }
  const absentA = newFiles && errorA == -Errno.NOENT && !errorB;
  const absentB = newFiles && errorB == -Errno.NOENT && !errorA;
  if (errorA < 0 && !absentA) reportError(a, errorA);
  if (errorB < 0 && !absentB) reportError(b, errorB);
  if ((errorA < 0 && !absentA) || (errorB < 0 && !absentB)) return 2;
  if (!absentA && !absentB && isDirectory(first) && isDirectory(second)) compareDirectories(a, b);
  else compareFiles(a, b, absentA, absentB, false);
  return status;
}

function trouble(path: usize, error: i32): void {
  reportError(path, error);
  status = 2;
}

function differ(): void {
  status = max<i32>(status, 1);
}

function compareFiles(a: usize, b: usize, absentA: bool, absentB: bool, titled: bool): void {
  if (!absentA && !absentB && first.inode == second.inode && first.device == second.device) {
    same(a, b);
    return;
  }
  const left = absentA ? make<Text>() : readFile(a, first);
  if (!left) return;
  const right = absentB ? make<Text>() : readFile(b, second);
  if (!right) return;
  const equal = left.size == right.size && !memory.compare(left.at, right.at, left.size);
  const binary = !asText && (isBinary(left) || isBinary(right));
  if (equal) same(a, b);
  else if (binary || (brief && !ignore)) {
    stdout
      .text(binary && !brief ? 'Binary files ' : 'Files ')
      .bytes(a)
      .text(' and ')
      .bytes(b)
      .text(' differ\n');
    differ();
  } else showDifferences(a, b, left, right, titled);
  freeText(left);
  freeText(right);
}

function same(a: usize, b: usize): void {
  if (identical) stdout.text('Files ').bytes(a).text(' and ').bytes(b).text(' are identical\n');
}

function readFile(path: usize, found: Stat): Text | null {
  const fd = bytesAre(path, '-') ? 0 : open(path, Open.readOnly);
  if (fd < 0) {
    trouble(path, fd);
    return null;
  }
  const text = readText(fd, found.size);
  if (!text) trouble(path, textError());
  if (fd) close(fd);
  return text;
}

function showDifferences(a: usize, b: usize, left: Text, right: Text, titled: bool): void {
  splitLines(left);
  splitLines(right);
  findChanges(left, right, ignore & ~Ignore.blankLines);
  const changes = listChanges(left, right, ignore);
  if (!changes.length) {
    same(a, b);
    return;
  }
  differ();
  if (brief) {
    stdout.text('Files ').bytes(a).text(' and ').bytes(b).text(' differ\n');
    return;
  }
  if (titled) stdout.text('diff').bytes(words.at).byte(0x20).bytes(a).byte(0x20).bytes(b).newline();
  if (form == Form.unified || form == Form.context) {
    showHeading(form == Form.unified ? '---' : '***', a, firstLabel, first, true);
    showHeading(form == Form.unified ? '+++' : '---', b, secondLabel, second, true);
  }
  if (form == Form.unified) showUnified(left, right, changes, context);
  else if (form == Form.context) showContext(left, right, changes, context);
  else if (form == Form.ed) showEd(right, changes);
  else if (form == Form.forward) showForward(right, changes);
  else showNormal(left, right, changes);
  // ed cannot be told of a last line without its newline.
  if (form == Form.ed || form == Form.forward) {
    unfinished(a, left);
    unfinished(b, right);
  }
}

function unfinished(path: usize, text: Text): void {
  if (!text.unfinished) return;
  message().bytes(path).text(': No newline at end of file').newline();
  status = 2;
}

/** The names in a directory, sorted; null after a message. */
function namesOf(path: usize): List | null {
  const directory = openDirectory(path);
  if (!directory) {
    trouble(path, directoryError());
    return null;
  }
  const list = make<List>();
  while (nextEntry(directory)) {
    if (bytesAre(directory.name, '.') || bytesAre(directory.name, '..') || isExcluded(directory.name))
      continue;
    list.append(mustAllocate(duplicateBytes(directory.name)));
  }
  closeDirectory(directory);
  list.sort(compareBytes);
  return list;
}

function isExcluded(name: usize): bool {
  for (let i = 0; i < excluded.length; i++) if (bytesEqual(name, excluded.get(i))) return true;
  return false;
}

function compareDirectories(a: usize, b: usize): void {
  const left = namesOf(a);
  const right = namesOf(b);
  if (!left || !right) return;
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const order = i == left.length ? 1 : j == right.length ? -1 : compareBytes(left.get(i), right.get(j));
    const name = order <= 0 ? left.get(i) : right.get(j);
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (order && !newFiles) {
      stdout
        .text('Only in ')
        .bytes(order < 0 ? a : b)
        .text(': ')
        .bytes(name)
        .newline();
      differ();
      continue;
    }
    compareEntry(mustAllocate(joinPath(a, name)), mustAllocate(joinPath(b, name)), order > 0, order < 0);
  }
}

function compareEntry(a: usize, b: usize, absentA: bool, absentB: bool): void {
  const errorA = absentA ? 0 : stat(a, first);
  const errorB = absentB ? 0 : stat(b, second);
  if (errorA < 0) trouble(a, errorA);
  if (errorB < 0) trouble(b, errorB);
  if (errorA < 0 || errorB < 0) return;
  const typeA = absentA ? second.mode & FileType.mask : first.mode & FileType.mask;
  const typeB = absentB ? typeA : second.mode & FileType.mask;
  if (typeA == FileType.directory && typeB == FileType.directory) {
    if (absentA || absentB) return;
    if (recursive) compareDirectories(a, b);
    else stdout.text('Common subdirectories: ').bytes(a).text(' and ').bytes(b).newline();
    return;
  }
  if (typeA != typeB || typeA != FileType.regular) {
    if (typeA == typeB && first.rdev == second.rdev && typeA == FileType.character) return;
    stdout.text('File ').bytes(a).text(' is a ').text(fileKind(first));
    stdout.text(' while file ').bytes(b).text(' is a ').text(fileKind(second)).newline();
    differ();
    return;
  }
  compareFiles(a, b, absentA, absentB, true);
}
