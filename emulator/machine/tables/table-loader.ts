/**
 * The script by which firmware puts tables into memory: allocate files, add pointers, compute checksums.
 *
 * - Commands refer to fw_cfg files by name; a file must be allocated before it is named elsewhere.
 * Source: QEMU documentation, docs/specs/acpi-fw_cfg ("etc/table-loader"), as SeaBIOS and OVMF read it.
 */
import { ByteWriter } from './bytes.ts';

const COMMAND = { allocate: 1, addPointer: 2, addChecksum: 3 } as const;
const FILE_NAME_BYTES = 56;
const ENTRY_BYTES = 128;

export class TableLoader {
  readonly #entries: Uint8Array[] = [];

  #add(entry: ByteWriter): void {
    this.#entries.push(entry.align(ENTRY_BYTES).done());
  }

  allocate(file: string, alignment: number, zone: 'high' | 'f-segment'): void {
    const writer = new ByteWriter().u32(COMMAND.allocate).text(file, FILE_NAME_BYTES, 0);
    this.#add(writer.u32(alignment).u8(zone === 'high' ? 1 : 2));
  }

  /** Adds the address of `source` to the number of `sizeBytes` at `offset` of `target`. */
  addPointer(target: string, source: string, offset: number, sizeBytes: 4 | 8): void {
    const writer = new ByteWriter().u32(COMMAND.addPointer).text(target, FILE_NAME_BYTES, 0);
    this.#add(writer.text(source, FILE_NAME_BYTES, 0).u32(offset).u8(sizeBytes));
  }

  /** Makes the bytes of [start, start + length) add up to 0 through the byte at `offset`. */
  addChecksum(file: string, offset: number, start: number, length: number): void {
    const writer = new ByteWriter().u32(COMMAND.addChecksum).text(file, FILE_NAME_BYTES, 0);
    this.#add(writer.u32(offset, start, length));
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#entries.flatMap((e) => [...e]));
  }
}
