// Names as they are shown: with colours and marks, without what would confuse a terminal.

import { byteLength } from '../lib/bytes';
import { textWidth } from '../lib/character-width';
import { INVALID, characterAt, characterSize, isControl } from '../lib/characters';
import { printf } from '../lib/printf';
import { FileType } from '../lib/stat';
import { stdout } from '../lib/stream';
import { Entry } from './entry';
import { Format, colors, escapes, format, hideControls, marks, slashes } from './options';

/** Bytes of a name, as they may be shown on a terminal. */
export function showText(at: usize): void {
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

export function markOf(mode: u32): u8 {
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

export function showName(entry: Entry): void {
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

export function textColumns(at: usize): i32 {
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
