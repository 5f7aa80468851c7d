/**
 * The header that every ACPI table but the FACS and the RSDP begins with.
 * Source: ACPI specification 1.0b, 5.2.3 "System description table header".
 */
import { ByteWriter } from './bytes.ts';

export const HEADER_BYTES = 36;
export const CHECKSUM_OFFSET = 9;
export const OEM_ID = 'BRENIX';
const OEM_TABLE = 'BRENIXPC';

/** `length` is that of the whole table; the checksum is the loader's. */
export function header(signature: string, length: number, revision: number): ByteWriter {
  const writer = new ByteWriter().text(signature, 4).u32(length).u8(revision, 0).text(OEM_ID, 6);
  return writer.text(OEM_TABLE, 8).u32(1).text('BNX ', 4).u32(1);
}

/** A table of its header and `body`. */
export function table(signature: string, revision: number, body: Uint8Array): Uint8Array {
  return header(signature, HEADER_BYTES + body.length, revision)
    .bytes(body)
    .done();
}
