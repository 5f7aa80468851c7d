/**
 * Which loader started the kernel, and with what. Early page tables must still map the first 4 GiB.
 */
import { panic } from '../../lib/panic';
import { parseMultiboot2 } from './multiboot2';
import { parsePvh } from './pvh';

const MULTIBOOT2_MAGIC: u32 = 0x36d76289;

/** `magic` and `physical` as boot.S found them in EAX and EBX. Fills boot-info.ts. */
export function readBootInformation(magic: u32, physical: u32): void {
  if (magic == MULTIBOOT2_MAGIC) parseMultiboot2(physical);
  else if (!parsePvh(physical)) panic('not started by Multiboot2 or PVH');
}
