/**
 * Reads the primitive encodings of the WebAssembly binary format: bytes, LEB128 integers, floats, names.
 * Source: WebAssembly Core Specification 2.0, chapter 5.2 (values).
 *
 * Rules for callers: every read checks the bounds that the reader was made with and throws a WasmFormatError
 * that names the byte offset; a reader over a section can therefore never run into the next one.
 */

/** The module's bytes are not what the specification allows, or use something this toolchain has no use for. */
export class WasmFormatError extends Error {
  constructor(message: string, offset: number) {
    super(`wasm: ${message} at byte ${offset}`);
    this.name = 'WasmFormatError';
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export class ByteReader {
  offset: number;
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  fail(message: string): never {
    throw new WasmFormatError(message, this.offset);
  }

  #take(count: number): number {
    const at = this.offset;
    if (count > this.end - at) this.fail('unexpected end');
    this.offset = at + count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) this.fail('integer too large');
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
    }
    return this.fail('integer representation too long');
  }

  u64(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      if (shift === 63n && byte > 1) this.fail('integer too large');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    return this.fail('integer representation too long');
  }

  /** A signed LEB128 integer of `bits` bits (32, 33 or 64). */
  signed(bits: number): bigint {
    let result = 0n;
    let shift = 0;
    for (;;) {
      if (shift >= bits) return this.fail('integer representation too long');
      const byte = this.u8();
      result |= BigInt(byte & 0x7f) << BigInt(shift);
      shift += 7;
      if (byte >= 0x80) continue;
      const value = BigInt.asIntN(shift, result);
      if (value !== BigInt.asIntN(bits, value)) this.fail('integer too large');
      return value;
    }
  }

  f32Bits(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64Bits(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  slice(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }

  name(): string {
    const bytes = this.slice(this.u32());
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail('malformed UTF-8');
    }
  }

  /** A reader over the next `size` bytes, which this reader skips. */
  sub(size: number): ByteReader {
    const at = this.#take(size);
    return new ByteReader(this.bytes, at, at + size);
  }
}
