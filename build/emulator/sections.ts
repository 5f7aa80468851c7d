/** Sections of a wasm module as bytes: finding, replacing and adding them (WebAssembly Core Specification 2.0, 5.5). */
import { ByteReader } from '../toolchain/wasm/byte-reader.ts';

const TABLE_SECTION = 4;

export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest ? byte | 0x80 : byte);
  } while (rest);
  return bytes;
}

export interface Section {
  readonly id: number;
  /** Where its number and length stand. */
  readonly header: number;
  readonly start: number;
  readonly end: number;
}

export function sections(bytes: Uint8Array): Section[] {
  const r = new ByteReader(bytes, 8);
  const found: Section[] = [];
  while (!r.done) {
    const header = r.offset;
    const id = r.u8();
    const size = r.u32();
    found.push({ id, header, start: r.offset, end: r.offset + size });
    r.offset += size;
  }
  return found;
}

/** The module with its one table free to grow. */
export function growableTable(bytes: Uint8Array): Uint8Array {
  const section = sections(bytes).find((s) => s.id === TABLE_SECTION);
  if (section === undefined) throw new Error('wasm: there is no table');
  const r = new ByteReader(bytes, section.start, section.end);
  if (r.u32() !== 1) throw new Error('wasm: one table is expected');
  const type = r.u8();
  r.u8();
  const content = [...leb(1), type, 0, ...leb(r.u32())];
  return Buffer.concat([
    bytes.subarray(0, section.header),
    Uint8Array.from([TABLE_SECTION, ...leb(content.length), ...content]),
    bytes.subarray(section.end),
  ]);
}

export function withCustomSection(bytes: Uint8Array, name: string, data: Uint8Array): Uint8Array {
  const label = Buffer.from(name);
  const size = leb(label.length).length + label.length + data.length;
  const head = Uint8Array.from([0, ...leb(size), ...leb(label.length), ...label]);
  return Buffer.concat([bytes, head, data]);
}
