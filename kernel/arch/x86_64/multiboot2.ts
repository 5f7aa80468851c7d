/**
 * The Multiboot2 information structure. Source: Multiboot2 specification 2.0, section 3.6.
 */
import { physToVirt } from '../../mm/layout';
import { addMemoryRange, bootInfo, setCommandLine, setRsdpCopy } from './boot-info';

const TAG_END: u32 = 0;
const TAG_COMMAND_LINE: u32 = 1;
const TAG_MEMORY_MAP: u32 = 6;
const TAG_FRAMEBUFFER: u32 = 8;
const TAG_ACPI_OLD: u32 = 14;
const TAG_ACPI_NEW: u32 = 15;
const FRAMEBUFFER_RGB: u8 = 1;

export function parseMultiboot2(physical: u32): void {
  const start = physToVirt(physical);
  const end = start + load<u32>(start);
  let tag = start + 8;
  while (tag + 8 <= end) {
    const type = load<u32>(tag);
    const size = load<u32>(tag, 4);
    if (type == TAG_END || size < 8) break;
    if (type == TAG_COMMAND_LINE) setCommandLine(tag + 8);
    else if (type == TAG_MEMORY_MAP) parseMemoryMap(tag, size);
    else if (type == TAG_FRAMEBUFFER) parseFramebuffer(tag);
    else if (type == TAG_ACPI_NEW) setRsdpCopy(tag + 8, size - 8);
    else if (type == TAG_ACPI_OLD && bootInfo().rsdpCopy == 0) setRsdpCopy(tag + 8, size - 8);
    tag += (<usize>size + 7) & ~7;
  }
}

function parseMemoryMap(tag: usize, size: u32): void {
  const entrySize = load<u32>(tag, 8);
  if (entrySize < 24) return;
  for (let entry = tag + 16; entry + entrySize <= tag + size; entry += entrySize) {
    addMemoryRange(load<u64>(entry), load<u64>(entry, 8), load<u32>(entry, 16));
  }
}

function parseFramebuffer(tag: usize): void {
  if (load<u8>(tag, 29) != FRAMEBUFFER_RGB) return;
  const info = bootInfo();
  info.fbAddress = load<u64>(tag, 8);
  info.fbPitch = load<u32>(tag, 16);
  info.fbWidth = load<u32>(tag, 20);
  info.fbHeight = load<u32>(tag, 24);
  info.fbBpp = load<u8>(tag, 28);
  info.redPosition = load<u8>(tag, 32);
  info.redSize = load<u8>(tag, 33);
  info.greenPosition = load<u8>(tag, 34);
  info.greenSize = load<u8>(tag, 35);
  info.bluePosition = load<u8>(tag, 36);
  info.blueSize = load<u8>(tag, 37);
}
