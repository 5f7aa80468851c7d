/**
 * Port input and output. `insw`/`outsw` move `words` 16-bit words to or from kernel memory.
 * Source: Intel SDM volume 1 chapter 19.
 */
export declare function inb(port: u16): u8;
export declare function inw(port: u16): u16;
export declare function inl(port: u16): u32;
export declare function outb(port: u16, value: u8): void;
export declare function outw(port: u16, value: u16): void;
export declare function outl(port: u16, value: u32): void;
export declare function insw(port: u16, buffer: usize, words: u32): void;
export declare function outsw(port: u16, buffer: usize, words: u32): void;
