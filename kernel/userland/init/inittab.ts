// /etc/inittab: what is to be started. See userland/etc/inittab for its form.

import { bytesAre, byteLength, duplicateBytes, findByte } from '../lib/bytes';
import { close, open, Open } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { logLine } from './log';

export const enum Action {
  initDefault,
  sysInit,
  wait,
  once,
  respawn,
  ctrlAltDel,
  shutdown,
}

@unmanaged
@final
export class Entry {
  id: usize;
  /** Digits; empty: every level. */
  levels: usize;
  action: i32;
  /** A command line. */
  process: usize;
  /** 0 while it does not run. */
  pid: i32;
  startedNs: i64;
  /** When it may start again; meaningful while it does not run. */
  dueNs: i64;
  /** How long the next start waits. */
  delayNs: i64;
  /** Of the level: started once, not again. */
  done: bool;
  /** It is in the file that was read last. */
  present: bool;
}

/** When there is no /etc/inittab: a shell each on the serial line and the screen. */
const FALLBACK = `s1::respawn:/bin/getty -a root -C / ttyS0 115200 xterm
1::respawn:/bin/getty -a root -C / tty1 38400 xterm-256color
`;

function actionOf(word: usize): i32 {
  if (bytesAre(word, 'initdefault')) return Action.initDefault;
  if (bytesAre(word, 'sysinit')) return Action.sysInit;
  if (bytesAre(word, 'wait')) return Action.wait;
  if (bytesAre(word, 'once')) return Action.once;
  if (bytesAre(word, 'respawn')) return Action.respawn;
  if (bytesAre(word, 'ctrlaltdel')) return Action.ctrlAltDel;
  if (bytesAre(word, 'shutdown')) return Action.shutdown;
  return -1;
}

/** The entry with this id in the list, or null. */
function find(entries: List, id: usize): Entry | null {
  for (let i = 0; i < entries.length; i++) {
    const entry = changetype<Entry>(entries.get(i));
    if (bytesAreSame(entry.id, id)) return entry;
  }
  return null;
}

function bytesAreSame(a: usize, b: usize): bool {
  const size = byteLength(a);
  return size == byteLength(b) && memory.compare(a, b, size) == 0;
}

/** Takes `line` apart, in place. An entry that is there already keeps its process. */
function parseLine(entries: List, line: usize): void {
  if (load<u8>(line) == 0 || load<u8>(line) == 0x23) return;
  const whole = duplicateBytes(line);
  const levels = findByte(whole, 0x3a);
  const action = levels ? findByte(levels + 1, 0x3a) : 0;
  const process = action ? findByte(action + 1, 0x3a) : 0;
  if (!process) return logLine('inittab: not four fields: ', line, 0);
  store<u8>(levels, 0);
  store<u8>(action, 0);
  store<u8>(process, 0);
  const what = actionOf(action + 1);
  if (what < 0) return logLine('inittab: unknown action ', action + 1, 0);
  const known = find(entries, whole);
  const entry = known ? known : make<Entry>();
  if (!known) entries.append(changetype<usize>(entry));
  entry.id = whole;
  entry.levels = levels + 1;
  entry.action = what;
  entry.process = process + 1;
  entry.present = true;
}

/** Reads the file into `entries`; what is no longer there is marked so. */
export function readInittab(entries: List): void {
  for (let i = 0; i < entries.length; i++) changetype<Entry>(entries.get(i)).present = false;
  const fd = open(literal('/etc/inittab'), Open.readOnly | Open.closeOnExec);
  if (fd < 0) return readFallback(entries);
  const reader = openReader(fd);
  if (!reader) return readFallback(entries);
  for (let line = nextLine(reader); line; line = nextLine(reader)) parseLine(entries, line);
  closeReader(reader);
  close(fd);
}

function readFallback(entries: List): void {
  logLine('no /etc/inittab', 0, 0);
  let at = duplicateBytes(literal(FALLBACK));
  for (let end = findByte(at, 0x0a); end; end = findByte(at, 0x0a)) {
    store<u8>(end, 0);
    parseLine(entries, at);
    at = end + 1;
  }
}

/** Whether the entry belongs to the level, a digit. */
export function isInLevel(entry: Entry, level: u8): bool {
  return entry.present && (load<u8>(entry.levels) == 0 || findByte(entry.levels, level) != 0);
}
