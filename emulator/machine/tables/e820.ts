/**
 * The file `etc/e820`: ranges of RAM (type 1) and reserved memory (2), 20 bytes each.
 * Source: ACPI specification, "INT 15H, E820H"; QEMU's fw_cfg file of that name.
 */
import { ByteWriter } from './bytes.ts';

export const E820_RAM = 1;

export function e820(ranges: readonly (readonly [base: number, length: number, type: number])[]): Uint8Array {
  const writer = new ByteWriter();
  for (const [base, length, type] of ranges) writer.u64(base, length).u32(type);
  return writer.done();
}
