/**
 * Finding ACPI tables (ACPI 6.4 sections 5.2.5 to 5.2.8): the root pointer, RSDT or XSDT, a table by its signature. Every
 * length is checked against what is mapped, every table against its checksum.
 */
import { bootInfo } from '../../arch/x86_64/boot-info';
import { CACHE_WRITE_BACK, mapDevice } from '../../mm/device-map';
import { physToVirt } from '../../mm/layout';

const enum Rsdp {
  Revision = 15,
  Rsdt = 16,
  Length = 20,
  Xsdt = 24,
}

export const TABLE_HEADER_BYTES: u32 = 36;
const TABLE_LENGTH: usize = 4;
const RSDP_V1_BYTES: u32 = 20;
const RSDP_V2_BYTES: u32 = 36;
/** "RSD PTR ". */
const RSDP_SIGNATURE: u64 = 0x2052545020445352;
/** No table of a PC is larger. */
const MAX_TABLE_BYTES: u32 = 1 << 20;
/** Where BIOSes put the root pointer: the extended BIOS data area and the ROM below 1 MiB. */
const EBDA_POINTER: u64 = 0x40e;
const EBDA_SEARCH_BYTES: u64 = 1024;
const ROM_START: u64 = 0xe0000;
const ROM_END: u64 = 0x100000;
const RSDP_ALIGN: u64 = 16;

/** Whether the bytes sum up to zero. */
export function acpiChecksumHolds(bytes: usize, count: u32): bool {
  let sum: u8 = 0;
  for (let i: u32 = 0; i < count; i++) sum += load<u8>(bytes + i);
  return sum == 0;
}

/** Whether a root pointer of either revision is at `p`. */
export function isRsdp(p: usize): bool {
  if (load<u64>(p) != RSDP_SIGNATURE || !acpiChecksumHolds(p, RSDP_V1_BYTES)) return false;
  return load<u8>(p, Rsdp.Revision) < 2 || acpiChecksumHolds(p, RSDP_V2_BYTES);
}

function searchRsdp(start: u64, end: u64): usize {
  for (let pa = start; pa + RSDP_V2_BYTES <= end; pa += RSDP_ALIGN) {
    const p = physToVirt(pa);
    if (isRsdp(p)) return p;
  }
  return 0;
}

/** The boot loader's copy, else what the BIOS left; 0 when there is none. */
function findRsdp(): usize {
  const copy = bootInfo().rsdpCopy;
  if (copy != 0 && isRsdp(copy)) return copy;
  const told = bootInfo().rsdpPhysical;
  const given = told == 0 ? 0 : mapDevice(told, RSDP_V2_BYTES, CACHE_WRITE_BACK);
  if (given != 0 && isRsdp(given)) return given;
  const ebda = (<u64>load<u16>(physToVirt(EBDA_POINTER))) << 4;
  let p: usize = 0;
  if (ebda >= 0x80000 && ebda < 0xa0000) p = searchRsdp(ebda, min(ebda + EBDA_SEARCH_BYTES, <u64>0xa0000));
  return p != 0 ? p : searchRsdp(ROM_START, ROM_END);
}

/** Maps the whole table at physical `pa`; 0 when it is not one. */
function mapTable(pa: u64): usize {
  if (pa == 0) return 0;
  const header = mapDevice(pa, TABLE_HEADER_BYTES, CACHE_WRITE_BACK);
  if (header == 0) return 0;
  const length = load<u32>(header, TABLE_LENGTH);
  if (length < TABLE_HEADER_BYTES || length > MAX_TABLE_BYTES) return 0;
  const table = mapDevice(pa, length, CACHE_WRITE_BACK);
  return table != 0 && acpiChecksumHolds(table, length) ? table : 0;
}

export function acpiTableLength(table: usize): u32 {
  return load<u32>(table, TABLE_LENGTH);
}

/** Maps a table that another one points to, and checks its signature; 0 when it is another. */
export function acpiMapTable(pa: u64, signature: u32): usize {
  const table = mapTable(pa);
  return table != 0 && load<u32>(table) == signature ? table : 0;
}

/** The first table with the signature (four characters, first lowest), mapped for good; 0 when there is none. */
export function acpiFindTable(signature: u32): usize {
  const rsdp = findRsdp();
  if (rsdp == 0) return 0;
  const wide = load<u8>(rsdp, Rsdp.Revision) >= 2 && load<u64>(rsdp, Rsdp.Xsdt) != 0;
  const root = mapTable(wide ? load<u64>(rsdp, Rsdp.Xsdt) : load<u32>(rsdp, Rsdp.Rsdt));
  if (root == 0) return 0;
  const entryBytes: u32 = wide ? 8 : 4;
  const count = (acpiTableLength(root) - TABLE_HEADER_BYTES) / entryBytes;
  for (let i: u32 = 0; i < count; i++) {
    const entry = root + TABLE_HEADER_BYTES + i * entryBytes;
    const table = acpiMapTable(wide ? load<u64>(entry) : load<u32>(entry), signature);
    if (table != 0) return table;
  }
  return 0;
}
