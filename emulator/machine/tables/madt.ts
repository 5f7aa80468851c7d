/**
 * The MADT: the processor's local APIC, the I/O APIC, and where ISA interrupts arrive at it.
 *
 * - ISA interrupt 0 is global interrupt 2. The SCI is level-triggered, active high, as the PIIX4 drives it
 *   here. PCI's four wires are global interrupts 16 to 19 (the DSDT's _PRT says so).
 * Source: ACPI specification 2.0c, 5.2.10.4 "Multiple APIC description table".
 */
import { ByteWriter } from './bytes.ts';
import { table } from './table-header.ts';

export interface MadtOptions {
  readonly lapicAddress: number;
  readonly ioapicAddress: number;
  readonly timerInput: number;
  readonly sciIrq: number;
}

const ENTRY = { lapic: 0, ioapic: 1, override: 2, lapicNmi: 4 } as const;
const ENABLED = 1;
/** There are two 8259 besides. */
const PCAT_COMPAT = 1;
const ALL_PROCESSORS = 0xff;
const ISA_BUS = 0;
const CONFORMING = 0;
const ACTIVE_HIGH_LEVEL = 0x000d;

export function madt({ lapicAddress, ioapicAddress, timerInput, sciIrq }: MadtOptions): Uint8Array {
  const body = new ByteWriter().u32(lapicAddress, PCAT_COMPAT);
  body.u8(ENTRY.lapic, 8, 0, 0).u32(ENABLED);
  body.u8(ENTRY.ioapic, 12, 0, 0).u32(ioapicAddress, 0);
  body.u8(ENTRY.override, 10, ISA_BUS, 0).u32(timerInput).u16(CONFORMING);
  body.u8(ENTRY.override, 10, ISA_BUS, sciIrq).u32(sciIrq).u16(ACTIVE_HIGH_LEVEL);
  body.u8(ENTRY.lapicNmi, 6, ALL_PROCESSORS).u16(CONFORMING).u8(1);
  return table('APIC', 1, body.done());
}
