/**
 * Device memory: registers and framebuffers, mapped outside of the direct map with the caching that they need.
 * Mappings are for ever (drivers do not come and go), so addresses are handed out upwards.
 * Source: Intel SDM 3A 11.12 (PAT). Entry 1 of the PAT is set to write-combining by patInit.
 */
import { writeMsr } from '../arch/x86_64/cpu';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { mapKernelPage } from './kernel-map';
import { DEVICE_MAP, DEVICE_MAP_END } from './layout';
import { PTE_CACHE_DISABLE, PTE_NO_EXECUTE, PTE_WRITE, PTE_WRITE_THROUGH } from './page-table';

export const CACHE_WRITE_BACK: u32 = 0;
export const CACHE_WRITE_COMBINING: u32 = 1;
export const CACHE_UNCACHED: u32 = 2;

const MSR_PAT: u32 = 0x277;
/** Power-on values WB, WT, UC-, UC twice; the first WT becomes WC (1). */
const PAT_VALUE: u64 = 0x0007_0406_0007_0106;

const lock = memory.data(4, 4);
let next: u64 = DEVICE_MAP;

export function patInit(): void {
  writeMsr(MSR_PAT, PAT_VALUE);
}

/** Kernel address of physical [pa, pa + size); 0 when there is no room or no memory for tables. Any alignment. */
export function mapDevice(pa: u64, size: u64, cache: u32): usize {
  const offset = pa & 4095;
  const pages = (offset + size + 4095) >> 12;
  const flags = lockIrqSave(lock);
  const va = next;
  const fits = pages <= (DEVICE_MAP_END - va) >> 12;
  if (fits) next = va + (pages << 12);
  unlockIrqRestore(lock, flags);
  if (!fits) return 0;
  for (let i: u64 = 0; i < pages; i++) {
    if (!mapKernelPage(va + (i << 12), pa - offset + (i << 12), cacheBits(cache))) return 0;
  }
  return <usize>(va + offset);
}

function cacheBits(cache: u32): u64 {
  const data = PTE_WRITE | PTE_NO_EXECUTE;
  if (cache == CACHE_UNCACHED) return data | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH;
  return cache == CACHE_WRITE_COMBINING ? data | PTE_WRITE_THROUGH : data;
}
