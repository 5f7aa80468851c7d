/**
 * What the boot loader said, copied out of its memory before that memory is reused: command line, memory map,
 * framebuffer, ACPI root pointer. One form whichever way the kernel was entered.
 */
export const MEMORY_USABLE: u32 = 1;
export const MEMORY_RESERVED: u32 = 2;
export const MEMORY_ACPI: u32 = 3;
export const MEMORY_ACPI_NVS: u32 = 4;

@unmanaged
export class MemoryRange {
  base: u64;
  length: u64;
  type: u32;
  padding: u32;
}

@unmanaged
export class BootInfo {
  /** Physical address; 0 when there is no linear framebuffer. */
  fbAddress: u64;
  fbPitch: u32;
  fbWidth: u32;
  fbHeight: u32;
  fbBpp: u32;
  redPosition: u8;
  redSize: u8;
  greenPosition: u8;
  greenSize: u8;
  bluePosition: u8;
  blueSize: u8;
  padding: u16;
  /** Physical address of the ACPI root pointer if `rsdpCopy` is empty; 0 when unknown. */
  rsdpPhysical: u64;
  /** Address of the loader's copy of the root pointer (36 bytes); 0 when it gave none. */
  rsdpCopy: usize;
  rangeCount: u32;
  padding2: u32;
}

export const MAX_RANGES: u32 = 64;
const RANGE_SIZE: usize = 24;
const COMMAND_LINE_MAX: usize = 1024;
const RSDP_SIZE: usize = 36;

const info = changetype<BootInfo>(memory.data(128, 8));
const ranges = memory.data(64 * 24, 8);
const commandLineBuffer = memory.data(1024, 8);
const rsdpBuffer = memory.data(40, 8);

export function bootInfo(): BootInfo {
  return info;
}

/** NUL-terminated. */
export function commandLine(): usize {
  return commandLineBuffer;
}

export function memoryRange(index: u32): MemoryRange {
  return changetype<MemoryRange>(ranges + <usize>index * RANGE_SIZE);
}

export function addMemoryRange(base: u64, length: u64, type: u32): void {
  if (length == 0 || info.rangeCount == MAX_RANGES) return;
  const range = memoryRange(info.rangeCount++);
  range.base = base;
  range.length = length;
  range.type = type;
}

export function setCommandLine(text: usize): void {
  let n: usize = 0;
  for (; n < COMMAND_LINE_MAX - 1 && load<u8>(text + n) != 0; n++) {
    store<u8>(commandLineBuffer + n, load<u8>(text + n));
  }
  store<u8>(commandLineBuffer + n, 0);
}

export function setRsdpCopy(source: usize, length: usize): void {
  memory.copy(rsdpBuffer, source, length < RSDP_SIZE ? length : RSDP_SIZE);
  info.rsdpCopy = rsdpBuffer;
}
