/**
 * Sockets whose files are in messages that nobody has read. They may keep each other alive in a circle: a socket whose file
 * is referred to by messages alone, all of which are in queues of such sockets, can never be reached again. The collector
 * finds them as Linux's does: count the references from candidates' queues, and save what can be reached from outside.
 */
import { File } from '../../fs/file';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { UnixMessage, messagesFree, messagesTakeAll } from './buffer';
import { unixOps } from './ops';
import { UnixSocket, unixAt, unixLock } from './socket';

let first: usize = 0;
let total: u32 = 0;

const REACHABLE: u32 = 0x80000000;

/** The socket that a file is, or null. */
function socketOf(file: usize): UnixSocket {
  const f = changetype<File>(file);
  return f.ops == unixOps ? unixAt(f.data) : unixAt(0);
}

/** The files went into a message. The lock is held. */
export function enterFlight(files: usize, count: u32): void {
  for (let n: u32 = 0; n < count; n++) {
    const s = socketOf(load<usize>(files + <usize>n * 8));
    if (changetype<usize>(s) == 0) continue;
    total++;
    if (s.inFlight++ != 0) continue;
    s.flightPrevious = 0;
    s.flightNext = first;
    if (first != 0) unixAt(first).flightPrevious = changetype<usize>(s);
    first = changetype<usize>(s);
  }
}

/** The files came out of a message. */
export function leaveFlight(files: usize, count: u32): void {
  if (count == 0) return;
  const flags = lockIrqSave(unixLock());
  for (let n: u32 = 0; n < count; n++) {
    const s = socketOf(load<usize>(files + <usize>n * 8));
    if (changetype<usize>(s) == 0) continue;
    total--;
    if (--s.inFlight != 0) continue;
    if (s.flightPrevious != 0) unixAt(s.flightPrevious).flightNext = s.flightNext;
    else first = s.flightNext;
    if (s.flightNext != 0) unixAt(s.flightNext).flightPrevious = s.flightPrevious;
  }
  unlockIrqRestore(unixLock(), flags);
}

/** Files in messages now. */
export function filesInFlight(): u32 {
  return total;
}

/** Adds `by` to the mark of every candidate whose file is in `s`'s queue, or in that of a connection it has not accepted. */
function countQueue(s: UnixSocket, by: i32): void {
  let at = s.queueHead;
  for (; at != 0; at = changetype<UnixMessage>(at).next) {
    const m = changetype<UnixMessage>(at);
    for (let n: u32 = 0; n < m.fileCount; n++) {
      const inside = socketOf(load<usize>(m.files + <usize>n * 8));
      if (changetype<usize>(inside) != 0 && inside.mark != REACHABLE) inside.mark += <u32>by;
    }
  }
  for (let waiting = s.backlogHead; waiting != 0; waiting = unixAt(waiting).backlogNext) {
    countQueue(unixAt(waiting), by);
  }
}

/** Saves what `s`, which can be reached, has in its queue; true when that was not known. */
function saveQueue(s: UnixSocket): bool {
  let changed = false;
  for (let at = s.queueHead; at != 0; at = changetype<UnixMessage>(at).next) {
    const m = changetype<UnixMessage>(at);
    for (let n: u32 = 0; n < m.fileCount; n++) {
      const inside = socketOf(load<usize>(m.files + <usize>n * 8));
      if (changetype<usize>(inside) == 0 || inside.mark == REACHABLE) continue;
      inside.mark = REACHABLE;
      changed = true;
    }
  }
  for (let waiting = s.backlogHead; waiting != 0; waiting = unixAt(waiting).backlogNext) {
    if (saveQueue(unixAt(waiting))) changed = true;
  }
  return changed;
}

/**
 * Frees the messages of sockets that nobody can reach. After a socket was closed, when files are in flight.
 * A mark is the references of the file that do not come from candidates' queues.
 */
export function collectFlight(): void {
  let doomed: usize = 0;
  const flags = lockIrqSave(unixLock());
  for (let at = first; at != 0; at = unixAt(at).flightNext) {
    const s = unixAt(at);
    const references = <u32>changetype<File>(s.file).references;
    s.mark = references > s.inFlight ? REACHABLE : references;
  }
  for (let at = first; at != 0; at = unixAt(at).flightNext) {
    if (unixAt(at).mark != REACHABLE) countQueue(unixAt(at), -1);
  }
  for (let at = first; at != 0; at = unixAt(at).flightNext) {
    if (unixAt(at).mark != 0) unixAt(at).mark = REACHABLE;
  }
  let changed = true;
  while (changed) {
    changed = false;
    for (let at = first; at != 0; at = unixAt(at).flightNext) {
      if (unixAt(at).mark == REACHABLE && saveQueue(unixAt(at))) changed = true;
    }
  }
  for (let at = first; at != 0; at = unixAt(at).flightNext) {
    const s = unixAt(at);
    if (s.mark == REACHABLE) continue;
    doomed = chain(messagesTakeAll(s), doomed);
    for (let waiting = s.backlogHead; waiting != 0; waiting = unixAt(waiting).backlogNext) {
      doomed = chain(messagesTakeAll(unixAt(waiting)), doomed);
    }
  }
  unlockIrqRestore(unixLock(), flags);
  messagesFree(doomed);
}

/** List `a` with `b` behind it. */
function chain(a: usize, b: usize): usize {
  if (a == 0) return b;
  let last = a;
  while (changetype<UnixMessage>(last).next != 0) last = changetype<UnixMessage>(last).next;
  changetype<UnixMessage>(last).next = b;
  return a;
}
