/**
 * From the boot loader's memory map to a running frame allocator.
 *
 * The frame table goes into the largest usable range below 4 GiB (what boot.S maps) above the kernel image; all the
 * rest of usable memory above 1 MiB outside the image is handed to the buddy allocator. Memory below 1 MiB stays
 * reserved: the BIOS data areas and the start code of further CPUs live there.
 */
import { MEMORY_USABLE, bootInfo, memoryRange } from '../arch/x86_64/boot-info';
import { kernelEnd } from '../arch/x86_64/image';
import { LOG_INFO, logBegin, logDec, logEnd, logStr } from '../lib/log';
import { panic } from '../lib/panic';
import { FRAME_RECORD_SIZE, buddyAdd, buddyFreeFrames, buddyInit } from './buddy';
import { setTotalFrames } from './frames';
import { PAGE_SHIFT, physToVirt, virtToPhys } from './layout';

const FOUR_GIB: u64 = (<u64>1) << 32;
const LOW_MEMORY_END: u64 = 1 << 20;
/** Frame numbers are u32 and the direct map spans 32 TiB; more RAM than this is left unused. */
const MAX_MEMORY: u64 = (<u64>1) << 40;

let ramTop: u64 = 0;

/** End of the highest usable memory. */
export function physicalTop(): u64 {
  return ramTop;
}

export function earlyMemoryInit(): void {
  const imageEnd = virtToPhys(kernelEnd());
  findTop();
  const frames = <u32>(ramTop >> PAGE_SHIFT);
  const tableBytes = (<u64>frames * FRAME_RECORD_SIZE + 4095) & ~4095;
  const tableAt = findRoom(imageEnd, tableBytes);
  if (tableAt == 0) panic('no room for the frame table: too little memory');
  memory.fill(physToVirt(tableAt), 0, <usize>tableBytes);
  buddyInit(physToVirt(tableAt), frames);
  for (let i: u32 = 0; i < bootInfo().rangeCount; i++) {
    const range = memoryRange(i);
    if (range.type != MEMORY_USABLE) continue;
    let start = max(roundUp(range.base), imageEnd);
    const end = min((range.base + range.length) & ~4095, MAX_MEMORY);
    if (start < LOW_MEMORY_END) start = LOW_MEMORY_END;
    addExcept(start, end, tableAt, tableAt + tableBytes);
  }
  setTotalFrames(buddyFreeFrames());
  logBegin(LOG_INFO, 'mm');
  logDec(buddyFreeFrames() >> 8);
  logStr(' MiB free, frame table ');
  logDec(tableBytes >> 10);
  logStr(' KiB');
  logEnd();
}

function findTop(): void {
  for (let i: u32 = 0; i < bootInfo().rangeCount; i++) {
    const range = memoryRange(i);
    if (range.type != MEMORY_USABLE) continue;
    const end = min(range.base + range.length, MAX_MEMORY) & ~4095;
    if (end > ramTop) ramTop = end;
  }
}

function findRoom(above: u64, bytes: u64): u64 {
  let best: u64 = 0;
  let bestSize: u64 = 0;
  for (let i: u32 = 0; i < bootInfo().rangeCount; i++) {
    const range = memoryRange(i);
    if (range.type != MEMORY_USABLE) continue;
    const start = max(roundUp(range.base), above);
    const end = min((range.base + range.length) & ~4095, FOUR_GIB);
    if (end <= start || end - start < bytes || end - start <= bestSize) continue;
    best = start;
    bestSize = end - start;
  }
  return best;
}

function addExcept(start: u64, end: u64, holeStart: u64, holeEnd: u64): void {
  if (start >= end) return;
  if (holeEnd <= start || holeStart >= end) {
    buddyAdd(<u32>(start >> PAGE_SHIFT), <u32>(end >> PAGE_SHIFT));
    return;
  }
  if (start < holeStart) buddyAdd(<u32>(start >> PAGE_SHIFT), <u32>(holeStart >> PAGE_SHIFT));
  if (holeEnd < end) buddyAdd(<u32>(holeEnd >> PAGE_SHIFT), <u32>(end >> PAGE_SHIFT));
}

function roundUp(address: u64): u64 {
  return (address + 4095) & ~4095;
}
