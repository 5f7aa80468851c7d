/** /proc/PID/fd and fdinfo: the open files of a process, as links that lead to them, and what is known about each. */
import { ENOENT } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { isNull, processFindLocked, processLock } from '../../proc/process';
import { isPipe } from '../../ipc/pipe-file';
import { dcacheEnter, dcacheLeaveQuickly, dentryGetLocked } from '../dentry';
import { fdGet, fdTableCapacity, fdTableDestroy, fdTableShare } from '../fd-table';
import { File, fileRelease } from '../file';
import { mountGetLocked } from '../mount';
import { S_IFMT, S_IFSOCK } from '../stat';
import { pathFromRoot } from './links';
import { TextBuffer, textByte, textString, textUnsigned } from './text-buffer';

/** The table of a process, retained; 0 when it has none (any more). */
function tableOf(pid: i32): usize {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  const table = isNull(p) || p.files == 0 ? 0 : fdTableShare(p.files);
  unlockIrqRestore(processLock(), flags);
  return table;
}

/** The file of a descriptor of a process, retained; a null pointer when it is not open. */
function fileOfProcess(pid: i32, fd: i32): File {
  const table = tableOf(pid);
  if (table == 0) return changetype<File>(<usize>0);
  const file = changetype<usize>(fdGet(table, fd));
  fdTableDestroy(table);
  return changetype<File>(file);
}

function isNone(file: File): bool {
  return changetype<usize>(file) == 0;
}

export function fdIsOpen(pid: i32, fd: i32): bool {
  const file = fileOfProcess(pid, fd);
  if (isNone(file)) return false;
  fileRelease(file);
  return true;
}

/** The lowest open descriptor above `after`, or -1. */
export function nextFd(pid: i32, after: i32): i32 {
  const table = tableOf(pid);
  if (table == 0) return -1;
  let found: i32 = -1;
  for (let fd = after + 1; found < 0 && <u32>fd < fdTableCapacity(table); fd++) {
    const file = changetype<File>(changetype<usize>(fdGet(table, fd)));
    if (isNone(file)) continue;
    fileRelease(file);
    found = fd;
  }
  fdTableDestroy(table);
  return found;
}

function putString(out: usize, text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(out + <usize>i, <u8>text.charCodeAt(i));
  return <usize>text.length;
}

function putNumber(out: usize, value: u64): usize {
  const before: usize = value >= 10 ? putNumber(out, value / 10) : 0;
  store<u8>(out + before, <u8>(48 + (value % 10)));
  return before + 1;
}

/** "pipe:[123]", "socket:[123]", "anon_inode:[...]" as Linux shows files without a name. */
function namelessName(file: File, buffer: usize): i32 {
  let n: usize = 0;
  if (isPipe(file)) n = putString(buffer, 'pipe:[');
  else if ((file.inode.mode & S_IFMT) == S_IFSOCK) n = putString(buffer, 'socket:[');
  else n = putString(buffer, 'anon_inode:[');
  n += putNumber(buffer + n, file.inode.number);
  store<u8>(buffer + n, 0x5d);
  return <i32>n + 1;
}

export function fdReadLink(pid: i32, fd: i32, buffer: usize, max: u32): i32 {
  const file = fileOfProcess(pid, fd);
  if (isNone(file)) return -ENOENT;
  const named = changetype<usize>(file.dentry) != 0;
  const length = named ? pathFromRoot(file.mount, file.dentry, buffer, max) : namelessName(file, buffer);
  fileRelease(file);
  return length;
}

/** Where the descriptor's file is: -ENOENT for one without a name. */
export function fdJump(pid: i32, fd: i32, place: usize): i32 {
  const file = fileOfProcess(pid, fd);
  if (isNone(file)) return -ENOENT;
  const named = changetype<usize>(file.dentry) != 0;
  if (named) {
    const flags = dcacheEnter();
    mountGetLocked(file.mount);
    dentryGetLocked(file.dentry);
    dcacheLeaveQuickly(flags);
    store<usize>(place, changetype<usize>(file.mount));
    store<usize>(place, changetype<usize>(file.dentry), 8);
  }
  fileRelease(file);
  return named ? 0 : -ENOENT;
}

function textOctal(t: TextBuffer, value: u64): void {
  if (value >= 8) textOctal(t, value >> 3);
  textByte(t, <u8>(0x30 + (value & 7)));
}

export function fdInfo(t: TextBuffer, pid: i32, fd: i32): void {
  const file = fileOfProcess(pid, fd);
  if (isNone(file)) return;
  textString(t, 'pos:\t');
  textUnsigned(t, file.offset);
  textString(t, '\nflags:\t0');
  textOctal(t, file.flags);
  textString(t, '\nmnt_id:\t');
  textUnsigned(t, changetype<usize>(file.mount) == 0 ? 0 : file.mount.id);
  textString(t, '\nino:\t');
  textUnsigned(t, file.inode.number);
  textByte(t, 0x0a);
  fileRelease(file);
}
