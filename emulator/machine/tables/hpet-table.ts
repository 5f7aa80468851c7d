/**
 * The HPET description table: where the timer block is, before there is an ACPI namespace.
 * Source: IA-PC HPET specification 1.0a, 3.2.4.
 */
import { ByteWriter } from './bytes.ts';
import { table } from './table-header.ts';

const SYSTEM_MEMORY = 0;
/** The smallest period for which no interrupt of a periodic comparator is lost, in counts. */
const LEAST_PERIOD = 2000;

export function hpetTable(address: number, capabilities: number): Uint8Array {
  const body = new ByteWriter().u32(capabilities).u8(SYSTEM_MEMORY, 64, 0, 0).u64(address);
  return table('HPET', 1, body.u8(0).u16(LEAST_PERIOD).u8(0).done());
}
