/**
 * The kernel's half of the address space, built once and shared by every process: PML4 entries 256–511 of all tables
 * are the same, and those that kernel mappings use are filled before the first process exists, so a later mapping is
 * visible everywhere at once.
 *
 * W^X: code is read-only and executable, constants read-only, everything else writable and never executable. The
 * direct map's view of the code and constants is read-only too.
 */
import { writeCr3, invalidatePage, readCr4, writeCr4 } from '../arch/x86_64/cpu';
import { cpuHas1GPages, cpuHasGlobalPages } from '../arch/x86_64/cpu-features';
import { MEMORY_USABLE, bootInfo, memoryRange } from '../arch/x86_64/boot-info';
import { bootStack, dataStart, kernelEnd, rodataEnd, rodataStart, textStart } from '../arch/x86_64/image';
import { thisCpu } from '../arch/x86_64/percpu';
import { panic } from '../lib/panic';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { physicalTop } from './early-memory';
import { allocZeroedFrame } from './frames';
import { DEVICE_MAP, DIRECT_MAP, EMERGENCY_STACKS, KERNEL_STACKS, physToVirt, virtToPhys } from './layout';
import {
  PTE_GLOBAL,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_WRITE,
  findEntry,
  makeEntry,
  mapRange,
  translate,
} from './page-table';

const PAGE_4K: u64 = 4096;
const PAGE_2M: u64 = 1 << 21;
const PAGE_1G: u64 = 1 << 30;
const CR4_GLOBAL: u64 = 1 << 7;

const lock = memory.data(4, 4);

let root: u64 = 0;

/** Physical address of the PML4 that has only the kernel's half: what runs when no process does. */
export function kernelPml4(): u64 {
  return root;
}

/** Builds the final tables and leaves the early ones: the identity mapping is gone afterwards. */
export function kernelMapInit(): void {
  root = allocZeroedFrame();
  if (root == 0) panic('no memory for page tables');
  reserveSlot(DEVICE_MAP);
  reserveSlot(KERNEL_STACKS);
  reserveSlot(EMERGENCY_STACKS);
  mapDirect();
  mapImage(textStart(), rodataStart(), PTE_GLOBAL);
  mapImage(rodataStart(), rodataEnd(), PTE_GLOBAL | PTE_NO_EXECUTE);
  const data = PTE_GLOBAL | PTE_NO_EXECUTE | PTE_WRITE;
  mapImage(dataStart(), bootStack() - 4096, data); // the page below the boot stack is its guard
  mapImage(bootStack(), kernelEnd(), data);
  writeCr3(root);
  thisCpu().cr3 = root;
  if (cpuHasGlobalPages()) writeCr4(readCr4() | CR4_GLOBAL);
}

/** Maps one page into the kernel's half. False when out of memory. */
export function mapKernelPage(va: u64, pa: u64, flags: u64): bool {
  const f = lockIrqSave(lock);
  const entry = makeEntry(root, va, 0, 0);
  if (entry != 0) store<u64>(entry, pa | flags | PTE_PRESENT | PTE_GLOBAL);
  unlockIrqRestore(lock, f);
  return entry != 0;
}

/** Unmaps one page and returns the physical address that it led to; 0 when there was none. */
export function unmapKernelPage(va: u64): u64 {
  const f = lockIrqSave(lock);
  const pa = translate(root, va);
  const entry = findEntry(root, va, 0);
  if (entry != 0) store<u64>(entry, 0);
  unlockIrqRestore(lock, f);
  invalidatePage(va);
  return pa;
}

/** Is there a kernel page at `va`? (For the backtrace, which must not fault.) */
export function isKernelMapped(va: u64): bool {
  return va >= DIRECT_MAP && translate(root, va) != 0;
}

/** Copies the kernel's half into a new PML4. */
export function shareKernelHalf(pml4: u64): void {
  memory.copy(physToVirt(pml4) + 2048, physToVirt(root) + 2048, 2048);
}

/** The PDPT of a region must exist before the first process copies the PML4. */
function reserveSlot(va: u64): void {
  if (makeEntry(root, va, 2, 0) == 0) panic('no memory for page tables');
}

function mapImage(start: usize, end: usize, flags: u64): void {
  mapOrPanic(<u64>start, virtToPhys(start), (<u64>(end - start) + 4095) & ~4095, flags, PAGE_4K);
}

/**
 * All RAM, and below 4 GiB also what lies between and right above it: firmware keeps its ACPI tables there. Device
 * memory is left out; device-map.ts maps it with the caching it needs.
 */
function mapDirect(): void {
  const largest = cpuHas1GPages() ? PAGE_1G : PAGE_2M;
  const data = PTE_WRITE | PTE_NO_EXECUTE | PTE_GLOBAL;
  const lowTop = lowMemoryTop();
  const codeStart = virtToPhys(textStart());
  const codeEnd = virtToPhys(rodataEnd());
  mapOrPanic(DIRECT_MAP, 0, codeStart, data, largest);
  mapOrPanic(DIRECT_MAP + codeStart, codeStart, codeEnd - codeStart, PTE_NO_EXECUTE | PTE_GLOBAL, largest);
  mapOrPanic(DIRECT_MAP + codeEnd, codeEnd, lowTop - codeEnd, data, largest);
  const highTop = (physicalTop() + PAGE_2M - 1) & ~(PAGE_2M - 1);
  const fourGib: u64 = (<u64>1) << 32;
  if (highTop > fourGib) mapOrPanic(DIRECT_MAP + fourGib, fourGib, highTop - fourGib, data, largest);
}

function lowMemoryTop(): u64 {
  let top: u64 = 0;
  for (let i: u32 = 0; i < bootInfo().rangeCount; i++) {
    const range = memoryRange(i);
    const end = range.base + range.length;
    if (range.type == MEMORY_USABLE && range.base < (<u64>1) << 32 && end > top) top = end;
  }
  top = min(top, (<u64>1) << 32);
  return (top + PAGE_2M - 1) & ~(PAGE_2M - 1);
}

function mapOrPanic(va: u64, pa: u64, length: u64, flags: u64, maxPage: u64): void {
  if (!mapRange(root, va, pa, length, flags, maxPage)) panic('no memory for page tables');
}
