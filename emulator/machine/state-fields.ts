/**
 * The fields of a saved machine, described once: the same lines write a chip's state and read it back.
 *
 * - `this.#mask = fields.u8(this.#mask)`: saving, a field is noted down and comes back as it is; restoring, the
 *   noted one comes back. Call the same fields in the same order in both directions.
 * - Restoring begins with a chip that has just been reset. After its fields a chip derives what follows from
 *   them (`if (fields.restoring) …`): it drives its lines again and claims its ports and memory.
 * - Timers are no fields: the machine keeps all of them with their deadlines, and restores them last.
 * - A field out of range throws a StateError, and the machine is not restored.
 */

/** A saved state that cannot be restored; the message says why, for a person. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

export interface StateFields {
  readonly restoring: boolean;
  bool(value: boolean): boolean;
  u8(value: number): number;
  u16(value: number): number;
  u32(value: number): number;
  /** A signed number of 32 bits. */
  i32(value: number): number;
  u64(value: bigint): bigint;
  /** Times and other numbers that need not be whole. */
  f64(value: number): number;
  text(value: string): string;
  /** Bytes of a length that never changes, filled in place. */
  bytes(value: Uint8Array): void;
  /** Bytes of any length. Restoring gives new ones. */
  buffer(value: Uint8Array): Uint8Array;
  /** What may be missing: `field` describes it; `blank` is what `field` is called with when restoring. */
  optional<T>(value: T | null, field: (value: T) => T, blank: T): T | null;
  /** A list of any length. */
  list<T>(values: readonly T[], field: (value: T) => T, blank: T): T[];
  /** One of the words of `choices`. */
  choice<T extends string>(value: T, choices: readonly T[]): T;
}

/** Whatever has state that a saved machine must hold. */
export interface Stateful {
  /** Raise it with every change of what `state` notes down; a state of another version is refused. Default 1. */
  readonly stateVersion?: number;
  state(fields: StateFields): void;
}

const TEXT = { encoder: new TextEncoder(), decoder: new TextDecoder() } as const;
const FIRST_BYTES = 4096;
/** No field of a chip is longer; RAM and ROMs are not fields. */
const MAX_FIELD_BYTES = 64 * 1024 * 1024;

abstract class Fields implements StateFields {
  abstract readonly restoring: boolean;
  protected abstract number(kind: NumberKind, value: number): number;
  abstract u64(value: bigint): bigint;
  abstract bytes(value: Uint8Array): void;
  abstract buffer(value: Uint8Array): Uint8Array;
  abstract list<T>(values: readonly T[], field: (value: T) => T, blank: T): T[];

  bool(value: boolean): boolean {
    const number = this.u8(value ? 1 : 0);
    if (number > 1) throw new StateError(`a field that is yes or no holds ${String(number)}`);
    return number === 1;
  }
  u8(value: number): number {
    return this.number('u8', value);
  }
  u16(value: number): number {
    return this.number('u16', value);
  }
  u32(value: number): number {
    return this.number('u32', value);
  }
  i32(value: number): number {
    return this.number('i32', value);
  }
  f64(value: number): number {
    return this.number('f64', value);
  }
  text(value: string): string {
    return TEXT.decoder.decode(this.buffer(TEXT.encoder.encode(value)));
  }
  optional<T>(value: T | null, field: (value: T) => T, blank: T): T | null {
    if (!this.bool(value !== null)) return null;
    return field(this.restoring ? blank : (value ?? blank));
  }
  choice<T extends string>(value: T, choices: readonly T[]): T {
    const at = this.u8(choices.indexOf(value));
    const chosen = choices[at];
    if (chosen === undefined)
      throw new StateError(`choice ${String(at)} of ${choices.join(', ')} does not exist`);
    return chosen;
  }
}

type NumberKind = 'u8' | 'u16' | 'u32' | 'i32' | 'f64';

interface NumberRow {
  readonly bytes: number;
  readonly min: number;
  readonly max: number;
  readonly put: (view: DataView, at: number, value: number) => void;
  readonly get: (view: DataView, at: number) => number;
}

const whole = (bytes: number, min: number, max: number, put: NumberRow['put'], get: NumberRow['get']) => ({
  bytes,
  min,
  max,
  put,
  get,
});
const NUMBERS: Readonly<Record<NumberKind, NumberRow>> = {
  u8: whole(
    1,
    0,
    0xff,
    (v, at, n) => {
      v.setUint8(at, n);
    },
    (v, at) => v.getUint8(at),
  ),
  u16: whole(
    2,
    0,
    0xffff,
    (v, at, n) => {
      v.setUint16(at, n, true);
    },
    (v, at) => v.getUint16(at, true),
  ),
  u32: whole(
    4,
    0,
    0xffffffff,
    (v, at, n) => {
      v.setUint32(at, n, true);
    },
    (v, at) => v.getUint32(at, true),
  ),
  i32: whole(
    4,
    -0x80000000,
    0x7fffffff,
    (v, at, n) => {
      v.setInt32(at, n, true);
    },
    (v, at) => v.getInt32(at, true),
  ),
  f64: whole(
    8,
    -Infinity,
    Infinity,
    (v, at, n) => {
      v.setFloat64(at, n, true);
    },
    (v, at) => v.getFloat64(at, true),
  ),
};

class SavedFields extends Fields {
  readonly restoring = false;
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  #reserve(bytes: number): number {
    const at = this.#length;
    if (at + bytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, at + bytes));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = at + bytes;
    return at;
  }

  protected number(kind: NumberKind, value: number): number {
    const row = NUMBERS[kind];
    // A chip that keeps a word as a signed number (`| 0`) has the same bits.
    const noted = kind === 'u32' && value < 0 ? value >>> 0 : value;
    const fits = kind === 'f64' ? !Number.isNaN(noted) : Number.isInteger(noted);
    if (!fits || noted < row.min || noted > row.max)
      throw new RangeError(`${String(value)} does not fit a field of ${kind}`);
    // First the room: it may move the bytes.
    const at = this.#reserve(row.bytes);
    row.put(this.#view, at, noted);
    return value;
  }

  u64(value: bigint): bigint {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
    return value;
  }

  bytes(value: Uint8Array): void {
    this.buffer(value);
  }

  buffer(value: Uint8Array): Uint8Array {
    this.u32(value.length);
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return value;
  }

  list<T>(values: readonly T[], field: (value: T) => T): T[] {
    this.u32(values.length);
    return values.map((value) => field(value));
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

class RestoredFields extends Fields {
  readonly restoring = true;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw new StateError('it ends before its last field');
    this.#at = at + bytes;
    return at;
  }

  protected number(kind: NumberKind): number {
    const row = NUMBERS[kind];
    const value = row.get(this.#view, this.#take(row.bytes));
    if (Number.isNaN(value)) throw new StateError('a number in it is none');
    return value;
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  #length(limit: number): number {
    const length = this.u32(0);
    if (length > limit) throw new StateError(`a field of ${String(length)} bytes in it is too long`);
    return length;
  }

  bytes(value: Uint8Array): void {
    const length = this.#length(MAX_FIELD_BYTES);
    if (length !== value.length)
      throw new StateError(`a field of it has ${String(length)} bytes, not ${String(value.length)}`);
    const at = this.#take(length);
    value.set(this.#bytes.subarray(at, at + length));
  }

  buffer(): Uint8Array {
    const length = this.#length(MAX_FIELD_BYTES);
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  list<T>(_values: readonly T[], field: (value: T) => T, blank: T): T[] {
    const count = this.#length(this.#bytes.length);
    return Array.from({ length: count }, () => field(blank));
  }

  end(): void {
    const rest = this.#bytes.length - this.#at;
    if (rest !== 0) throw new StateError(`it has ${String(rest)} bytes more than its fields`);
  }
}

export function saveFields(of: Stateful): Uint8Array {
  const fields = new SavedFields();
  of.state(fields);
  return fields.done();
}

/** @throws {StateError} when `bytes` are not exactly the fields of `into`, which is then half restored. */
export function restoreFields(into: Stateful, bytes: Uint8Array): void {
  const fields = new RestoredFields(bytes);
  into.state(fields);
  fields.end();
}
