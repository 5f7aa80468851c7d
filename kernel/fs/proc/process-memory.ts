/** The files of /proc/PID that tell of its memory: maps, cmdline, environ (Linux proc(5)). */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { AddressSpace, spaceDestroy, spaceLock, spaceTree } from '../../mm/address-space';
import { spaceRead } from '../../mm/fault';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { PROT_EXEC, PROT_READ, PROT_WRITE, VMA_SHARED, VMA_STACK, vmaAt } from '../../mm/vma';
import { EXEC_AUXILIARY_BYTES } from '../../proc/exec-arguments';
import { File, fileRelease, fileRetain } from '../file';
import { PATH_MAX } from '../path-walk';
import { deviceMajor, deviceMinor } from '../stat';
import { pathFromRoot, spaceOfProcess } from './links';
import { takeSnapshot } from './process-files';
import { TextBuffer, textByte, textBytes, textCString, textString, textUnsigned } from './text-buffer';

const SPACE: u8 = 0x20;
const NEWLINE: u8 = 0x0a;
const EQUALS: u8 = 0x3d;
/** Arguments and environment that are shown: a longer line is cut. */
const STRINGS_MAX: u64 = 131072;

function isNull(space: AddressSpace): bool {
  return changetype<usize>(space) == 0;
}

/** Copies user memory of another process into the text. */
function copyRange(t: TextBuffer, pid: i32, start: u64, end: u64): void {
  const space = spaceOfProcess(pid);
  if (isNull(space)) return;
  const length = <usize>min(end - start, STRINGS_MAX);
  const buffer = kmalloc(length);
  if (buffer == 0) t.failed = true;
  else textBytes(t, buffer, spaceRead(space, start, buffer, length));
  kfree(buffer);
  spaceDestroy(space);
}

/** /proc/PID/cmdline: the arguments, each with its NUL. */
export function processCommandLine(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  if (s.argumentsEnd > s.argumentsStart) copyRange(t, pid, s.argumentsStart, s.argumentsEnd);
  kfree(changetype<usize>(s));
}

/** /proc/PID/auxv: the auxiliary vector that the program was started with, its end mark included. */
export function processAuxiliary(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  const start = s.auxiliaryStart;
  kfree(changetype<usize>(s));
  if (start != 0) copyRange(t, pid, start, start + EXEC_AUXILIARY_BYTES);
}

/**
 * /proc/PID/environ: the strings of the environment follow those of the arguments in memory (exec-arguments.ts), and the
 * path of the program follows them: the first string without an equals sign is none of them any more.
 */
export function processEnvironment(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  const start = s.argumentsEnd;
  kfree(changetype<usize>(s));
  if (start == 0) return;
  const before = t.length;
  copyRange(t, pid, start, start + STRINGS_MAX);
  let end = before;
  while (end < t.length) {
    let at = end;
    let isVariable = false;
    for (; at < t.length && load<u8>(t.bytes + at) != 0; at++)
      if (load<u8>(t.bytes + at) == EQUALS) isVariable = true;
    if (!isVariable) break;
    end = at + 1;
  }
  t.length = min(end, t.length);
}

function hex(t: TextBuffer, value: u64, digits: i32): void {
  let most = digits;
  while (most < 16 && value >> (most * 4) != 0) most++;
  for (let shift = (most - 1) * 4; shift >= 0; shift -= 4) {
    const digit = <u8>((value >> shift) & 15);
    textByte(t, digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
}

/** One area as it was when the lock was held. */
@unmanaged
export class Area {
  start: u64;
  end: u64;
  prot: u32;
  flags: u32;
  offset: u64;
  file: usize;
}

/** The first area at or above `from`, with a reference of its file: false at the end. */
export function nextArea(space: AddressSpace, from: u64, out: Area): bool {
  const flags = lockIrqSave(spaceLock(space));
  let at = spaceTree(space).first;
  while (at != 0 && vmaAt(at).end <= from) at = vmaAt(at).next;
  if (at != 0) {
    const area = vmaAt(at);
    out.start = area.start;
    out.end = area.end;
    out.prot = area.prot;
    out.flags = area.flags;
    out.offset = area.file != 0 ? area.offset : 0;
    out.file = area.file;
    if (out.file != 0) fileRetain(changetype<File>(out.file));
  }
  unlockIrqRestore(spaceLock(space), flags);
  return at != 0;
}

/** The line of maps; `path` is room for PATH_MAX bytes. */
export function areaLine(t: TextBuffer, a: Area, space: AddressSpace, path: usize): void {
  const begin = t.length;
  hex(t, a.start, 8);
  textByte(t, 0x2d);
  hex(t, a.end, 8);
  textByte(t, SPACE);
  textByte(t, a.prot & PROT_READ ? 0x72 : 0x2d);
  textByte(t, a.prot & PROT_WRITE ? 0x77 : 0x2d);
  textByte(t, a.prot & PROT_EXEC ? 0x78 : 0x2d);
  textByte(t, a.flags & VMA_SHARED ? 0x73 : 0x70);
  textByte(t, SPACE);
  hex(t, a.offset, 8);
  textByte(t, SPACE);
  const file = changetype<File>(a.file);
  const device = a.file == 0 ? 0 : file.inode.superBlock.deviceNumber;
  hex(t, deviceMajor(device), 2);
  textByte(t, 0x3a);
  hex(t, deviceMinor(device), 2);
  textByte(t, SPACE);
  textUnsigned(t, a.file == 0 ? 0 : file.inode.number);
  const named = a.file != 0 && changetype<usize>(file.dentry) != 0;
  const isHeap = a.start < space.brk && a.end > space.brkStart;
  if (named || isHeap || (a.flags & VMA_STACK) != 0) {
    do textByte(t, SPACE);
    while (t.length < begin + 73 && !t.failed);
  }
  if (named && pathFromRoot(file.mount, file.dentry, path, PATH_MAX) > 0) textCString(t, path);
  else if (isHeap) textString(t, '[heap]');
  else if (a.flags & VMA_STACK) textString(t, '[stack]');
  textByte(t, NEWLINE);
}

/** /proc/PID/maps. */
export function processMaps(t: TextBuffer, pid: i32, _tid: i32): void {
  const space = spaceOfProcess(pid);
  if (isNull(space)) return;
  const room = kmalloc(<usize>PATH_MAX + offsetof<Area>());
  if (room == 0) t.failed = true;
  else {
    const a = changetype<Area>(room + <usize>PATH_MAX);
    let from: u64 = 0;
    while (!t.failed && nextArea(space, from, a)) {
      areaLine(t, a, space, room);
      if (a.file != 0) fileRelease(changetype<File>(a.file));
      from = a.end;
    }
  }
  kfree(room);
  spaceDestroy(space);
}
