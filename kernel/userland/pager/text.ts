// What a pager shows: a file or a pipe, read as far as it is needed, with the beginnings of its lines.

import { close, open, Open, read } from '../lib/file';
import { List } from '../lib/list';
import { free, make, mustAllocate, realloc } from '../lib/malloc';

const CHUNK: usize = 65536;

@unmanaged
@final
export class Text {
  fd: i32;
  /** All that was read. */
  at: usize;
  size: usize;
  capacity: usize;
  /** Offsets where lines begin; the first is 0. */
  lines: List;
  /** Nothing more came at the last look. */
  complete: bool;
  /** Negative errno of a failed read. */
  error: i64;
}

export function textOf(fd: i32): Text {
  const text = make<Text>();
  text.fd = fd;
  text.lines = make<List>();
  text.lines.append(0);
  return text;
}

export function openText(path: usize): Text {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  const text = textOf(fd);
  text.error = fd < 0 ? fd : 0;
  text.complete = fd < 0;
  return text;
}

export function closeText(text: Text): void {
  if (text.fd > 0) close(text.fd);
  free(text.at);
  free(text.lines.values);
  free(changetype<usize>(text.lines));
  free(changetype<usize>(text));
}

/** Reads another piece; false at the end (of what there is now). */
export function readMore(text: Text): bool {
  if (text.fd < 0) return false;
  if (text.capacity - text.size < CHUNK) {
    text.capacity = max<usize>(text.capacity * 2, 2 * CHUNK);
    text.at = mustAllocate(realloc(text.at, text.capacity));
  }
  const got = read(text.fd, text.at + text.size, CHUNK);
  if (got <= 0) {
    if (got != -4) {
      text.complete = true;
      text.error = got;
    }
    return false;
  }
  text.complete = false;
  const end = text.size + <usize>got;
  for (let i = text.size; i < end; i++) {
    if (load<u8>(text.at + i) == 0x0a) text.lines.append(i + 1);
  }
  text.size = end;
  return true;
}

/** Reads until line `n` is whole; false when the text is shorter. */
export function reachLine(text: Text, n: i32): bool {
  while (text.lines.length <= n + 1 && !text.complete) readMore(text);
  return n < lineCount(text);
}

export function reachEnd(text: Text): void {
  while (!text.complete) readMore(text);
}

/** Lines read so far; what follows the last newline counts when it is not empty. */
export function lineCount(text: Text): i32 {
  const last = text.lines.length - 1;
  return text.lines.get(last) == text.size ? last : last + 1;
}

export function lineStart(text: Text, n: i32): usize {
  return text.lines.get(n);
}

/** Bytes of a line, without its newline. */
export function lineLength(text: Text, n: i32): usize {
  const start = text.lines.get(n);
  return n + 1 < text.lines.length ? text.lines.get(n + 1) - 1 - start : text.size - start;
}
