/**
 * SMBIOS tables: what the machine is called and what is in it.
 *
 * - Firmware copies them into memory and sets the anchor's table address and checksums.
 * Source: DMTF DSP0134, SMBIOS 2.8.
 */
import { ByteWriter } from './bytes.ts';

export interface SmbiosFiles {
  readonly anchor: Uint8Array;
  readonly tables: Uint8Array;
}

const MANUFACTURER = 'Breenix';
const PRODUCT = 'Breenix PC (i440FX + PIIX3)';
const MIB = 1024 * 1024;

interface Structure {
  readonly type: number;
  readonly handle: number;
  readonly body: Uint8Array;
  readonly strings: readonly string[];
}

export function smbiosFiles(memoryBytes: number, uuid: Uint8Array): SmbiosFiles {
  const memoryMib = memoryBytes / MIB;
  const structures: Structure[] = [
    {
      type: 1,
      handle: 0x100,
      // Manufacturer, product, version, serial; UUID; power switch; SKU, family.
      body: new ByteWriter().u8(1, 2, 3, 0).bytes(uuid).u8(6, 0, 0).done(),
      strings: [MANUFACTURER, PRODUCT, '1'],
    },
    {
      type: 3,
      handle: 0x300,
      // Desktop; all states "safe", security "none"; one power cord.
      body: new ByteWriter().u8(1, 3, 0, 0, 0, 3, 3, 3, 3).u32(0).u8(0, 1, 0, 0).done(),
      strings: [MANUFACTURER],
    },
    {
      type: 4,
      handle: 0x400,
      body: new ByteWriter()
        .u8(1, 3, 1, 2)
        .u64(0)
        .u8(0, 0)
        .u16(0, 1000, 1000)
        .u8(0x41, 1)
        .u16(0xffff, 0xffff, 0xffff)
        .u8(0, 0, 0, 1, 1, 1)
        .u16(0x0004, 1)
        .done(),
      strings: ['CPU 0', MANUFACTURER],
    },
    {
      type: 16,
      handle: 0x1000,
      // System board, system memory, no error correction.
      body: new ByteWriter()
        .u8(3, 3, 3)
        .u32(memoryBytes / 1024)
        .u16(0xfffe, 1)
        .done(),
      strings: [],
    },
    {
      type: 17,
      handle: 0x1100,
      body: new ByteWriter()
        .u16(0x1000, 0xfffe, 64, 64, memoryMib)
        .u8(9, 0, 1, 0, 7)
        .u16(0, 0)
        .u8(2, 0, 0, 0, 0)
        .done(),
      strings: ['DIMM 0', MANUFACTURER],
    },
    {
      type: 19,
      handle: 0x1300,
      body: new ByteWriter()
        .u32(0, memoryBytes / 1024 - 1)
        .u16(0x1000)
        .u8(1)
        .done(),
      strings: [],
    },
    { type: 32, handle: 0x2000, body: new ByteWriter().u8(0, 0, 0, 0, 0, 0, 0).done(), strings: [] },
    { type: 127, handle: 0x7f00, body: new Uint8Array(0), strings: [] },
  ];
  const tables = new ByteWriter();
  let largest = 0;
  for (const structure of structures) {
    const bytes = encode(structure);
    largest = Math.max(largest, bytes.length);
    tables.bytes(bytes);
  }
  return { anchor: anchor(tables.length, structures.length, largest), tables: tables.done() };
}

function encode(s: Structure): Uint8Array {
  const w = new ByteWriter()
    .u8(s.type, 4 + s.body.length)
    .u16(s.handle)
    .bytes(s.body);
  for (const text of s.strings) w.text(text).u8(0);
  return (s.strings.length === 0 ? w.u8(0, 0) : w.u8(0)).done();
}

function anchor(tableBytes: number, count: number, largest: number): Uint8Array {
  const w = new ByteWriter().text('_SM_').u8(0, 0x1f, 2, 8).u16(largest).u8(0);
  return w.u8(0, 0, 0, 0, 0).text('_DMI_').u8(0).u16(tableBytes).u32(0).u16(count).u8(0x28).done();
}
