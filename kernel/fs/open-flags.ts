/** Flags of open(2) as Linux x86-64 has them (asm-generic/fcntl.h), and modes of access(2). */
export const O_RDONLY: u32 = 0;
export const O_WRONLY: u32 = 1;
export const O_RDWR: u32 = 2;
export const O_ACCMODE: u32 = 3;
export const O_CREAT: u32 = 0x40;
export const O_EXCL: u32 = 0x80;
export const O_NOCTTY: u32 = 0x100;
export const O_TRUNC: u32 = 0x200;
export const O_APPEND: u32 = 0x400;
export const O_NONBLOCK: u32 = 0x800;
export const O_DIRECTORY: u32 = 0x10000;
export const O_NOFOLLOW: u32 = 0x20000;
export const O_CLOEXEC: u32 = 0x80000;

export const R_OK: u32 = 4;
export const W_OK: u32 = 2;
export const X_OK: u32 = 1;
