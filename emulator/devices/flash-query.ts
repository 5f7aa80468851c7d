/**
 * What a flash chip answers to the CFI query and to "read identifier codes".
 * Source: JEDEC JESD68.01 "Common flash interface"; Intel 28F640J3 data sheet (290667), tables 9 to 15 and 20.
 */

const INTEL_COMMANDS = 0x0001;
const NO_ALTERNATE = 0x0000;
const QUERY_AT = 0x10;
/** Bytes of the write buffer, as a power of two. */
export const WRITE_BUFFER_BITS = 6;
export const FLASH_BLOCK_BYTES = 4096;

/** Manufacturer Intel, device 28F640; the third is a block's lock status: never locked. */
export const IDENTIFIER_CODES: readonly number[] = [0x89, 0x17, 0x00];

const word = (value: number): number[] => [value & 0xff, value >> 8];

/** The query structure, addressed by byte. */
export function queryTable(sizeBytes: number): readonly number[] {
  const blocks = sizeBytes / FLASH_BLOCK_BYTES;
  return [
    ...new Array<number>(QUERY_AT).fill(0),
    ...Array.from('QRY', (c) => c.charCodeAt(0)),
    ...word(INTEL_COMMANDS),
    // The extended query table, which begins with "PRI".
    ...word(0x31),
    ...word(NO_ALTERNATE),
    ...word(0),
    // Supply 4.5 to 5.5 V, no programming voltage.
    ...[0x45, 0x55, 0x00, 0x00],
    // Typical and greatest times: powers of two of us (byte, buffer) and ms (block, chip).
    ...[0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00],
    // Device size as a power of two, 8 bits wide, write buffer, one region of equal blocks.
    ...[Math.ceil(Math.log2(sizeBytes)), ...word(0), ...word(WRITE_BUFFER_BITS), 1],
    ...word(blocks - 1),
    ...word(FLASH_BLOCK_BYTES / 256),
    ...Array.from('PRI10', (c) => c.charCodeAt(0)),
  ];
}
