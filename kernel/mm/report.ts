/**
 * What /proc tells of a space's areas (maps, smaps), one area at a time.
 */
import { File, fileRetain } from '../fs/file';
import { tmpHiddenName } from '../fs/tmpfs/seals';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceLock, spaceTree, tableLock } from './address-space';
import { frameReferences } from './frames';
import { PTE_ADDRESS, PTE_DIRTY, findEntry } from './page-table';
import { PTE_FILE, PTE_SPECIAL, nextTable } from './user-pages';
import { VMA_DEVICE, isNullVma, vmaFrom } from './vma';

@unmanaged
export class AreaReport {
  start: u64;
  end: u64;
  /** PROT_ and VMA_ bits. */
  prot: u32;
  flags: u32;
  /** Byte of the file at `start`. */
  offset: u64;
  /** A File with a reference, which the caller releases; 0 for anonymous memory. */
  file: usize;
  /** NUL-terminated name of a file of shared memory, which lives as long as the file; 0 for others. */
  hiddenName: usize;
  /** Pages: in memory, of them shared with others, dirty, private to the process, of files. */
  resident: u64;
  shared: u64;
  dirty: u64;
  anonymous: u64;
}

/** Counts the pages of the area in `out`. Both locks are held. */
function countPages(space: AddressSpace, out: AreaReport): void {
  let va = out.start;
  while (va < out.end) {
    const at = findEntry(space.pml4, va, 0);
    if (at == 0) {
      va = nextTable(space, va);
      continue;
    }
    const entry = load<u64>(at);
    va += 4096;
    if (entry == 0 || (entry & PTE_SPECIAL) != 0) continue;
    out.resident++;
    if (frameReferences(entry & PTE_ADDRESS) > ((entry & PTE_FILE) != 0 ? 2 : 1)) out.shared++;
    if ((entry & PTE_DIRTY) != 0) out.dirty++;
    if ((entry & PTE_FILE) == 0) out.anonymous++;
  }
}

/** Describes the first area that ends behind `va`; with `pages` also what is in memory of it. False behind the last. */
export function spaceAreaAfter(space: AddressSpace, va: u64, out: AreaReport, pages: bool): bool {
  memory.fill(changetype<usize>(out), 0, offsetof<AreaReport>());
  const flags = lockIrqSave(spaceLock(space));
  const area = vmaFrom(spaceTree(space), va);
  const found = !isNullVma(area);
  if (found) {
    out.start = area.start;
    out.end = area.end;
    out.prot = area.prot;
    out.flags = area.flags;
    out.offset = (area.flags & VMA_DEVICE) != 0 ? 0 : area.offset;
    out.file = area.file;
    if (area.file != 0) {
      fileRetain(changetype<File>(area.file));
      out.hiddenName = tmpHiddenName(changetype<File>(area.file).inode);
    }
    if (pages) {
      const tables = lockIrqSave(tableLock(space));
      countPages(space, out);
      unlockIrqRestore(tableLock(space), tables);
    }
  }
  unlockIrqRestore(spaceLock(space), flags);
  return found;
}
