/** Making a walk through a directory (directory.ts): one piece of memory for all that it needs. */
import { kfree, kmalloc } from '../../mm/kmalloc';
import { ENTRY_BYTES, FatWalk, UNITS_BYTES, WINDOW_BYTES } from './directory';
import { NAME_BUFFER_BYTES } from './names';
import { FatNode } from './volume';

/** A walk of the directory from entry `position` on; null when out of memory. */
export function walkCreate(node: FatNode, position: u32): FatWalk | null {
  const at = kmalloc(offsetof<FatWalk>() + 8 + WINDOW_BYTES + UNITS_BYTES + NAME_BUFFER_BYTES + 8);
  if (at == 0) return null;
  const w = changetype<FatWalk>(at);
  w.node = node;
  w.position = position;
  w.window = (at + offsetof<FatWalk>() + 7) & ~7;
  w.units = w.window + WINDOW_BYTES;
  w.scratch = w.units + UNITS_BYTES;
  w.name = w.scratch + 8;
  return w;
}

export function walkFree(w: FatWalk): void {
  kfree(changetype<usize>(w));
}

/** The 11 bytes of the short name that the walk has come to. */
export function walkShortName(w: FatWalk): usize {
  return w.window + ((w.position - 1) & (WINDOW_BYTES / ENTRY_BYTES - 1)) * ENTRY_BYTES;
}
