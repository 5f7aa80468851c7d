/**
 * The PVH start information (`qemu -kernel`). Source: Xen public/arch-x86/hvm/start_info.h.
 */
import { physToVirt } from '../../mm/layout';
import { addMemoryRange, bootInfo, setCommandLine } from './boot-info';

const MAGIC: u32 = 0x336ec578;
const OFFSET_COMMAND_LINE: usize = 24;
const OFFSET_RSDP: usize = 32;
const OFFSET_MEMORY_MAP: usize = 40;
const OFFSET_MEMORY_MAP_ENTRIES: usize = 48;
const ENTRY_SIZE: usize = 24;

/** False when there is no such structure at `physical`. */
export function parsePvh(physical: u32): bool {
  const start = physToVirt(physical);
  if (load<u32>(start) != MAGIC) return false;
  const line = load<u64>(start, OFFSET_COMMAND_LINE);
  if (line != 0) setCommandLine(physToVirt(line));
  bootInfo().rsdpPhysical = load<u64>(start, OFFSET_RSDP);
  if (load<u32>(start, 4) == 0) return true;
  const map = physToVirt(load<u64>(start, OFFSET_MEMORY_MAP));
  const count = load<u32>(start, OFFSET_MEMORY_MAP_ENTRIES);
  for (let i: usize = 0; i < count; i++) {
    const entry = map + i * ENTRY_SIZE;
    addMemoryRange(load<u64>(entry), load<u64>(entry, 8), load<u32>(entry, 16));
  }
  return true;
}
