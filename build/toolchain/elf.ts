/**
 * Reads the symbols of an ELF64 file. Source: System V ABI, chapters 4 (object files: sections, symbol table).
 */
export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly isFunction: boolean;
}

export interface ElfSection {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHF_EXECINSTR = 4n;
const STT_FUNC = 2;
const STT_NOTYPE = 0;
const SYMBOL_SIZE = 24;

interface RawSection {
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly nameOffset: number;
}

export class ElfFile {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #raw: readonly RawSection[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 64 || this.#view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) {
      throw new Error('not a little-endian ELF64 file');
    }
    const start = Number(this.#view.getBigUint64(0x28, true));
    const entrySize = this.#view.getUint16(0x3a, true);
    const count = this.#view.getUint16(0x3c, true);
    this.#raw = Array.from({ length: count }, (_, i) => this.#section(start + i * entrySize));
  }

  #section(at: number): RawSection {
    const v = this.#view;
    return {
      nameOffset: v.getUint32(at, true),
      type: v.getUint32(at + 4, true),
      flags: v.getBigUint64(at + 8, true),
      address: v.getBigUint64(at + 16, true),
      offset: Number(v.getBigUint64(at + 24, true)),
      size: Number(v.getBigUint64(at + 32, true)),
      link: v.getUint32(at + 40, true),
    };
  }

  #string(table: RawSection | undefined, offset: number): string {
    if (!table) return '';
    const start = table.offset + offset;
    const end = this.#bytes.indexOf(0, start);
    return Buffer.from(this.#bytes.subarray(start, end)).toString('utf8');
  }

  get entry(): bigint {
    return this.#view.getBigUint64(0x18, true);
  }

  get sections(): ElfSection[] {
    const names = this.#raw[this.#view.getUint16(0x3e, true)];
    return this.#raw.map((s) => ({
      name: this.#string(names, s.nameOffset),
      address: s.address,
      bytes: s.type === SHT_NOBITS ? new Uint8Array() : this.#bytes.subarray(s.offset, s.offset + s.size),
      executable: (s.flags & SHF_EXECINSTR) !== 0n,
    }));
  }

  /** Defined symbols, by address. Labels of assembly in executable sections count as functions. */
  symbols(): ElfSymbol[] {
    const table = this.#raw.find((s) => s.type === SHT_SYMTAB);
    if (!table) return [];
    const strings = this.#raw[table.link];
    const symbols: ElfSymbol[] = [];
    for (let at = table.offset; at < table.offset + table.size; at += SYMBOL_SIZE) {
      const section = this.#raw[this.#view.getUint16(at + 6, true)];
      const name = this.#string(strings, this.#view.getUint32(at, true));
      const type = this.#view.getUint8(at + 4) & 15;
      if (!section || section.type === 0 || name === '') continue;
      const executable = (section.flags & SHF_EXECINSTR) !== 0n;
      symbols.push({
        name,
        address: this.#view.getBigUint64(at + 8, true),
        size: Number(this.#view.getBigUint64(at + 16, true)),
        isFunction: executable && (type === STT_FUNC || type === STT_NOTYPE),
      });
    }
    return symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  }
}
