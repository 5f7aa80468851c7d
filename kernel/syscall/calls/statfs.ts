/** About file systems (Linux statfs, fstatfs; POSIX statvfs is made of them). */
import { fileRelease } from '../../fs/file';
import { Mount } from '../../fs/mount';
import { AT_FDCWD } from '../../fs/open-flags';
import { WALK_FOLLOW, walkFind, walkFree } from '../../fs/path-walk';
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_SYNCHRONOUS,
  StatFs,
  SuperBlock,
} from '../../fs/super-block';
import { EBADF, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { SyscallArgs } from '../arguments';
import { fileOfAny, giveStructure, isNullFile, isWalkError, takeWalk, walkError } from '../buffers';

const STATFS_BYTES: usize = 120;
const ST_VALID: u64 = 0x20;
const ST_RELATIME: u64 = 0x1000;

const enum Field {
  Type = 0,
  BlockSize = 8,
  Blocks = 16,
  Free = 24,
  Available = 32,
  Files = 40,
  FilesFree = 48,
  Identifier = 56,
  NameLength = 64,
  FragmentSize = 72,
  Flags = 80,
}

/** f_flags: the ST_ numbers are those of the MS_ flags but for relatime. */
function flagsOf(superBlock: SuperBlock, mountFlags: u32): u64 {
  const same = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RDONLY;
  let flags = <u64>((mountFlags & same) | (superBlock.flags & (MS_RDONLY | MS_SYNCHRONOUS)));
  if ((mountFlags & MS_RELATIME) != 0) flags |= ST_RELATIME;
  return flags | ST_VALID;
}

function give(superBlock: SuperBlock, mountFlags: u32, address: u64): i64 {
  const memory = kmalloc(STATFS_BYTES + offsetof<StatFs>());
  if (memory == 0) return -ENOMEM;
  const s = changetype<StatFs>(memory + STATFS_BYTES);
  let error = 0;
  if (superBlock.ops.statfs != 0) error = call_indirect<i32>(superBlock.ops.statfs, superBlock, s);
  if (error != 0) {
    kfree(memory);
    return error;
  }
  const blockSize = s.blockSize != 0 ? s.blockSize : superBlock.blockSize;
  store<u64>(memory, s.type != 0 ? s.type : superBlock.magic, Field.Type);
  store<u64>(memory, blockSize, Field.BlockSize);
  store<u64>(memory, s.blocks, Field.Blocks);
  store<u64>(memory, s.free, Field.Free);
  store<u64>(memory, s.available, Field.Available);
  store<u64>(memory, s.files, Field.Files);
  store<u64>(memory, s.filesFree, Field.FilesFree);
  store<u64>(memory, superBlock.deviceNumber, Field.Identifier);
  store<u64>(memory, superBlock.maxNameLength, Field.NameLength);
  store<u64>(memory, blockSize, Field.FragmentSize);
  store<u64>(memory, flagsOf(superBlock, mountFlags), Field.Flags);
  return giveStructure(address, memory, STATFS_BYTES);
}

export function sysStatfs(a: SyscallArgs): i64 {
  const w = takeWalk(<u64>AT_FDCWD, a.a0);
  if (isWalkError(w)) return walkError(w);
  let result: i64 = walkFind(w, WALK_FOLLOW);
  if (result == 0) result = give(w.mount.superBlock, w.mount.flags, a.a1);
  walkFree(w);
  return result;
}

export function sysFstatfs(a: SyscallArgs): i64 {
  const file = fileOfAny(a.a0);
  if (isNullFile(file)) return -EBADF;
  const mount: Mount = file.mount;
  const mountFlags = changetype<usize>(mount) == 0 ? 0 : mount.flags;
  const result = give(file.inode.superBlock, mountFlags, a.a1);
  fileRelease(file);
  return result;
}
