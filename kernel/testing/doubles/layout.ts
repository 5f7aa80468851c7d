/** Stands in for mm/layout.ts in unit tests: physical memory is one block of the test's own memory. */
export const PAGE_SIZE: u64 = 4096;
export const PAGE_SHIFT: u32 = 12;
export const USER_END: u64 = 0x0000_7fff_ffff_f000;
export const USER_START: u64 = 0x1_0000;
export const USER_MMAP_TOP: u64 = 0x0000_5555_0000_0000;

let base: usize = 0;

/** Gives the kernel `megabytes` of physical memory from address 0 on. */
export function makePhysicalMemory(megabytes: i32): usize {
  base = (<usize>memory.grow(megabytes * 16)) << 16;
  return base;
}

export function physToVirt(physical: u64): usize {
  return base + <usize>physical;
}

export function virtToPhys(address: usize): u64 {
  return <u64>(address - base);
}
