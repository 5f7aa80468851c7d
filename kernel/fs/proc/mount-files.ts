/** /proc/mounts and mountinfo (Linux proc(5)): what is mounted where, as seen from the root of whoever reads. */
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess, isNull } from '../../proc/process';
import { FsContext } from '../context';
import { Dentry, dcacheEnter, dcacheLeave, dcacheLeaveQuickly } from '../dentry';
import {
  Mount,
  firstMountLocked,
  isReachableLocked,
  mountGetLocked,
  mountOfRoot,
  mountPutLocked,
} from '../mount';
import { PATH_MAX } from '../path-walk';
import { placePathLocked } from '../place-path';
import { deviceMajor, deviceMinor } from '../stat';
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from '../super-block';
import { TextBuffer, textByte, textCString, textString, textUnsigned } from './text-buffer';

const SPACE: u8 = 0x20;
const BACKSLASH: u8 = 0x5c;

/** A name with space, tab, newline and backslash in octal, as getmntent(3) expects it. */
function escaped(t: TextBuffer, text: usize): void {
  for (let p = text; load<u8>(p) != 0; p++) {
    const byte = load<u8>(p);
    if (byte != SPACE && byte != 9 && byte != 10 && byte != BACKSLASH) {
      textByte(t, byte);
      continue;
    }
    textByte(t, BACKSLASH);
    textByte(t, 0x30 + (byte >> 6));
    textByte(t, 0x30 + ((byte >> 3) & 7));
    textByte(t, 0x30 + (byte & 7));
  }
}

function mountOptions(t: TextBuffer, mount: Mount, withSuper: bool): void {
  const flags = mount.flags | (withSuper ? mount.superBlock.flags & MS_RDONLY : 0);
  textString(t, flags & MS_RDONLY ? 'ro' : 'rw');
  if (flags & MS_NOSUID) textString(t, ',nosuid');
  if (flags & MS_NODEV) textString(t, ',nodev');
  if (flags & MS_NOEXEC) textString(t, ',noexec');
  if (flags & MS_NOATIME) textString(t, ',noatime');
  if (flags & MS_NODIRATIME) textString(t, ',nodiratime');
  if ((flags & MS_RELATIME) != 0 && (flags & (MS_NOATIME | MS_STRICTATIME)) == 0) textString(t, ',relatime');
}

function superOptions(t: TextBuffer, mount: Mount): void {
  textString(t, mount.superBlock.flags & MS_RDONLY ? 'ro' : 'rw');
  if (mount.superBlock.flags & MS_SYNCHRONOUS) textString(t, ',sync');
}

/** Source, path, type, options: the form of /etc/mtab. */
function mountLine(t: TextBuffer, mount: Mount, path: usize): void {
  escaped(t, mount.source);
  textByte(t, SPACE);
  escaped(t, path);
  textByte(t, SPACE);
  textCString(t, mount.superBlock.typeName);
  textByte(t, SPACE);
  mountOptions(t, mount, true);
  if (mount.superBlock.flags & MS_SYNCHRONOUS) textString(t, ',sync');
  textString(t, ' 0 0\n');
}

function number(t: TextBuffer, value: u64): void {
  textUnsigned(t, value);
  textByte(t, SPACE);
}

/** proc(5), "/proc/[pid]/mountinfo"; `room` is PATH_MAX bytes. */
function infoLine(t: TextBuffer, mount: Mount, path: usize, room: usize): void {
  const parent = mount.parent;
  const superBlock = mount.superBlock;
  number(t, mount.id);
  number(t, parent == null ? mount.id : parent.id);
  textUnsigned(t, deviceMajor(superBlock.deviceNumber));
  textByte(t, 0x3a);
  number(t, deviceMinor(superBlock.deviceNumber));
  const flags = dcacheEnter();
  // The root within its file system: the way up to a dentry without parent.
  let top: Dentry = mount.root;
  for (let above = top.parent; above != null; above = top.parent) top = above;
  const made = placePathLocked(mount, mount.root, mount, top, room, <usize>PATH_MAX);
  dcacheLeaveQuickly(flags);
  if (mount.root == top || made < 0) textByte(t, 0x2f);
  else escaped(t, room);
  textByte(t, SPACE);
  escaped(t, path);
  textByte(t, SPACE);
  mountOptions(t, mount, false);
  textString(t, ' - ');
  textCString(t, superBlock.typeName);
  textByte(t, SPACE);
  escaped(t, mount.source);
  textByte(t, SPACE);
  superOptions(t, mount);
  textByte(t, 0x0a);
}

function pathOf(mount: Mount, path: usize): bool {
  const process = currentProcess();
  const top = mountOfRoot();
  if (top == null) return false;
  let rootMount: Mount = top;
  let root = top.root;
  if (!isNull(process) && process.fs != 0) {
    const c = changetype<FsContext>(process.fs);
    rootMount = c.rootMount;
    root = c.root;
  }
  if (!isReachableLocked(mount, mount.root, rootMount, root)) return false;
  return placePathLocked(mount, mount.root, rootMount, root, path, <usize>PATH_MAX) > 0;
}

function all(t: TextBuffer, info: bool): void {
  const path = kmalloc(<usize>PATH_MAX * 2);
  if (path == 0) {
    t.failed = true;
    return;
  }
  let flags = dcacheEnter();
  let mount = firstMountLocked();
  while (mount != null) {
    const shown = pathOf(mount, path);
    mountGetLocked(mount);
    dcacheLeaveQuickly(flags);
    if (shown) {
      if (info) infoLine(t, mount, path, path + <usize>PATH_MAX);
      else mountLine(t, mount, path);
    }
    flags = dcacheEnter();
    const next: Mount | null = mount.attached ? mount.next : null;
    mountPutLocked(mount);
    mount = next;
  }
  dcacheLeave(flags);
  kfree(path);
}

export function mounts(t: TextBuffer, _pid: i32, _tid: i32): void {
  all(t, false);
}

export function mountInfo(t: TextBuffer, _pid: i32, _tid: i32): void {
  all(t, true);
}
