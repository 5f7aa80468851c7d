/**
 * The memory map (docs/internals/memory-map.md has the table and the reasons).
 */

export const PAGE_SIZE: u64 = 4096;
export const PAGE_SHIFT: u32 = 12;

/** End of user space: the last page below the canonical hole is never mapped (a SYSCALL there would return to a non-canonical RIP). */
export const USER_END: u64 = 0x0000_7fff_ffff_f000;
/** Below this nothing is mapped, so that a null pointer with an offset faults. */
export const USER_START: u64 = 0x1_0000;
export const USER_STACK_TOP: u64 = 0x0000_5555_5555_4000;
export const USER_STACK_LIMIT: u64 = 8 << 20;
/** Anonymous mappings without an address grow down from here. */
export const USER_MMAP_TOP: u64 = 0x0000_5555_0000_0000;

export const DIRECT_MAP: u64 = 0xffff_8000_0000_0000;
export const DIRECT_MAP_END: u64 = 0xffff_a000_0000_0000;
export const DEVICE_MAP: u64 = 0xffff_b000_0000_0000;
export const DEVICE_MAP_END: u64 = 0xffff_b080_0000_0000;
export const KERNEL_STACKS: u64 = 0xffff_c900_0000_0000;
export const EMERGENCY_STACKS: u64 = 0xffff_c980_0000_0000;
export const KERNEL_BASE: u64 = 0xffff_ffff_8000_0000;

/** Kernel address of physical memory (RAM, and the BIOS area below 1 MiB). */
export function physToVirt(physical: u64): usize {
  return <usize>(DIRECT_MAP + physical);
}

/** Physical address of a direct-map or kernel-image address. */
export function virtToPhys(address: usize): u64 {
  const a = <u64>address;
  return a >= KERNEL_BASE ? a - KERNEL_BASE : a - DIRECT_MAP;
}
