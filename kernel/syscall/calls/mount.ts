/** mount(2) and umount2(2). */
import { BlockDevice } from '../../block/block';
import { fileSystemFind } from '../../fs/filesystems';
import {
  blockDeviceOf,
  mountBind,
  mountMoveTo,
  mountRemount,
  mountRemove,
  mountType,
} from '../../fs/mounting';
import { AT_FDCWD } from '../../fs/open-flags';
import { PathWalk, WALK_FOLLOW, walkFind, walkFree } from '../../fs/path-walk';
import { S_IFBLK, S_IFMT } from '../../fs/stat';
import { MS_BIND, MS_MOVE, MS_REC, MS_REMOUNT, MS_SILENT } from '../../fs/super-block';
import { EFAULT, EINVAL, ENAMETOOLONG, ENODEV, ENOMEM, ENOTBLK, ENXIO, EPERM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { SyscallArgs } from '../arguments';
import { isWalkError, takeWalk, walkError } from '../buffers';
import { copyStringFromUser } from '../user-copy';

const HERE: u64 = <u64>AT_FDCWD;
/** In the upper half of the flags of old programs. */
const MS_MAGIC: u32 = 0xc0ed0000;
const MS_MAGIC_MASK: u32 = 0xffff0000;
const MS_UNBINDABLE: u32 = 1 << 17;
const MS_PRIVATE: u32 = 1 << 18;
const MS_SLAVE: u32 = 1 << 19;
const MS_SHARED: u32 = 1 << 20;
const PROPAGATION: u32 = MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED;

const PAGE: usize = 4096;
const TYPE_BYTES: usize = 64;

/** The strings of the call, in one piece of memory. */
@unmanaged
class Strings {
  source: usize;
  type: usize;
  options: usize;
}

/** A string from user memory (0: empty): 0 or a negative errno. */
function take(to: usize, address: u64, size: usize): i32 {
  if (address == 0) return 0;
  const length = copyStringFromUser(to, address, size);
  return length == -ENAMETOOLONG || length == -EFAULT ? length : 0;
}

function takeStrings(s: Strings, a: SyscallArgs): i32 {
  const base = changetype<usize>(s) + offsetof<Strings>();
  s.source = base;
  s.options = base + PAGE;
  s.type = base + 2 * PAGE;
  let error = take(s.source, a.a0, PAGE);
  if (error == 0) error = take(s.type, a.a2, TYPE_BYTES);
  // Options may be something else than a string for other types; a page of them is looked at.
  if (error == 0 && take(s.options, a.a4, PAGE) == -EFAULT) error = -EFAULT;
  return error;
}

/** The device that the source names: 0 and in `slot`, or a negative errno. */
function findDevice(address: u64, slot: usize): i32 {
  const w = takeWalk(HERE, address);
  if (isWalkError(w)) return walkError(w);
  let error = walkFind(w, WALK_FOLLOW);
  if (error == 0) {
    const device = blockDeviceOf(w.found);
    if ((w.found.mode & S_IFMT) != S_IFBLK) error = -ENOTBLK;
    else if (device == null) error = -ENXIO;
    store<usize>(slot, changetype<usize>(device));
  }
  walkFree(w);
  return error;
}

function mountNewType(at: PathWalk, a: SyscallArgs, s: Strings, flags: u32): i32 {
  const type = fileSystemFind(s.type);
  if (type == null) return -ENODEV;
  let device: BlockDevice | null = null;
  if (type.needsDevice) {
    const slot = s.type + TYPE_BYTES;
    const error = findDevice(a.a0, slot);
    if (error != 0) return error;
    device = changetype<BlockDevice | null>(load<usize>(slot));
  }
  const source = load<u8>(s.source) == 0 ? type.cName : s.source;
  return mountType(at, type, device, source, s.options, flags);
}

function mountFrom(at: PathWalk, a: SyscallArgs, s: Strings, flags: u32): i32 {
  const from = takeWalk(HERE, a.a0);
  if (isWalkError(from)) return walkError(from);
  let error = walkFind(from, WALK_FOLLOW);
  if (error == 0) {
    error = flags & MS_MOVE ? mountMoveTo(from, at) : mountBind(from, at, s.source);
  }
  walkFree(from);
  return error;
}

function mountAt(at: PathWalk, a: SyscallArgs, s: Strings, flags: u32): i32 {
  if (flags & MS_REMOUNT) return mountRemount(at, flags, s.options, (flags & MS_BIND) != 0);
  if (flags & (MS_BIND | MS_MOVE)) return mountFrom(at, a, s, flags);
  const propagation = flags & PROPAGATION;
  if (propagation != 0) {
    const harmless = propagation == MS_PRIVATE || propagation == MS_SLAVE;
    return harmless && at.dentry == at.mount.root ? 0 : -EINVAL;
  }
  return mountNewType(at, a, s, flags);
}

export function sysMount(a: SyscallArgs): i64 {
  if (!isSuperuser(currentCredentials())) return -EPERM;
  let flags = <u32>a.a3;
  if ((flags & MS_MAGIC_MASK) == MS_MAGIC) flags &= ~MS_MAGIC_MASK;
  flags &= ~(MS_SILENT | MS_REC);
  const s = changetype<Strings>(kmalloc(offsetof<Strings>() + 2 * PAGE + TYPE_BYTES + 8));
  if (changetype<usize>(s) == 0) return -ENOMEM;
  let error = takeStrings(s, a);
  if (error == 0) {
    const at = takeWalk(HERE, a.a1);
    if (isWalkError(at)) error = walkError(at);
    else {
      error = walkFind(at, WALK_FOLLOW);
      if (error == 0) error = mountAt(at, a, s, flags);
      walkFree(at);
    }
  }
  kfree(changetype<usize>(s));
  return error;
}

const MNT_FORCE: u32 = 1;
const MNT_DETACH: u32 = 2;
const MNT_EXPIRE: u32 = 4;
const UMOUNT_NOFOLLOW: u32 = 8;

/** MNT_FORCE is for file systems whose server is gone: no more than a plain umount here. */
export function sysUmount2(a: SyscallArgs): i64 {
  const flags = <u32>a.a1;
  if ((flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW)) != 0) return -EINVAL;
  if ((flags & MNT_EXPIRE) != 0) return -EINVAL;
  if (!isSuperuser(currentCredentials())) return -EPERM;
  const at = takeWalk(HERE, a.a0);
  if (isWalkError(at)) return walkError(at);
  let error = walkFind(at, flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW);
  if (error == 0) error = mountRemove(at, (flags & MNT_DETACH) != 0);
  walkFree(at);
  return error;
}
