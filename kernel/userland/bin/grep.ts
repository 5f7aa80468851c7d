// grep: lines that match a pattern. Source: POSIX grep; the options beyond it are as in GNU's and the BSDs'.

import { argument, argumentCount } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { byteLength, bytesAre, bytesStartWith, duplicateRange, findLastByte } from '../lib/bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { close, open, Open } from '../lib/file';
import {
  closeLines,
  findByteFast,
  lineAt,
  lineLength,
  LineReader,
  nextTextLine,
  openLines,
} from '../lib/lines';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { parsed, parseDigits } from '../lib/number';
import { BAD, END, nextOption, operandIndex, optionArgument, permuteOperands } from '../lib/options';
import { joinPath } from '../lib/path';
import { compileRegex, Regex, regexErrorMessage, RegexFlag, searchRegex } from '../lib/regex';
import { isWordByte } from '../lib/regex/characters';
import { message, reportError, suggestHelp } from '../lib/report';
import { FileType, lstat, Stat, stat } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { matchPattern } from '../sh/pattern';

const HELP = `usage: grep [-EFivclLnoqsxwrhHa] [-A N] [-B N] [-C N] [-m N] PATTERN [FILE...]
       grep [OPTION]... -e PATTERN... [-f FILE]... [FILE...]
Print lines that match a pattern (a basic regular expression); without a file, or for -, of the standard input.
  -E  extended expressions      -F  fixed strings             -i  ignore case
  -v  lines that do not match   -x  whole lines               -w  whole words
  -c  count lines               -l -L  names of files with, without a match
  -n  line numbers              -h -H  without, with names    -o  only what matches
  -q  no output                 -s  no messages about files   -m N  stop after N lines
  -r  directories too           -a  binary files too          --color[=WHEN]  always, never, auto
  -A N -B N -C N  N lines after, before, around each match
  --include=GLOB --exclude=GLOB --exclude-dir=GLOB  of -r, by the names of files and directories
End with 0 when a line was found, 1 when none was, 2 after an error.
`;

const COLOUR: i32 = 1;
const INCLUDE: i32 = 2;
const EXCLUDE: i32 = 3;
const EXCLUDE_DIRECTORY: i32 = 4;
const LONG =
  'color=\x01? colour=\x01? extended-regexp=E fixed-strings=F basic-regexp=G ignore-case=i invert-match=v count=c files-with-matches=l files-without-match=L line-number=n only-matching=o quiet=q silent=q no-messages=s line-regexp=x word-regexp=w recursive=r dereference-recursive=R no-filename=h with-filename=H text=a regexp=e: file=f: after-context=A: before-context=B: context=C: max-count=m: include=\x02: exclude=\x03: exclude-dir=\x04:';

const patterns = make<List>();
const regexes = make<List>();
/** All patterns, for -e and -f: newlines separate. */
const files = make<List>();
/** Patterns for the last components of files and directories. */
const included = make<List>();
const excluded = make<List>();
const excludedDirectories = make<List>();
let kind: u8 = 0x47;
let ignoreCase = false;
let inverted = false;
let counts = false;
let listsMatching = false;
let listsOthers = false;
let numbers = false;
let only = false;
let quiet = false;
let silent = false;
let wholeLine = false;
let wholeWord = false;
let recursive = false;
let textAlways = false;
let names: i32 = -1;
let colour = false;
let after: i64 = 0;
let before: i64 = 0;
let limit: i64 = i64.MAX_VALUE;
let failed = false;
let found = false;

function fail(): i32 {
  exit(2);
  return 2;
}

function addPatterns(at: usize, length: usize): void {
  const end = at + length;
  while (true) {
    const newline = findByteFast(at, end, 0x0a);
    assert(patterns.append(mustAllocate(duplicateRange(at, newline - at))), 'out of memory');
    if (newline >= end) return;
    at = newline + 1;
  }
}

function readPatterns(path: usize): void {
  const fd = bytesAre(path, '-') ? 0 : open(path, Open.readOnly);
  if (fd < 0) {
    reportError(path, fd);
    fail();
  }
  const reader = openLines(fd, 0x0a);
  while (nextTextLine(reader)) addPatterns(lineAt, lineLength);
  closeLines(reader);
  if (fd) close(fd);
}

function number(word: usize): i64 {
  if (parseDigits(word, 10)) return parsed();
  message().bytes(word).text(': invalid number').newline();
  fail();
  return 0;
}

function setColour(when: usize): void {
  if (!when || bytesAre(when, 'auto')) colour = isTerminal(1);
  else colour = bytesAre(when, 'always');
}

function setOption(option: i32): void {
  const value = optionArgument();
  switch (option) {
    case BAD:
      fail();
      return;
    case 0x45: // E
    case 0x46:
    case 0x47:
      kind = <u8>option;
      return;
    case 0x69: // i
    case 0x79:
      ignoreCase = true;
      return;
    case 0x76: // v
      inverted = true;
      return;
    case 0x63: // c
      counts = true;
      return;
    case 0x6c: // l
      listsMatching = true;
      return;
    case 0x4c: // L
      listsOthers = true;
      return;
    case 0x6e: // n
      numbers = true;
      return;
    case 0x6f: // o
      only = true;
      return;
    case 0x71: // q
      quiet = true;
      return;
    case 0x73: // s
      silent = true;
      return;
    case 0x78: // x
      wholeLine = true;
      return;
    case 0x77: // w
      wholeWord = true;
      return;
    case 0x72: // r
    case 0x52:
      recursive = true;
      return;
    case 0x68: // h
      names = 0;
      return;
    case 0x48: // H
      names = 1;
      return;
    case 0x61: // a
      textAlways = true;
      return;
    case 0x65: // e
      given = true;
      addPatterns(value, byteLength(value));
      return;
    case 0x66: // f
      given = true;
      readPatterns(value);
      return;
    case 0x41: // A
      after = number(value);
      return;
    case 0x42: // B
      before = number(value);
      return;
    case 0x43: // C
      after = number(value);
      before = after;
      return;
    case 0x6d: // m
      limit = number(value);
      return;
    case INCLUDE:
      assert(included.append(value), 'out of memory');
      return;
    case EXCLUDE:
      assert(excluded.append(value), 'out of memory');
      return;
    case EXCLUDE_DIRECTORY:
      assert(excludedDirectories.append(value), 'out of memory');
      return;
    case COLOUR:
      setColour(value);
      return;
    default:
      // -12 is -C 12.
      digits = min<i64>(digits * 10 + option - 0x30, 1000000000);
      after = digits;
      before = digits;
  }
}

let given = false;
/** The number that is an option. */
let digits: i64 = 0;

function readOptions(): void {
  permuteOperands();
  const letters = '0123456789EFGiyvclLnoqsxwrRhHae:f:A:B:C:m:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    setOption(option);
  }
  for (let i = operandIndex(); i < argumentCount(); i++) assert(files.append(argument(i)), 'out of memory');
}

/** Fixed strings as a basic expression: what means something there behind a backslash. */
function appendFixed(pattern: usize, to: Buffer): void {
  for (; load<u8>(pattern); pattern++) {
    const byte = load<u8>(pattern);
    const special =
      byte == 0x5c || byte == 0x2e || byte == 0x2a || byte == 0x5b || byte == 0x5e || byte == 0x24;
    if (special) to.byte(0x5c);
    to.byte(byte);
  }
}

function compileAll(): void {
  const text = make<Buffer>();
  text.clear();
  if (kind == 0x46) {
    // One expression for all: the automaton then looks for all of them at once.
    for (let i = 0; i < patterns.length; i++) {
      if (i) text.bytes(literal('\\|'));
      appendFixed(patterns.get(i), text);
    }
    if (patterns.length) compileOne(text.at, text.length);
    return;
  }
  let joins = kind == 0x45 && patterns.length > 1;
  for (let i = 0; i < patterns.length && joins; i++)
    if (
      findByteFast(patterns.get(i), patterns.get(i) + byteLength(patterns.get(i)), 0x5c) <
      patterns.get(i) + byteLength(patterns.get(i))
    )
      joins = false;
  if (joins) {
    for (let i = 0; i < patterns.length; i++) {
      if (i) text.byte(0x7c);
      text.byte(0x28);
      text.bytes(patterns.get(i));
      text.byte(0x29);
    }
    compileOne(text.at, text.length);
    return;
  }
  for (let i = 0; i < patterns.length; i++) compileOne(patterns.get(i), byteLength(patterns.get(i)));
}

function compileOne(pattern: usize, length: usize): void {
  let flags: u32 = kind == 0x45 ? RegexFlag.extended : RegexFlag.basic;
  if (ignoreCase) flags |= RegexFlag.ignoreCase;
  const regex = compileRegex(pattern, length, flags);
  if (!regex) {
    message().bytes(pattern).text(': ').text(regexErrorMessage()).newline();
    fail();
    return;
  }
  assert(regexes.append(changetype<usize>(regex)), 'out of memory');
}

const match = memory.data(16, 8);
let matchBegin: usize = 0;
let matchEnd: usize = 0;

/** The leftmost, of those the longest match of any pattern from `from` on. */
function findMatch(line: usize, length: usize, from: usize): bool {
  let any = false;
  for (let i = 0; i < regexes.length; i++) {
    if (!findOne(changetype<Regex>(regexes.get(i)), line, length, from)) continue;
    const begin = <usize>load<i64>(match);
    const end = <usize>load<i64>(match, 8);
    if (any && (begin > matchBegin || (begin == matchBegin && end <= matchEnd))) continue;
    matchBegin = begin;
    matchEnd = end;
    any = true;
  }
  return any;
}

function isWordMatch(line: usize, length: usize, begin: usize, end: usize): bool {
  if (begin > 0 && isWordByte(load<u8>(line + begin - 1))) return false;
  return end >= length || !isWordByte(load<u8>(line + end));
}

/** With -x and -w: what does not stand as a line or a word is passed over. */
function findOne(regex: Regex, line: usize, length: usize, from: usize): bool {
  if (wholeLine) {
    return (
      from == 0 &&
      searchRegex(regex, line, length, 0, match, 1, 0) &&
      load<i64>(match) == 0 &&
      load<i64>(match, 8) == <i64>length
    );
  }
  while (from <= length) {
    if (!searchRegex(regex, line, length, from, match, 1, 0)) return false;
    if (!wholeWord) return true;
    const begin = <usize>load<i64>(match);
    let end = <usize>load<i64>(match, 8);
    while (true) {
      if (end > begin && isWordMatch(line, length, begin, end)) return true;
      // A shorter match at the same place may be a word.
      if (end <= begin + 1) break;
      if (!searchRegex(regex, line, end - 1, begin, match, 1, 2)) break;
      if (<usize>load<i64>(match) != begin) break;
      end = <usize>load<i64>(match, 8);
    }
    from = begin + 1;
  }
  return false;
}

function matches(line: usize, length: usize): bool {
  if (!wholeLine && !wholeWord) {
    for (let i = 0; i < regexes.length; i++) {
      if (searchRegex(changetype<Regex>(regexes.get(i)), line, length, 0, 0, 0, 0)) return true;
    }
    return false;
  }
  return findMatch(line, length, 0);
}

let showNames = false;

/** NAME:NUMBER: before a line; - instead of : for context. */
function writePrefix(name: usize, line: i64, mark: u8): void {
  if (showNames) {
    if (colour) stdout.text('\x1b[35m').bytes(name).text('\x1b[m\x1b[36m').byte(mark).text('\x1b[m');
    else stdout.bytes(name).byte(mark);
  }
  if (numbers) {
    if (colour) stdout.text('\x1b[32m').unsigned(line).text('\x1b[m\x1b[36m').byte(mark).text('\x1b[m');
    else stdout.unsigned(line).byte(mark);
  }
}

function writeOnly(name: usize, number: i64, line: usize, length: usize): void {
  let from: usize = 0;
  while (from <= length && findMatch(line, length, from)) {
    if (matchEnd > matchBegin) {
      writePrefix(name, number, 0x3a);
      if (colour) stdout.text('\x1b[01;31m\x1b[K');
      stdout.range(line + matchBegin, matchEnd - matchBegin);
      if (colour) stdout.text('\x1b[m\x1b[K');
      stdout.newline();
      from = matchEnd;
    } else from = matchEnd + 1;
  }
}

function writeLine(name: usize, number: i64, line: usize, length: usize, mark: u8): void {
  writePrefix(name, number, mark);
  let from: usize = 0;
  if (colour && mark == 0x3a && !inverted) {
    let at: usize = 0;
    while (at <= length && findMatch(line, length, at)) {
      if (matchEnd == matchBegin) {
        at = matchEnd + 1;
        continue;
      }
      stdout.range(line + from, matchBegin - from);
      stdout
        .text('\x1b[01;31m\x1b[K')
        .range(line + matchBegin, matchEnd - matchBegin)
        .text('\x1b[m\x1b[K');
      from = matchEnd;
      at = matchEnd;
    }
  }
  stdout.range(line + from, length - from).newline();
}

/** Copies of the lines before the current one, for -B. */
const kept = make<List>();

function clearKept(): void {
  for (let i = 0; i < kept.length; i += 2) free(kept.get(i));
  kept.length = 0;
}

/** Something was printed before: -- stands between groups of lines. */
let anyGroup = false;

function search(reader: LineReader, name: usize): void {
  let count: i64 = 0;
  let number: i64 = 0;
  let trailing: i64 = 0;
  let lastShown: i64 = 0;
  let binary = false;
  let isFirst = true;
  const brief = counts || quiet || listsMatching || listsOthers;
  const hasContext = (after > 0 || before > 0) && !brief && !only;
  clearKept();
  while (count < limit || trailing > 0) {
    if (!nextTextLine(reader)) break;
    const line = lineAt;
    const length = lineLength;
    number++;
    if (isFirst && !textAlways) {
      const end = reader.buffer + min<usize>(reader.end, 32768);
      binary = findByteFast(reader.buffer, end, 0) < end;
    }
    isFirst = false;
    const hit = count < limit && matches(line, length) != inverted;
    if (!hit) {
      if (!hasContext) continue;
      if (trailing > 0) {
        trailing--;
        writeLine(name, number, line, length, 0x2d);
        lastShown = number;
      } else if (before) {
        if (kept.length >= before * 2) {
          free(kept.removeAt(0));
          kept.removeAt(0);
        }
        keepCopy(line, length);
      }
      continue;
    }
    count++;
    found = true;
    if (quiet) {
      stdout.flush();
      exit(0);
    }
    if (listsMatching || listsOthers) break;
    if (counts) continue;
    if (binary) {
      stdout.text('Binary file ').bytes(name).text(' matches\n');
      break;
    }
    if (hasContext) {
      const first = number - kept.length / 2;
      if (anyGroup && first > lastShown + 1) stdout.text(colour ? '\x1b[36m--\x1b[m\n' : '--\n');
      else if (anyGroup && !lastShown) stdout.text('--\n');
      for (let i = 0; i < kept.length; i += 2) {
        writeLine(name, first + i / 2, kept.get(i), kept.get(i + 1), 0x2d);
      }
      clearKept();
      anyGroup = true;
      lastShown = number;
      trailing = after;
    }
    if (only) {
      if (!inverted) writeOnly(name, number, line, length);
    } else writeLine(name, number, line, length, 0x3a);
  }
  if (counts) {
    if (showNames) stdout.bytes(name).byte(0x3a);
    stdout.unsigned(count).newline();
  }
  if ((listsMatching && count > 0) || (listsOthers && !count)) {
    stdout.bytes(name).newline();
    if (listsOthers) found = true;
  }
}

function keepCopy(line: usize, length: usize): void {
  const copy = mustAllocate(duplicateRange(line, length));
  assert(kept.append(copy) && kept.append(length), 'out of memory');
}

function complain(path: usize, error: i64): void {
  failed = true;
  if (!silent) reportError(path, error);
}

function searchFile(path: usize): void {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) {
    complain(path, fd);
    return;
  }
  searchDescriptor(fd, path);
  close(fd);
}

function searchDescriptor(fd: i32, name: usize): void {
  const reader = openLines(fd, 0x0a);
  search(reader, name);
  if (reader.error < 0) complain(name, reader.error);
  closeLines(reader);
}

function matchesAny(globs: List, name: usize): bool {
  const end = name + byteLength(name);
  for (let i = 0; i < globs.length; i++) if (matchPattern(globs.get(i), name, end)) return true;
  return false;
}

/** --include, --exclude and --exclude-dir. */
function isPassedOver(path: usize, isDirectory: bool): bool {
  const slash = findLastByte(path, 0x2f);
  const name = slash ? slash + 1 : path;
  if (isDirectory) return matchesAny(excludedDirectories, name);
  return matchesAny(excluded, name) || (included.length > 0 && !matchesAny(included, name));
}

function searchTree(path: usize, isOperand: bool): void {
  const what = changetype<Stat>(memory.data(144, 8));
  const error = isOperand ? stat(path, what) : lstat(path, what);
  if (error < 0) {
    complain(path, error);
    return;
  }
  const type = what.mode & FileType.mask;
  const isDirectory = type == FileType.directory;
  if ((!isOperand || !isDirectory) && isPassedOver(path, isDirectory)) return;
  if (!isDirectory) {
    // Links and devices below a directory are passed over.
    if (isOperand || type == FileType.regular) searchFile(path);
    return;
  }
  if (!recursive) {
    complain(path, -Errno.ISDIR);
    return;
  }
  const directory = openDirectory(path);
  if (!directory) {
    complain(path, directoryError());
    return;
  }
  while (nextEntry(directory)) {
    if (bytesAre(directory.name, '.') || bytesAre(directory.name, '..')) continue;
    const child = mustAllocate(joinPath(path, directory.name));
    searchTree(bytesStartWith(child, './') && bytesAre(path, '.') && !dotGiven ? child + 2 : child, false);
    free(child);
  }
  closeDirectory(directory);
}

/** The operand . was given, not assumed. */
let dotGiven = false;

export function main(): i32 {
  readOptions();
  let first = 0;
  if (!given) {
    if (!files.length) {
      message().text('a pattern is needed').newline();
      suggestHelp();
      return 2;
    }
    addPatterns(files.get(0), byteLength(files.get(0)));
    first = 1;
  }
  compileAll();
  const count = files.length - first;
  showNames = names >= 0 ? names == 1 : count > 1 || recursive;
  if (!count && !recursive) searchDescriptor(0, literal('(standard input)'));
  if (!count && recursive) searchTree(literal('.'), true);
  dotGiven = count > 0;
  for (let i = first; i < files.length; i++) {
    const path = files.get(i);
    if (bytesAre(path, '-')) searchDescriptor(0, literal('(standard input)'));
    else searchTree(path, true);
  }
  stdout.flush();
  return failed && !(quiet && found) ? 2 : found ? 0 : 1;
}
