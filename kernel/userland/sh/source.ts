// Where the text of commands comes from: a stack of byte strings, files, a terminal, and aliases on top.
//
// Rules: peekByte() and advance() read the top source; an alias that ends is popped unseen, any other end is -1 until
// popSource(). peekByte() may run a prompt and the line editor. Source files are read by blocks, the standard input
// byte by byte up to the newline, because the programs that are started read from it as well (POSIX sh, INPUT FILES).

import { Buffer } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { lseek, read, Seek } from '../lib/file';
import { free, make, malloc, mustAllocate } from '../lib/malloc';
import { stderr } from '../lib/stream';
import { Option, option } from './state';

export const END: i32 = -1;

export const enum From {
  text,
  alias,
  file,
  terminal,
}

@unmanaged
@final
class Source {
  below: Source | null;
  kind: i32;
  at: usize;
  end: usize;
  line: i32;
  fd: i32;
  /** file: the block; text and alias: 0. */
  block: usize;
  /** The descriptor is shared: no byte behind the newline may be taken. */
  careful: bool;
  /** It can seek: blocks may be read, the rest is given back. */
  seeks: bool;
  finished: bool;
  /** alias: what is cleared when it ends. */
  alias: usize;
}

const BLOCK: usize = 4096;

let top: Source | null = null;
/** What is left of the top source. */
let at: usize = 0;
let end: usize = 0;
/** The line that is read from the top source that is no alias. */
export let sourceLine: i32 = 1;
/** How the terminal gives a line: index of a function that leaves it in `typed`, false at the end. */
let readTerminal: u32 = 0;
export const typed: Buffer = make<Buffer>();

export function setTerminalReader(reader: () => bool): void {
  readTerminal = <u32>reader.index;
}

function push(kind: i32): Source {
  const source = make<Source>();
  const below = top;
  if (below) {
    below.at = at;
    below.end = end;
    below.line = sourceLine;
  }
  source.below = below;
  source.kind = kind;
  top = source;
  at = 0;
  end = 0;
  if (kind != From.alias) sourceLine = 1;
  return source;
}

/** Reads a byte string that stays where it is; `line` is the number of its first line. */
export function pushText(text: usize, length: usize, line: i32): void {
  push(From.text);
  at = text;
  end = text + length;
  sourceLine = line;
}

/** `alias`: the address of a byte that is set to 0 when the text has been read. */
export function pushAlias(text: usize, length: usize, alias: usize): void {
  const source = push(From.alias);
  source.alias = alias;
  at = text;
  end = text + length;
}

/** `careful`: other programs read from the descriptor too. */
export function pushFile(fd: i32, careful: bool): void {
  const source = push(From.file);
  source.fd = fd;
  source.careful = careful;
  source.seeks = careful && lseek(fd, 0, Seek.current) >= 0;
  source.block = mustAllocate(malloc(BLOCK));
}

export function pushTerminal(): void {
  push(From.terminal);
}

/** After the end of the input, or of a line that was given up: the terminal is read again. */
export function reopenTerminal(): void {
  const source = top;
  if (source) source.finished = false;
}

export function popSource(): void {
  const source = top;
  if (!source) return;
  if (source.alias) store<u8>(source.alias, 0);
  free(source.block);
  const below = source.below;
  top = below;
  const wasAlias = source.kind == From.alias;
  free(changetype<usize>(source));
  if (!below) return;
  at = below.at;
  end = below.end;
  if (!wasAlias) sourceLine = below.line;
}

/** A mark for popTo(). */
export function sourceMark(): usize {
  return changetype<usize>(top);
}

/** Pops everything above the mark: after an error. */
export function popTo(mark: usize): void {
  while (top && changetype<usize>(top) != mark) popSource();
}

/** The next byte, END when there is none. It stays. */
export function peekByte(): i32 {
  if (at < end) return load<u8>(at);
  return refill() ? load<u8>(at) : END;
}

export function advance(): void {
  if (load<u8>(at++) == 0x0a) sourceLine++;
}

/** As peekByte(), with lines that a backslash continues joined. */
export function peekJoined(): i32 {
  let byte = peekByte();
  while (byte == 0x5c && at + 1 < end && load<u8>(at, 1) == 0x0a) {
    at += 2;
    sourceLine++;
    byte = peekByte();
  }
  return byte;
}

/** The byte behind the next one, END when that is not known without reading on. */
export function peekSecond(): i32 {
  return at + 1 < end ? load<u8>(at, 1) : END;
}

/** For going back within what has been read: position() and, if still valid, rewind(). */
export function position(): usize {
  return at;
}

/** False when the text before has gone. */
export function rewind(to: usize, line: i32, stamp: u32): bool {
  if (stamp != refills) return false;
  at = to;
  sourceLine = line;
  return true;
}

/** Changes whenever text is replaced. */
export let refills: u32 = 0;

/** Forgets the rest of the line of a terminal, after an error. */
export function dropLine(): void {
  let source = top;
  while (source && source.kind == From.alias) {
    popSource();
    source = top;
  }
  if (source && source.kind == From.terminal) at = end;
}

export function atTerminal(): bool {
  const source = top;
  return source != null && source.kind == From.terminal;
}

function refill(): bool {
  let source = top;
  while (source && source.kind == From.alias && at >= end) {
    popSource();
    refills++;
    if (at < end) return true;
    source = top;
  }
  if (!source || source.kind == From.text || source.finished) return false;
  refills++;
  if (source.kind == From.terminal) {
    if (!call_indirect<bool>(readTerminal)) {
      // Until reopenTerminal(): one end is one end, however often it is looked at.
      source.finished = true;
      return false;
    }
    at = typed.at;
    end = at + typed.length;
  } else if (!readFile(source)) {
    source.finished = true;
    return false;
  }
  if (option(Option.verbose)) stderr.range(at, end - at).flush();
  return end > at;
}

function readFile(source: Source): bool {
  let got: i64;
  let size: usize = 0;
  if (!source.careful || source.seeks) {
    do got = read(source.fd, source.block, BLOCK);
    while (got == -Errno.INTR);
    if (got <= 0) return false;
    size = <usize>got;
    if (source.careful) {
      // Give back what follows the first newline.
      let used: usize = 0;
      while (used < size && load<u8>(source.block + used) != 0x0a) used++;
      if (used < size) used++;
      if (used < size) lseek(source.fd, <i64>used - <i64>size, Seek.current);
      size = used;
    }
  } else {
    while (size < BLOCK) {
      do got = read(source.fd, source.block + size, 1);
      while (got == -Errno.INTR);
      if (got <= 0) break;
      if (load<u8>(source.block + size++) == 0x0a) break;
    }
    if (!size) return false;
  }
  at = source.block;
  end = at + size;
  return true;
}
