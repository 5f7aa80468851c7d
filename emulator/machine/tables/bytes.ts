/** A growing little-endian byte buffer, for tables. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u8(...values: number[]): this {
    for (const v of values) this.#bytes.push(v & 0xff);
    return this;
  }

  u16(...values: number[]): this {
    for (const v of values) this.u8(v, v >> 8);
    return this;
  }

  u32(...values: number[]): this {
    for (const v of values) this.u8(v, v >>> 8, v >>> 16, v >>> 24);
    return this;
  }

  /** Integers up to 2^53. */
  u64(...values: number[]): this {
    for (const v of values) this.u32(v % 2 ** 32, Math.floor(v / 2 ** 32));
    return this;
  }

  /** ASCII, padded with `fill` or cut to `length`. */
  text(value: string, length = value.length, fill = 0x20): this {
    for (let i = 0; i < length; i++) this.u8(i < value.length ? value.charCodeAt(i) : fill);
    return this;
  }

  bytes(values: Iterable<number>): this {
    for (const v of values) this.#bytes.push(v & 0xff);
    return this;
  }

  /** Zeros up to a multiple of `alignment`. */
  align(alignment: number): this {
    while (this.#bytes.length % alignment !== 0) this.#bytes.push(0);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
