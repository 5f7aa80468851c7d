/**
 * Files that are not stored: devices by their number and FIFOs, whatever file system their node is on. Who makes them
 * registers how they are opened.
 */
import { ENOMEM, ENXIO } from '../lib/errno';
import { alloc } from '../mm/kmalloc';
import { dcacheEnter, dcacheLeaveQuickly } from './dentry';
import { File, FileOps } from './file';
import { Inode } from './inode';
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT } from './stat';

@unmanaged
class Device {
  next: usize;
  /** S_IFCHR or S_IFBLK. */
  type: u32;
  /** (inode: Inode, file: File) => i32, or 0. */
  open: u32;
  number: u64;
  ops: FileOps;
  /** Put into file.data before `open`. */
  data: usize;
}

const HASH_SLOTS: u64 = 64;
const table = memory.data(64 * 8, 8);
let fifoOpen: u32 = 0;

function slotOf(type: u32, number: u64): usize {
  return table + <usize>((number ^ (number >> 8) ^ type) & (HASH_SLOTS - 1)) * 8;
}

/**
 * A device with this type (S_IFCHR or S_IFBLK) and number exists from now on. `open` is a function index or 0; `data` is
 * found in file.data. A second one of a number takes the first one's place. 0 or -ENOMEM.
 */
export function deviceRegister(type: u32, number: u64, ops: FileOps, open: u32, data: usize): i32 {
  const device = alloc<Device>();
  if (changetype<usize>(device) == 0) return -ENOMEM;
  device.type = type;
  device.number = number;
  device.ops = ops;
  device.open = open;
  device.data = data;
  const slot = slotOf(type, number);
  const flags = dcacheEnter();
  device.next = load<usize>(slot);
  store<usize>(slot, changetype<usize>(device));
  dcacheLeaveQuickly(flags);
  return 0;
}

/** Set by ipc: (inode: Inode, file: File) => i32, sets the file's operations and data; may sleep until a partner comes. */
export function setFifoOpen(open: (inode: Inode, file: File) => i32): void {
  fifoOpen = open.index;
}

export function isSpecial(mode: u32): bool {
  const type = mode & S_IFMT;
  return type == S_IFCHR || type == S_IFBLK || type == S_IFIFO;
}

/** Opens a device or FIFO. -ENXIO when there is no such device. */
export function specialOpen(inode: Inode, file: File): i32 {
  const type = inode.mode & S_IFMT;
  if (type == S_IFIFO) return fifoOpen == 0 ? -ENXIO : call_indirect<i32>(fifoOpen, inode, file);
  const number = inode.specialDevice;
  let at = load<usize>(slotOf(type, number));
  while (at != 0) {
    const device = changetype<Device>(at);
    if (device.number == number && device.type == type) {
      file.ops = device.ops;
      file.data = device.data;
      return device.open == 0 ? 0 : call_indirect<i32>(device.open, inode, file);
    }
    at = device.next;
  }
  return -ENXIO;
}
