/**
 * /dev/fb0: the pixels of the screen for programs that draw themselves (Linux's linux/fb.h), by read, write and mmap. The
 * mode is the one that the boot loader set: it can be asked for, and set to what it is. A program that draws asks its
 * console for KD_GRAPHICS first, so that nobody else paints.
 */
import { bootInfo } from '../../arch/x86_64/boot-info';
import { devfsRegister } from '../../fs/devfs/devfs';
import { File, FileIoctl, FileMmap, FileOps, FileTransfer, fileRelease } from '../../fs/file';
import { S_IFCHR, makeDevice } from '../../fs/stat';
import { EINVAL, ENOMEM, ENOSPC, ENOTTY } from '../../lib/errno';
import { PTE_WRITE_THROUGH } from '../../mm/page-table';
import { VMA_DEVICE, Vma } from '../../mm/vma';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { copyFromUser, copyToUser } from '../../syscall/user-copy';
import { consolePixels } from './console';

const FRAMEBUFFER_MAJOR: u32 = 29;
const PAGE: u64 = 4096;

const enum Request {
  FBIOGET_VSCREENINFO = 0x4600,
  FBIOPUT_VSCREENINFO = 0x4601,
  FBIOGET_FSCREENINFO = 0x4602,
  FBIOPAN_DISPLAY = 0x4606,
  FBIOBLANK = 0x4611,
}

/** struct fb_var_screeninfo: sizes, offsets, depth, three colours and transparency of three u32 each, … */
const VARIABLE_BYTES: usize = 160;
const COLOURS: usize = 32;
const COLOUR_BYTES: usize = 12;
/** struct fb_fix_screeninfo. */
const FIXED_BYTES: usize = 80;
const FB_VISUAL_TRUECOLOR: u32 = 2;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const identity = memory.data<u8>([0x42, 0x72, 0x65, 0x65, 0x6e, 0x69, 0x78, 0x20, 0x46, 0x42]);

function size(): u64 {
  return <u64>bootInfo().fbPitch * bootInfo().fbHeight;
}

function read(_file: File, buffer: usize, count: usize, offset: u64): i64 {
  if (offset >= size()) return 0;
  const n = <usize>min<u64>(count, size() - offset);
  memory.copy(buffer, consolePixels() + <usize>offset, n);
  return <i64>n;
}

function write(_file: File, buffer: usize, count: usize, offset: u64): i64 {
  if (offset >= size()) return count == 0 ? 0 : -ENOSPC;
  const n = <usize>min<u64>(count, size() - offset);
  memory.copy(consolePixels() + <usize>offset, buffer, n);
  return <i64>n;
}

function mmap(file: File, area: Vma): i32 {
  const pages = (size() + (bootInfo().fbAddress & (PAGE - 1)) + PAGE - 1) & ~(PAGE - 1);
  const length = area.end - area.start;
  if (area.offset > pages || length > pages - area.offset) return -EINVAL;
  area.segment = <usize>((bootInfo().fbAddress & ~(PAGE - 1)) + area.offset);
  area.flags |= VMA_DEVICE;
  // Write-combining, as the console maps it (patInit of mm/device-map.ts).
  area.offset = PTE_WRITE_THROUGH;
  area.file = 0;
  fileRelease(file);
  return 0;
}

function putColour(at: usize, index: usize, position: u32, bits: u32): void {
  store<u32>(at + COLOURS + index * COLOUR_BYTES, position);
  store<u32>(at + COLOURS + index * COLOUR_BYTES, bits, 4);
}

function fillVariable(at: usize): void {
  const info = bootInfo();
  store<u32>(at, info.fbWidth);
  store<u32>(at, info.fbHeight, 4);
  store<u32>(at, info.fbWidth, 8);
  store<u32>(at, info.fbHeight, 12);
  store<u32>(at, info.fbBpp, 24);
  putColour(at, 0, info.redPosition, info.redSize);
  putColour(at, 1, info.greenPosition, info.greenSize);
  putColour(at, 2, info.bluePosition, info.blueSize);
}

function fillFixed(at: usize): void {
  const info = bootInfo();
  memory.copy(at, identity, 10);
  store<u64>(at, info.fbAddress, 16);
  store<u32>(at, <u32>size(), 24);
  store<u32>(at, FB_VISUAL_TRUECOLOR, 36);
  store<u32>(at, info.fbPitch, 48);
}

/** The mode that is asked for is the one there is, and nothing is off the screen: 0. */
function checkVariable(at: usize): i32 {
  const info = bootInfo();
  const same =
    load<u32>(at) == info.fbWidth &&
    load<u32>(at, 4) == info.fbHeight &&
    load<u32>(at, 24) == info.fbBpp &&
    load<u32>(at, 16) == 0 &&
    load<u32>(at, 20) == 0;
  return same ? 0 : -EINVAL;
}

function answer(request: u32, argument: u64, buffer: usize): i32 {
  switch (request) {
    case Request.FBIOGET_VSCREENINFO:
      fillVariable(buffer);
      return copyToUser(argument, buffer, VARIABLE_BYTES);
    case Request.FBIOGET_FSCREENINFO:
      fillFixed(buffer);
      return copyToUser(argument, buffer, FIXED_BYTES);
    case Request.FBIOPUT_VSCREENINFO:
    case Request.FBIOPAN_DISPLAY: {
      const error = copyFromUser(buffer, argument, VARIABLE_BYTES);
      return error != 0 ? error : checkVariable(buffer);
    }
    case Request.FBIOBLANK:
      // 0 is "show"; the hardware of a boot-time framebuffer cannot be turned off.
      return argument == 0 ? 0 : -EINVAL;
    default:
      return -ENOTTY;
  }
}

function ioctl(_file: File, request: u32, argument: u64): i64 {
  const buffer = kmalloc(VARIABLE_BYTES);
  if (buffer == 0) return -ENOMEM;
  const result = answer(request, argument, buffer);
  kfree(buffer);
  return result;
}

/** Puts fb0 into devfs, if there is a framebuffer. */
export function framebufferDeviceInit(): void {
  if (consolePixels() == 0) return;
  const readFunction: FileTransfer = read;
  ops.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  ops.write = writeFunction.index;
  const ioctlFunction: FileIoctl = ioctl;
  ops.ioctl = ioctlFunction.index;
  const mmapFunction: FileMmap = mmap;
  ops.mmap = mmapFunction.index;
  ops.seekable = true;
  devfsRegister('fb0', S_IFCHR | 0o660, makeDevice(FRAMEBUFFER_MAJOR, 0), ops, 0, 0);
}
