/**
 * Accesses through page-table entries with random bits, in every paging mode, under WP, SMEP, SMAP, NXE, PSE, PGE.
 *
 * - The page lies at 0x8000C000 (in 64-bit mode also one PML4 entry further) and leads to the data page at 0xC000 from
 *   each size of page. Its tables below the shared ones are the page at 0x9000, whose other entries are not present.
 */
import { dword, qword, SystemCase, type Environment } from '../case.ts';
import { compatibility, longMode, paged, pae } from '../environments.ts';
import * as F from '../format.ts';
import type { Random } from '../../random.ts';
import type { SystemFamily } from './family.ts';

const LINEAR = 0x8000c000;
const TABLE = 0x9000;
const LARGE = 0x80;
const PAGE_RIGHTS = 0x63;

/** Present, writable and the user's, mostly. */
function entryBits(random: Random, wide: boolean): bigint {
  let bits = 0n;
  if (!random.oneIn(8)) bits |= 1n;
  if (!random.oneIn(3)) bits |= 2n;
  if (!random.oneIn(3)) bits |= 4n;
  if (random.oneIn(2)) bits |= 0x20n;
  if (random.oneIn(2)) bits |= 0x40n;
  if (random.oneIn(4)) bits |= 0x100n;
  if (random.oneIn(4)) bits |= 0x18n;
  if (wide && random.oneIn(5)) bits |= 1n << 63n;
  if (wide && random.oneIn(12)) bits |= 1n << BigInt(40 + random.below(23));
  return bits;
}

function buildTables(random: Random, tested: SystemCase, { template, bits }: Environment): void {
  if (template === 'legacy-paging') {
    const large = random.oneIn(3);
    const reserved = large && random.oneIn(6) ? 0x200000 : 0;
    const directory = Number(entryBits(random, false)) | (large ? LARGE | reserved : TABLE);
    tested.patch32(F.At.pd + (LINEAR >>> 22) * 4, directory);
    tested.patch32(TABLE + 12 * 4, Number(entryBits(random, false)) | F.At.data);
    return;
  }
  const pdpte = F.At.pdpt + 16;
  if (template === 'pae') {
    tested.patch64(pdpte, BigInt(TABLE) | (random.oneIn(12) ? 0n : 1n));
  } else if (random.oneIn(4)) {
    const low = random.oneIn(6) ? 1n << BigInt(random.pick([13, 20, 29])) : 0n;
    tested.patch64(pdpte, entryBits(random, true) | BigInt(LARGE) | low);
  } else tested.patch64(pdpte, entryBits(random, true) | BigInt(TABLE));
  if (bits === 64) {
    const size = random.oneIn(12) ? BigInt(LARGE) : 0n;
    tested.patch64(F.At.pml4 + 8, entryBits(random, true) | BigInt(F.At.pdpt) | size);
  }
  const large = random.oneIn(3);
  const low = large && random.oneIn(6) ? 1n << BigInt(random.pick([13, 17, 20])) : 0n;
  tested.patch64(TABLE, entryBits(random, true) | (large ? BigInt(LARGE) | low : BigInt(TABLE)));
  tested.patch64(TABLE + 12 * 8, entryBits(random, true) | BigInt(F.At.data));
}

/** What the processor itself reads must not be the user's under SMAP, nor what ring 0 runs under SMEP. */
function hideFromUser(tested: SystemCase, { template, cpl }: Environment): void {
  const pages = [1, 2, 3, 4, 5, 6, 7, ...(cpl === 0 ? [8] : []), 0xa, 0xe];
  for (const page of pages) {
    const entry = (page << 12) | PAGE_RIGHTS;
    if (template === 'legacy-paging') tested.patch32(F.At.pt + page * 4, entry);
    else tested.patch(F.At.pt + page * 8, dword(entry));
  }
}

export const pagingFamily: SystemFamily = {
  name: 'paging',
  environments: [paged(0), paged(3), pae(0), pae(3), longMode(0), longMode(3), compatibility(3)],
  make(random, environment) {
    const tested = new SystemCase(environment);
    const { bits, template } = environment;
    buildTables(random, tested, environment);
    tested.patch(F.At.data, new Uint8Array(16).fill(0xcc));
    let cr4 = tested.get('cr4');
    if (template === 'legacy-paging' && random.oneIn(2)) cr4 |= 0x10;
    if (random.oneIn(3)) cr4 |= 0x80;
    if (random.oneIn(3)) cr4 |= 1 << 20;
    if (random.oneIn(3)) cr4 |= 1 << 21;
    tested.set('cr4', cr4);
    if (cr4 >= 1 << 20) hideFromUser(tested, environment);
    if (random.oneIn(2)) tested.set('cr0', tested.get('cr0') | 0x10000);
    if (random.oneIn(4)) tested.set('efer', tested.get('efer') & ~0x800);
    if (random.oneIn(2)) tested.flags(0x40000n);
    const high = bits === 64 && random.oneIn(2) ? 1n << 39n : 0n;
    const address = high + BigInt(LINEAR + random.pick([0, 8, 0xffd]));
    const pointer = bits === 64 ? [0x48, 0xbb, ...qword(address)] : [0xbb, ...dword(Number(address))];
    tested.code(pointer, random.pick(['8a03', '8803', '0103', 'ffe3', 'ff33', '8f03', 'd7', '0f0103']));
    return tested;
  },
};
