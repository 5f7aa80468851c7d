/**
 * Device registers in memory. Each call is exactly one access of its width: plain loads and stores may be merged,
 * hoisted or dropped by the optimiser and never reach a device reliably.
 */
export declare function read8(address: usize): u8;
export declare function read16(address: usize): u16;
export declare function read32(address: usize): u32;
export declare function read64(address: usize): u64;
export declare function write8(address: usize, value: u8): void;
export declare function write16(address: usize, value: u16): void;
export declare function write32(address: usize, value: u32): void;
export declare function write64(address: usize, value: u64): void;
