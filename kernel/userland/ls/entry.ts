// What ls knows of a file.

import { At, readlinkAt, statAt } from '../lib/at';
import { byteLength, bytesAre, duplicateRange } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { calloc, free, mustAllocate } from '../lib/malloc';
import { message } from '../lib/report';
import { FileType, Stat } from '../lib/stat';
import { errorMessage } from '../lib/strerror';
import { Format, accessTime, colors, followAll, format, needStat, statusTime, width } from './options';

@unmanaged
@final
export class Entry {
  name: usize;
  stat: Stat;
  /** What a symbolic link points at; 0 for other files. */
  target: usize;
  /** The mode of what the link leads to; 0 when it leads nowhere. */
  targetMode: u32;
  width: i32;
  known: bool;
}

export let status: i32 = 0;

/** What is known of a file; null after a message. `parent` is the path of the directory, for messages. */
export function describe(directory: i32, name: usize, parent: usize, follow: bool, must: bool): Entry | null {
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
  fail(parent ? 1 : 2);
}

/** Remembers the worst of what goes wrong, for the exit status. */
export function fail(code: i32): void {
  status = max<i32>(status, code);
}

export function isDirectoryEntry(entry: Entry): bool {
  const mode = (entry.stat.mode & FileType.mask) == FileType.link ? entry.targetMode : entry.stat.mode;
  return (mode & FileType.mask) == FileType.directory;
}

export function timeOf(entry: Entry): i64 {
  const found = entry.stat;
  return accessTime ? found.accessSeconds : statusTime ? found.changeSeconds : found.modifySeconds;
}

export function nanosecondsOf(entry: Entry): i64 {
  const found = entry.stat;
  if (accessTime) return found.accessNanoseconds;
  return statusTime ? found.changeNanoseconds : found.modifyNanoseconds;
}

export function isSelf(name: usize): bool {
  return bytesAre(name, '.') || bytesAre(name, '..');
}
