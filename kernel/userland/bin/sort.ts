// sort: sort, merge and check lines. Source: POSIX sort; -h, -V, -R, -s, -z, -S, -T as elsewhere.
//
// What fits into the memory allowed is sorted there; what does not is written to temporary files in sorted runs, which
// are merged. Lines are compared by bytes, which is the order of characters in UTF-8.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { close, dup2, lseek, open, Open, Seek } from '../lib/file';
import { closeInput, openInput } from '../lib/inputs';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, malloc, mustAllocate, realloc } from '../lib/malloc';
import { mergeSort } from '../lib/merge-sort';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { closeReader, nextRecord, openReader, Reader } from '../lib/reader';
import { message, reportError, reportUsage } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import {
  addKey,
  compareKeys,
  lastResort,
  Line,
  prepareKeys,
  setGlobal,
  setSeparator,
  stable,
  unique,
} from '../lib/sort-keys';
import { stdout, Stream, streamToDescriptor } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { temporaryFile } from '../lib/temporary-file';

const HELP = `usage: sort [-bdfghinMRrsuVz] [-k KEY]... [-t C] [-o FILE] [-S SIZE] [-T DIRECTORY] [FILE...]
       sort -m [...]    sort -c|-C [...] [FILE]
Sort the lines of all files.
  -n  by number    -g  by number with exponent    -h  by number with K, M, G    -M  by month    -V  by version
  -f  no matter the case    -d  only letters, digits, blanks    -i  only what prints    -b  no leading blanks
  -r  backwards    -R  in random order    -s  keep the order of equal lines    -u  one of equal lines
  -k F[.C][OPTIONS][,F[.C][OPTIONS]]  compare from field F, character C, to there    -t C  what separates fields
  -o FILE  write there    -m  the files are sorted: merge    -c, -C  check, silently    -z  lines end with 0
`;
const LONG =
  'ignore-leading-blanks=b dictionary-order=d ignore-case=f general-numeric-sort=g human-numeric-sort=h ignore-nonprinting=i month-sort=M numeric-sort=n random-sort=R reverse=r version-sort=V check=\x01? key=k: merge=m output=o: stable=s buffer-size=S: field-separator=t: temporary-directory=T: unique=u zero-terminated=z parallel=P: batch-size=B: debug=D';

/** Runs merged at once. */
const FAN: i32 = 16;

let delimiter: u8 = 0x0a;
let limit: usize = 48 << 20;
let directory: usize = 0;
let merging = false;
let checking: i32 = 0;
let output: usize = 0;

/** The lines in memory. */
const lines = make<List>();
let arena: usize = 0;
let arenaUsed: usize = 0;
let arenaSize: usize = 0;
let held: usize = 0;
const arenas = make<List>();
/** Descriptors of sorted runs, at their beginnings. */
const runs = make<List>();

export function main(): i32 {
  permuteOperands();
  const letters = 'bcCdfghik:mMno:rRsS:t:T:uVzP:B:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    switch (option) {
      case BAD:
        return 2;
      case 0x63: // c
      case 0x43: // C
        checking = option;
        break;
      case 0x01: {
        const how = optionArgument();
        checking = how && (bytesAre(how, 'quiet') || bytesAre(how, 'silent')) ? 0x43 : 0x63;
        break;
      }
      case 0x6d: // m
        merging = true;
        break;
      case 0x6f: // o
        output = optionArgument();
        break;
      case 0x6b: // k
        if (!addKey(optionArgument())) {
          message().text("invalid key specification '").bytes(optionArgument()).text("'").newline();
          return 2;
        }
        break;
      case 0x74: // t
        if (!setSeparator(optionArgument())) {
          message().text("multi-character tab '").bytes(optionArgument()).text("'").newline();
          return 2;
        }
        break;
      case 0x53: // S
        if (!parseSize(optionArgument())) {
          message().text("invalid buffer size '").bytes(optionArgument()).text("'").newline();
          return 2;
        }
        limit = max<usize>(<usize>sizeValue(), 1 << 16);
        break;
      case 0x54: // T
        directory = optionArgument();
        break;
      case 0x7a: // z
        delimiter = 0;
        break;
      case 0x50:
      case 0x42:
      case 0x44:
        break;
      default:
        setGlobal(option);
    }
  }
  if (!prepareKeys()) {
    reportUsage('options that contradict each other');
    return 2;
  }
  if (checking) {
    if (operandCount() > 1) {
      reportUsage('extra operand not allowed with -c');
      return 2;
    }
    return check();
  }
  if (merging) return mergeFiles();
  for (let i = operandIndex(); i < max<i32>(argumentCount(), operandIndex() + 1); i++) {
    const path = operandCount() ? argument(i) : literal('-');
    const fd = openInput(path);
    if (fd < 0) return 2;
    if (!takeLines(fd, path)) return 2;
    closeInput(fd);
  }
  // The runs before were made from lines that came earlier: equal lines stay in order.
  if (!runs.length) {
    sortLines();
    return openOutput() ? writeLines(stdout) : 2;
  }
  if (lines.length && !spill()) return 2;
  return mergeRuns();
}

function takeLines(fd: i32, path: usize): bool {
  const reader = openReader(fd);
  if (!reader) return false;
  for (let line = nextRecord(reader, delimiter); line; line = nextRecord(reader, delimiter)) {
    if (held + reader.length > limit && lines.length && !spill()) return false;
    addLine(line, reader.length);
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(path, error);
  return error >= 0;
}

/** Copies a line into an arena, its Line before it. */
function addLine(text: usize, length: usize): void {
  const need = (Line.headerSize() + length + 8) & ~(<usize>7);
  if (arenaUsed + need > arenaSize) {
    arenaSize = max<usize>(1 << 20, need);
    arena = mustAllocate(malloc(arenaSize));
    arenas.append(arena);
    arenaUsed = 0;
  }
  const line = changetype<Line>(arena + arenaUsed);
  arenaUsed += need;
  held += need + 16;
  line.fill(text, length);
  lines.append(changetype<usize>(line));
}

function sortLines(): void {
  mergeSort(lines.values, <usize>lines.length, compareLines);
}

function compareLines(a: usize, b: usize): i32 {
  const first = changetype<Line>(a);
  const second = changetype<Line>(b);
  const order = compareKeys(first, second);
  return order || unique() || stable() ? order : lastResort(first, second);
}

function writeLines(out: Stream): i32 {
  let previous: Line | null = null;
  for (let i = 0; i < lines.length; i++) {
    const line = changetype<Line>(lines.get(i));
    if (unique() && previous && !compareKeys(previous, line)) continue;
    out.range(line.text(), line.length).byte(delimiter);
    previous = line;
  }
  return 0;
}

/** Writes what is in memory as a sorted run. False after a message. */
function spill(): bool {
  sortLines();
  const fd = temporaryFile(directory);
  if (fd < 0) {
    reportError(literal('cannot create temporary file'), fd);
    return false;
  }
  if (!writeRun(fd)) return false;
  for (let i = 0; i < arenas.length; i++) free(arenas.get(i));
  arenas.length = 0;
  lines.length = 0;
  held = arenaUsed = arenaSize = 0;
  runs.append(<usize>fd);
  // Sixteen runs become one as soon as there are as many: the number of open files stays small.
  if (runs.length < FAN) return true;
  const merged = temporaryFile(directory);
  if (merged < 0) {
    reportError(literal('cannot create temporary file'), merged);
    return false;
  }
  const out = streamTo(merged);
  const ok = merge(runs, out) && finishRun(out, merged);
  runs.length = 0;
  runs.append(<usize>merged);
  return ok;
}

let streamRoom: usize = 0;

function streamTo(fd: i32): Stream {
  if (!streamRoom) streamRoom = mustAllocate(malloc(65536 + 64));
  const out = changetype<Stream>(streamRoom);
  streamToDescriptor(out, fd, streamRoom + 64, 65536);
  return out;
}

function writeRun(fd: i32): bool {
  const out = streamTo(fd);
  writeLines(out);
  return finishRun(out, fd);
}

function finishRun(out: Stream, fd: i32): bool {
  const error = out.flush();
  if (error < 0) reportError(literal('temporary file'), error);
  return error >= 0 && lseek(fd, 0, Seek.set) >= 0;
}

/** A file being merged, and its next line. */
@unmanaged
@final
class Source {
  reader: Reader;
  line: Line;
  capacity: usize;
  alive: bool;
}

function advance(source: Source): void {
  const text = nextRecord(source.reader, delimiter);
  source.alive = text != 0;
  if (!text) return;
  const need = Line.headerSize() + source.reader.length + 1;
  if (need > source.capacity) {
    source.capacity = need * 2;
    source.line = changetype<Line>(mustAllocate(realloc(changetype<usize>(source.line), source.capacity)));
  }
  source.line.fill(text, source.reader.length);
}

/** Merges the files of the descriptors, earlier ones first among equal lines. */
function merge(descriptors: List, out: Stream): bool {
  const sources = make<List>();
  for (let i = 0; i < descriptors.length; i++) {
    const reader = openReader(<i32>descriptors.get(i));
    if (!reader) return false;
    const source = make<Source>();
    source.reader = reader;
    advance(source);
    sources.append(changetype<usize>(source));
  }
  let last: usize = 0;
  let lastCapacity: usize = 0;
  for (;;) {
    let best: Source | null = null;
    for (let i = 0; i < sources.length; i++) {
      const source = changetype<Source>(sources.get(i));
      if (!source.alive) continue;
      if (!best || compareLines(changetype<usize>(source.line), changetype<usize>(best.line)) < 0)
        best = source;
    }
    if (!best) break;
    const line = best.line;
    if (!unique() || !last || compareKeys(changetype<Line>(last), line)) {
      out.range(line.text(), line.length).byte(delimiter);
      if (unique()) {
        const need = Line.headerSize() + line.length + 1;
        if (need > lastCapacity) {
          lastCapacity = need * 2;
          last = mustAllocate(realloc(last, lastCapacity));
        }
        changetype<Line>(last).fill(line.text(), line.length);
      }
    }
    advance(best);
  }
  let ok = true;
  for (let i = 0; i < sources.length; i++) {
    const source = changetype<Source>(sources.get(i));
    if (source.reader.error < 0) {
      reportError(literal('read failed'), source.reader.error);
      ok = false;
    }
    closeReader(source.reader);
    free(changetype<usize>(source.line));
    closeInput(<i32>descriptors.get(i));
  }
  return ok;
}

function mergeRuns(): i32 {
  return openOutput() && merge(runs, stdout) ? 0 : 2;
}

/** -m. One of the files may be the output: it is read to its end first. */
function mergeFiles(): i32 {
  const descriptors = make<List>();
  if (!operandCount()) descriptors.append(0);
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const fd = openInput(argument(i));
    if (fd < 0) return 2;
    descriptors.append(<usize>fd);
  }
  if (output) {
    const fd = temporaryFile(directory);
    if (fd < 0) {
      reportError(literal('cannot create temporary file'), fd);
      return 2;
    }
    const out = streamTo(fd);
    if (!merge(descriptors, out) || !finishRun(out, fd)) return 2;
    descriptors.length = 0;
    descriptors.append(<usize>fd);
  }
  return openOutput() && merge(descriptors, stdout) ? 0 : 2;
}

/** -o: now that all has been read, the output may be one of the inputs. */
function openOutput(): bool {
  if (!output) return true;
  const fd = open(output, Open.writeOnly | Open.create | Open.truncate);
  if (fd < 0) {
    message().text('open failed: ').bytes(output).text(': ').text(errorMessage(fd)).newline();
    return false;
  }
  dup2(fd, 1);
  close(fd);
  return true;
}

function check(): i32 {
  const path = operandCount() ? argument(operandIndex()) : literal('-');
  const fd = openInput(path);
  if (fd < 0) return 2;
  const source = make<Source>();
  const other = make<Source>();
  const reader = openReader(fd);
  if (!reader) return 2;
  source.reader = other.reader = reader;
  advance(source);
  let number: u64 = 1;
  let current = source;
  let next = other;
  while (current.alive) {
    advance(next);
    number++;
    if (!next.alive) break;
    const order = unique()
      ? compareKeys(current.line, next.line) >= 0
        ? 1
        : 0
      : compareLines(changetype<usize>(current.line), changetype<usize>(next.line));
    if (order > 0) {
      if (checking == 0x63) {
        message()
          .bytes(path)
          .byte(0x3a)
          .unsigned(number)
          .text(': disorder: ')
          .range(next.line.text(), next.line.length)
          .newline();
      }
      return 1;
    }
    const swapped = current;
    current = next;
    next = swapped;
  }
  close(fd);
  return 0;
}
