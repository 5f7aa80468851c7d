/**
 * Disks and partitions as files: /dev/sda, /dev/sda1 ... They are read and written through the buffer cache, which the
 * file systems share; fsync brings them to the medium.
 */
import { BlockDevice, SECTOR_BYTES, blockAt, blockCount, blockName } from '../../block/block';
import { cacheRead, cacheWrite } from '../../block/buffer-cache';
import { partitionsScan } from '../../block/partitions';
import { bufferFlush } from '../../block/write-back';
import { EBUSY, EFAULT, EINVAL, EIO, ENOSPC, ENOTTY, EPERM, EROFS } from '../../lib/errno';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { copyToUser } from '../../syscall/user-copy';
import {
  File,
  FileIoctl,
  FileOps,
  FileSeek,
  FileSync,
  FileTransfer,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../file';
import { Inode } from '../inode';
import { O_ACCMODE, O_RDONLY } from '../open-flags';
import { S_IFBLK, makeDevice } from '../stat';
import { devfsRegisterBytes } from './register';

const DISK_MAJOR: u32 = 8;
const MODE: u32 = S_IFBLK | 0o660;

/** include/uapi/linux/fs.h */
const BLKROGET: u32 = 0x125e;
const BLKRRPART: u32 = 0x125f;
const BLKGETSIZE: u32 = 0x1260;
const BLKFLSBUF: u32 = 0x1261;
const BLKRAGET: u32 = 0x1263;
const BLKSSZGET: u32 = 0x1268;
const BLKPBSZGET: u32 = 0x127b;
const BLKIOMIN: u32 = 0x1278;
const BLKIOOPT: u32 = 0x1279;
const BLKBSZGET: u32 = 0x80081270;
const BLKGETSIZE64: u32 = 0x80081272;
const BLOCK_SIZE: u32 = 4096;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
/** Devices that are in /dev already. */
let registered: u32 = 0;

function deviceOf(file: File): BlockDevice {
  return changetype<BlockDevice>(file.data);
}

function sizeOf(d: BlockDevice): u64 {
  return d.sectorCount * SECTOR_BYTES;
}

function read(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const size = sizeOf(deviceOf(file));
  if (offset >= size) return 0;
  const n = <usize>min(<u64>count, size - offset);
  const error = cacheRead(deviceOf(file), offset, buffer, n);
  return error != 0 ? error : <i64>n;
}

function write(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const size = sizeOf(deviceOf(file));
  if (count == 0) return 0;
  if (offset >= size) return -ENOSPC;
  const n = <usize>min(<u64>count, size - offset);
  const error = cacheWrite(deviceOf(file), offset, buffer, n);
  return error != 0 ? error : <i64>n;
}

function sync(file: File): i32 {
  return deviceOf(file).readOnly ? 0 : bufferFlush(deviceOf(file));
}

function seek(file: File, offset: i64, whence: u32): i64 {
  let base: i64 = 0;
  if (whence == SEEK_CUR) base = <i64>file.offset;
  else if (whence == SEEK_END) base = <i64>sizeOf(deviceOf(file));
  else if (whence != SEEK_SET) return -EINVAL;
  const to = base + offset;
  if (to < 0) return -EINVAL;
  file.offset = <u64>to;
  return to;
}

function giveWord(address: u64, value: u64, bytes: usize): i64 {
  const slot = threadScratch(currentThread());
  store<u64>(slot, value);
  return copyToUser(address, slot, bytes) == 0 ? 0 : -EFAULT;
}

function ioctl(file: File, request: u32, argument: u64): i64 {
  const d = deviceOf(file);
  switch (request) {
    case BLKGETSIZE64:
      return giveWord(argument, sizeOf(d), 8);
    case BLKGETSIZE:
      return giveWord(argument, d.sectorCount, 8);
    case BLKSSZGET:
    case BLKPBSZGET:
    case BLKIOMIN:
      return giveWord(argument, SECTOR_BYTES, 4);
    case BLKIOOPT:
      return giveWord(argument, 0, 4);
    case BLKBSZGET:
      return giveWord(argument, BLOCK_SIZE, 8);
    case BLKRAGET:
      return giveWord(argument, 256, 8);
    case BLKROGET:
      return giveWord(argument, d.readOnly ? 1 : 0, 4);
    case BLKFLSBUF:
      return isSuperuser(currentCredentials()) ? bufferFlush(d) : -EPERM;
    case BLKRRPART:
      if (!isSuperuser(currentCredentials())) return -EPERM;
      return d.partition != 0 ? -EINVAL : rescan(d);
    default:
      return -ENOTTY;
  }
}

/**
 * Reads the partition table, whose partitions appear in /dev. Devices stay for ever, so a disk that has partitions already
 * is busy until the next start.
 */
function rescan(d: BlockDevice): i32 {
  for (let n: u32 = 0; n < blockCount(); n++) if (blockAt(n).disk == d) return -EBUSY;
  const error = bufferFlush(d);
  if (error != 0) return error;
  const failed = partitionsScan(d);
  blockDevicesRegister();
  return failed < 0 ? -EIO : 0;
}

function open(_inode: Inode, file: File): i32 {
  if (deviceOf(file).readOnly && (file.flags & O_ACCMODE) != O_RDONLY) return -EROFS;
  return 0;
}

/** Puts the devices that have been found since the last call into /dev. */
export function blockDevicesRegister(): void {
  const openFunction: (inode: Inode, file: File) => i32 = open;
  for (; registered < blockCount(); registered++) {
    const d = blockAt(registered);
    const number = makeDevice(DISK_MAJOR, d.minor);
    devfsRegisterBytes(blockName(d), MODE, number, ops, openFunction.index, changetype<usize>(d));
  }
}

export function blockDevicesInit(): void {
  const readFunction: FileTransfer = read;
  ops.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  ops.write = writeFunction.index;
  const ioctlFunction: FileIoctl = ioctl;
  ops.ioctl = ioctlFunction.index;
  const seekFunction: FileSeek = seek;
  ops.seek = seekFunction.index;
  const syncFunction: FileSync = sync;
  ops.sync = syncFunction.index;
  ops.seekable = true;
  blockDevicesRegister();
}
