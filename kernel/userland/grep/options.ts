// The options of grep. Source: POSIX grep; those beyond it are as in GNU's and the BSDs'.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesAre } from '../lib/bytes';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandIndex, optionArgument, permuteOperands } from '../lib/options';
import { message } from '../lib/report';
import { isTerminal } from '../lib/stream';
import { addPatterns, fail, match, matches, readPatterns } from './patterns';
import { found } from './search';

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

/** All patterns, for -e and -f: newlines separate. */
export const files = make<List>();

/** Patterns for the last components of files and directories. */
export const included = make<List>();

export const excluded = make<List>();
export const excludedDirectories = make<List>();
export let kind: u8 = 0x47;
export let ignoreCase = false;
export let inverted = false;
export let counts = false;
export let listsMatching = false;
export let listsOthers = false;
export let numbers = false;
export let only = false;
export let quiet = false;
export let silent = false;
export let wholeLine = false;
export let wholeWord = false;
export let recursive = false;
export let textAlways = false;
export let names: i32 = -1;
export let colour = false;
export let after: i64 = 0;
export let before: i64 = 0;
export let limit: i64 = i64.MAX_VALUE;

export function number(word: usize): i64 {
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

export let given = false;

/** The number that is an option. */
let digits: i64 = 0;

export function readOptions(): void {
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
