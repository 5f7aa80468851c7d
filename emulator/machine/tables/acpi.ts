/**
 * The ACPI tables as fw_cfg files: FACS, DSDT, FADT, MADT, HPET and RSDT in one file, RSDP in another, and the
 * loader's script that joins them.
 *
 * Source: ACPI specification 1.0b, chapter 5; FADT revision 3 of ACPI 2.0, for the reset register.
 */
import { ByteWriter } from './bytes.ts';
import { hpetTable } from './hpet-table.ts';
import { madt, type MadtOptions } from './madt.ts';
import { CHECKSUM_OFFSET, HEADER_BYTES, header, OEM_ID, table } from './table-header.ts';
import { TableLoader } from './table-loader.ts';

export const TABLES_FILE = 'etc/acpi/tables';
export const RSDP_FILE = 'etc/acpi/rsdp';
export const LOADER_FILE = 'etc/table-loader';

/** Where the PIIX4's registers and the board's control ports are. */
export interface PowerManagementPorts {
  readonly base: number;
  readonly smiCommand: number;
  readonly acpiEnable: number;
  readonly acpiDisable: number;
  readonly sciIrq: number;
  readonly resetPort: number;
  readonly resetValue: number;
}

export interface AcpiOptions {
  readonly pm: PowerManagementPorts;
  /** What `dsdt` made: the same whatever firmware sets up. */
  readonly dsdt: Uint8Array;
  readonly madt: MadtOptions;
  readonly hpet: { readonly address: number; readonly capabilities: number };
}

export interface AcpiFiles {
  readonly tables: Uint8Array;
  readonly rsdp: Uint8Array;
  readonly loader: Uint8Array;
}

const FACS_BYTES = 64;
const FADT_BYTES = 244;
const CENTURY_REGISTER = 0x32;
/** WBINVD, PROC_C1, RTC_S4 wake not in fixed space, RESET_REG_SUP. Both buttons are fixed hardware: bits 4, 5 clear. */
const FADT_FLAGS = 0x0001 | 0x0004 | 0x0040 | 0x0400;
/** Legacy devices and an 8042. */
const BOOT_ARCHITECTURE = 0x0003;
const NOT_SUPPORTED_C2_LATENCY = 0x0fff;
const NOT_SUPPORTED_C3_LATENCY = 0x0fff;

/** A generic address: system I/O, a byte or more. */
function ioAddress(writer: ByteWriter, bits: number, port: number): void {
  writer.u8(1, bits, 0, 0).u64(port);
}

export function acpiFiles(options: AcpiOptions): AcpiFiles {
  const tables = new ByteWriter();
  const loader = new TableLoader();
  loader.allocate(TABLES_FILE, 64, 'high');
  loader.allocate(RSDP_FILE, 16, 'f-segment');

  // FACS first: it wants 64-byte alignment.
  const facs = tables.length;
  tables.text('FACS', 4).u32(FACS_BYTES).align(FACS_BYTES);

  const added: { readonly at: number; readonly bytes: number }[] = [];
  const add = (bytes: Uint8Array): number => {
    const at = tables.length;
    tables.bytes(bytes);
    added.push({ at, bytes: bytes.length });
    return at;
  };
  const dsdtAt = add(table('DSDT', 1, options.dsdt));
  const fadtAt = add(fadt(options.pm, facs, dsdtAt));
  loader.addPointer(TABLES_FILE, TABLES_FILE, fadtAt + 36, 4);
  loader.addPointer(TABLES_FILE, TABLES_FILE, fadtAt + 40, 4);
  loader.addPointer(TABLES_FILE, TABLES_FILE, fadtAt + 140, 8);
  const listed = [
    fadtAt,
    add(madt(options.madt)),
    add(hpetTable(options.hpet.address, options.hpet.capabilities)),
  ];

  const rsdtAt = add(table('RSDT', 1, new ByteWriter().u32(...listed).done()));
  for (let i = 0; i < listed.length; i++)
    loader.addPointer(TABLES_FILE, TABLES_FILE, rsdtAt + HEADER_BYTES + 4 * i, 4);

  // After the pointers, which they cover.
  for (const { at, bytes } of added) loader.addChecksum(TABLES_FILE, at + CHECKSUM_OFFSET, at, bytes);

  const rsdp = new ByteWriter().text('RSD PTR ', 8).u8(0).text(OEM_ID, 6).u8(0).u32(rsdtAt);
  loader.addPointer(RSDP_FILE, TABLES_FILE, 16, 4);
  loader.addChecksum(RSDP_FILE, 8, 0, 20);
  return { tables: tables.done(), rsdp: rsdp.done(), loader: loader.done() };
}

function fadt(pm: PowerManagementPorts, facs: number, dsdtAt: number): Uint8Array {
  const w = header('FACP', FADT_BYTES, 3);
  w.u32(facs, dsdtAt);
  // Interrupt model of ACPI 1.0 (0: dual PIC), preferred profile desktop.
  w.u8(0, 1);
  w.u16(pm.sciIrq);
  w.u32(pm.smiCommand);
  w.u8(pm.acpiEnable, pm.acpiDisable, 0, 0);
  // PM1a event, PM1b event, PM1a control, PM1b control, PM2, timer, GPE0, GPE1.
  w.u32(pm.base, 0, pm.base + 4, 0, 0, pm.base + 8, 0, 0);
  w.u8(4, 2, 0, 4, 0, 0, 0, 0);
  w.u16(NOT_SUPPORTED_C2_LATENCY, NOT_SUPPORTED_C3_LATENCY, 0, 0);
  w.u8(0, 0, 0, 0, CENTURY_REGISTER);
  w.u16(BOOT_ARCHITECTURE);
  w.u8(0);
  w.u32(FADT_FLAGS);
  ioAddress(w, 8, pm.resetPort);
  w.u8(pm.resetValue, 0, 0, 0);
  // X_FIRMWARE_CTRL stays 0: the 32-bit field has it; X_DSDT.
  w.u64(0, dsdtAt);
  ioAddress(w, 32, pm.base);
  ioAddress(w, 0, 0);
  ioAddress(w, 16, pm.base + 4);
  ioAddress(w, 0, 0);
  ioAddress(w, 0, 0);
  ioAddress(w, 32, pm.base + 8);
  ioAddress(w, 0, 0);
  ioAddress(w, 0, 0);
  return w.done();
}
