/** Frames, heap, kernel page tables, stacks, address spaces: on the running machine's real memory. */
import { readCr4 } from '../arch/x86_64/cpu';
import { rodataStart, textStart } from '../arch/x86_64/image';
import { EACCES, EEXIST, EFAULT, EINVAL } from '../lib/errno';
import { FrameRecord, MAX_ORDER, frameRecord } from '../mm/buddy';
import {
  AddressSpace,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  presentPage,
  spaceCreate,
  spaceDestroy,
  spaceMap,
  spaceProtect,
  spaceUnmap,
} from '../mm/address-space';
import { spaceFault, spaceRead, spaceWrite } from '../mm/fault';
import {
  allocFrame,
  allocFrames,
  frameReferences,
  frameRelease,
  frameRetain,
  freeFrame,
  freeFrameCount,
  freeFrames,
  reclaimFrames,
} from '../mm/frames';
import { kernelPml4 } from '../mm/kernel-map';
import { allocKernelStack, freeKernelStack, isStackGuard, kernelStacksInUse } from '../mm/kernel-stacks';
import { kfree, kmalloc } from '../mm/kmalloc';
import { DIRECT_MAP, KERNEL_BASE, PAGE_SHIFT, physToVirt, virtToPhys } from '../mm/layout';
import {
  PTE_ADDRESS,
  PTE_LARGE,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_USER,
  PTE_WRITE,
  translate,
} from '../mm/page-table';
import { spaceFork } from '../mm/space-fork';
import { copyFromUser, copyStringFromUser, copyToUser } from '../syscall/user-copy';
import { expect } from './report';

/** Takes all memory, in the largest blocks first, and gives it back. */
export function testFrames(): void {
  // The caches have nothing to give back then.
  while (reclaimFrames(1024) != 0);
  const before = freeFrameCount();
  let list: u64 = 0;
  let taken: u64 = 0;
  for (let order: i32 = <i32>MAX_ORDER; order >= 0; order--) {
    while (true) {
      const pa = allocFrames(order);
      if (pa == 0) break;
      if (!expect((pa & (((<u64>4096) << order) - 1)) == 0, 'a block is not aligned to its size')) return;
      linkOf(pa).next = <u32>(list >> PAGE_SHIFT); // in the record: touching the memory itself would cost time
      list = pa;
      taken += (<u64>1) << order;
    }
  }
  expect(taken == before, 'exhaustion did not find every free frame');
  expect(freeFrameCount() == 0 && allocFrame() == 0, 'memory left after exhaustion');
  expect(kmalloc(100000) == 0, 'kmalloc found memory after exhaustion');
  while (list != 0) {
    const next = (<u64>linkOf(list).next) << PAGE_SHIFT;
    freeFrames(list);
    list = next;
  }
  expect(freeFrameCount() == before, 'frames were lost');
  const big = allocFrames(MAX_ORDER);
  expect(big != 0, 'buddies did not merge');
  if (big != 0) freeFrames(big);
}

function linkOf(pa: u64): FrameRecord {
  return frameRecord(<u32>(pa >> PAGE_SHIFT));
}

export function testFrameReferences(): void {
  const frame = allocFrame();
  const before = freeFrameCount();
  frameRetain(frame);
  expect(frameReferences(frame) == 2, 'two owners are not counted as two');
  frameRelease(frame);
  expect(freeFrameCount() == before, 'a shared frame was freed by one owner');
  freeFrame(frame);
  expect(freeFrameCount() == before + 1, 'the last owner did not free the frame');
}

const OBJECTS: usize = 300;
const objects = memory.data(300 * 8, 8);

/** Many objects of all sizes at once: zeroed, apart from each other, all given back. */
export function testHeap(): void {
  const before = freeFrameCount();
  for (let i: usize = 0; i < OBJECTS; i++) {
    const size = sizeOf(i);
    const p = kmalloc(size);
    store<usize>(objects + i * 8, p);
    if (!expect(p != 0 && (p & 15) == 0, 'an object is missing or not aligned')) return;
    for (let j: usize = 0; j < size; j++) if (load<u8>(p + j) != 0) expect(false, 'an object is not zeroed');
    memory.fill(p, <u8>i, size);
  }
  for (let i: usize = 0; i < OBJECTS; i++) {
    const p = load<usize>(objects + i * 8);
    for (let j: usize = 0; j < sizeOf(i); j++) {
      if (load<u8>(p + j) != <u8>i) expect(false, 'two objects overlap');
    }
  }
  for (let i: usize = 0; i < OBJECTS; i++) kfree(load<usize>(objects + ((i * 7) % OBJECTS) * 8));
  // One empty slab of each of eleven classes may stay.
  expect(freeFrameCount() + 16 >= before, 'the heap kept more than its spare slabs');
  expect(kmalloc(8 << 20) == 0, 'an impossible size was granted');
}

function sizeOf(index: usize): usize {
  return 1 + ((index * 37) % 2500);
}

/** No kernel page that user code can reach, none that is both writable and executable. */
export function testKernelMappings(): void {
  const pml4 = physToVirt(kernelPml4());
  for (let i: usize = 0; i < 256; i++)
    expect(load<u64>(pml4 + i * 8) == 0, 'the kernel table maps user space');
  for (let i: usize = 256; i < 512; i++) {
    const entry = load<u64>(pml4 + i * 8);
    if ((entry & PTE_PRESENT) != 0) checkTable(entry, 2);
  }
  expect((readCr4() & (1 << 9)) != 0, 'FXSAVE is not switched on');
  expect(
    translate(kernelPml4(), <u64>textStart()) == virtToPhys(textStart()),
    'the code is not where it should be',
  );
  expect(translate(kernelPml4(), DIRECT_MAP + 0x9000) == 0x9000, 'the direct map is wrong');
  expect(translate(kernelPml4(), KERNEL_BASE) == 0, 'memory below the image is mapped at the image');
  expect(rodataStart() > textStart(), 'no code');
}

function checkTable(parent: u64, level: u32): void {
  const table = physToVirt(parent & PTE_ADDRESS);
  for (let i: usize = 0; i < 512; i++) {
    const entry = load<u64>(table + i * 8);
    if ((entry & PTE_PRESENT) == 0) continue;
    expect((entry & PTE_USER) == 0, 'a kernel page is open to user code');
    if (level > 0 && (entry & PTE_LARGE) == 0) checkTable(entry, level - 1);
    else
      expect((entry & PTE_WRITE) == 0 || (entry & PTE_NO_EXECUTE) != 0, 'a page is writable and executable');
  }
}

export function testKernelStacks(): void {
  const before = freeFrameCount();
  const inUse = kernelStacksInUse();
  const a = allocKernelStack();
  const b = allocKernelStack();
  expect(a != 0 && b != 0 && a != b, 'two stacks are one');
  store<u64>(<usize>(a - 8), 42);
  store<u64>(<usize>(a - 16384), 43);
  expect(translate(kernelPml4(), a - 16384 - 8) == 0, 'there is no guard below a stack');
  expect(isStackGuard(a - 16384 - 8) && !isStackGuard(a - 8), 'the guard is not recognised');
  freeKernelStack(a);
  expect(translate(kernelPml4(), a - 8) == 0, 'a freed stack is still mapped');
  const c = allocKernelStack();
  expect(c == a, 'the lowest free slot was not taken again');
  freeKernelStack(b);
  freeKernelStack(c);
  expect(kernelStacksInUse() == inUse, 'slots were lost');
  // Page tables of the stack area stay.
  expect(freeFrameCount() + 2 >= before, 'frames of stacks were lost');
}

const word = memory.data(8, 8);
const AT: u64 = 0x2000_0000;

export function testAddressSpaces(): void {
  const before = freeFrameCount();
  const parent = spaceCreate();
  if (!expect(changetype<usize>(parent) != 0, 'no address space')) return;
  expect(spaceMap(parent, AT, 0x10000, PROT_READ | PROT_WRITE, 0) == 0, 'mapping fails');
  expect(spaceMap(parent, AT + 0xf000, 0x2000, PROT_READ, 0) == -EEXIST, 'an overlap was accepted');
  expect(spaceMap(parent, 0x1000, 0x1000, PROT_READ, 0) == -EINVAL, 'the null page was mapped');
  expect(spaceMap(parent, DIRECT_MAP, 0x1000, PROT_READ, 0) == -EINVAL, 'kernel space was mapped');
  expect(spaceFault(parent, AT - 1, PROT_READ) == -EFAULT, 'a fault outside of all areas was resolved');
  expect(spaceFault(parent, AT, PROT_EXEC) == -EACCES, 'data may be executed');
  put(parent, AT + 0x2ffc, 0x1122334455667788);
  const child = spaceFork(parent);
  if (expect(changetype<usize>(child) != 0, 'fork fails')) {
    expect(
      frameReferences(virtToPhys(presentPage(parent, AT + 0x2000))) == 2,
      'a page is not shared after fork',
    );
    put(child, AT + 0x2ffc, 0xaa);
    expect(get(parent, AT + 0x2ffc) == 0x1122334455667788, 'the child wrote into its parent');
    expect(get(child, AT + 0x2ffc) == 0xaa, 'the child cannot write');
    spaceDestroy(child);
  }
  expect(spaceProtect(parent, AT + 0x2000, 0x1000, PROT_READ) == 0, 'mprotect fails');
  expect(spaceFault(parent, AT + 0x2000, PROT_WRITE) == -EACCES, 'a read-only page may be written');
  expect(spaceUnmap(parent, AT + 0x2000, 0x1000) == 0, 'unmapping fails');
  expect(spaceFault(parent, AT + 0x2000, PROT_READ) == -EFAULT, 'an unmapped page is still there');
  expect(presentPage(parent, AT + 0x3000) != 0, 'unmapping took a neighbour away');
  spaceDestroy(parent);
  expect(freeFrameCount() + 2 >= before, 'an address space leaks frames');
}

function put(space: AddressSpace, va: u64, value: u64): void {
  store<u64>(word, value);
  expect(spaceWrite(space, va, word, 8) == 0, 'spaceWrite fails');
}

function get(space: AddressSpace, va: u64): u64 {
  return spaceRead(space, va, word, 8) == 8 ? load<u64>(word) : 0;
}

/** In a kernel thread there is no user memory: every copy must say -EFAULT and none may fault. */
export function testUserCopy(): void {
  expect(copyFromUser(word, AT, 8) == -EFAULT, 'unmapped memory was read');
  expect(copyToUser(AT, word, 8) == -EFAULT, 'unmapped memory was written');
  expect(copyToUser(DIRECT_MAP, word, 8) == -EFAULT, 'kernel memory was written for a user');
  expect(copyFromUser(word, 0x0000_8000_0000_0000, 8) == -EFAULT, 'a non-canonical address was read');
  expect(copyFromUser(word, ~(<u64>0), 8) == -EFAULT, 'a wrapping range was read');
  expect(copyStringFromUser(word, AT, 8) == -EFAULT, 'a string was read from unmapped memory');
}
