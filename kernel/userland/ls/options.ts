// The options of ls. Source: POSIX ls; -h, --color, --group-directories-first and the like as elsewhere.

import { argument } from '../lib/arguments';
import { bytesAre, bytesStartWith } from '../lib/bytes';
import { getEnvironment } from '../lib/environment';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, optionArgument, permuteOperands } from '../lib/options';
import { message } from '../lib/report';
import { isTerminal } from '../lib/stream';
import { terminalColumns } from '../lib/terminal';
import { status } from './entry';

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
export const enum Format {
  lines,
  long,
  columns,
  rows,
  commas,
}
export const enum Sort {
  name,
  none,
  size,
  time,
  version,
}
export let format: Format = Format.lines;
export let sort: Sort = Sort.name;
export let all = false;
export let almostAll = false;
export let showOwner = true;
export let showGroup = true;
export let numeric = false;
export let itself = false;
export let marks = false;
export let slashes = false;
export let recursive = false;
export let inodes = false;
export let blocks = false;
export let human: u64 = 0;
export let reverse = false;
export let accessTime = false;
export let statusTime = false;
export let followOperands = false;
export let followAll = false;
export let hideControls = false;
export let escapes = false;
export let colors = false;
export let directoriesFirst = false;
export let timeStyle: usize = 0;
export let width: i32 = 0;
export let needStat = false;

/** Takes the options and what they mean together; false after a message. */
export function readOptions(): bool {
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
    if (option == BAD || !setOption(option, terminal)) return false;
  }
  const columnsSet = getEnvironment(literal('COLUMNS'));
  if (!width && columnsSet && parseDigits(columnsSet, 10)) width = <i32>parsed();
  if (!width) width = terminalColumns(1);
  const mayNeed = format == Format.long || blocks || marks || colors || followAll;
  needStat = mayNeed || sort == Sort.size || sort == Sort.time;
  return true;
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
