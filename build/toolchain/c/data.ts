/**
 * Static data: where an address in a constant points to, and the bytes that the linker places.
 *
 * An address constant becomes a symbol whose name comes from the content of the object it points into. The symbol
 * is absolute and equals the constant, so a number that only looks like an address is not harmed; but the C of a
 * function does not change when a string literal elsewhere moves all data behind it.
 */
import { createHash } from 'node:crypto';
import type { StaticObject } from '../asc/compile.ts';
import type { DataSegment } from '../wasm/types.ts';

interface NamedObject extends StaticObject {
  readonly symbol: string;
}

export class StaticData {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  readonly #objects: readonly NamedObject[];

  constructor(base: bigint, end: bigint, objects: readonly StaticObject[], segments: readonly DataSegment[]) {
    this.base = base;
    this.bytes = new Uint8Array(Number(end - base));
    for (const s of segments) this.bytes.set(s.bytes, Number(s.address - base));
    const seen = new Map<string, number>();
    this.#objects = objects.map((object) => {
      const at = Number(object.address - base);
      const content = this.bytes.subarray(at, at + object.size);
      const id = content.some((b) => b !== 0)
        ? createHash('sha256').update(content).digest('hex').slice(0, 16)
        : `zero${object.size}`;
      const copies = seen.get(id) ?? 0;
      seen.set(id, copies + 1);
      return { ...object, symbol: `data_${id}${copies > 0 ? `_${copies}` : ''}` };
    });
  }

  /** The object that `address` is in, or null. */
  find(address: bigint): NamedObject | null {
    let low = 0;
    let high = this.#objects.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const object = this.#objects[middle];
      if (object && object.address <= address) low = middle + 1;
      else high = middle;
    }
    const object = this.#objects[low - 1];
    return object && address < object.address + BigInt(Math.max(object.size, 1)) ? object : null;
  }

  /** Assembly, to stand in a C file, that holds the bytes and defines the symbols; `binaryPath` is where the caller wrote `bytes`. */
  assembly(binaryPath: string): string {
    const symbols = this.#objects.map(
      (o) =>
        `.globl ${o.symbol}\n.hidden ${o.symbol}\n.set ${o.symbol}, static_data + ${o.address - this.base}\n`,
    );
    return `.section .asdata, "aw", @progbits
.balign 16
.globl static_data
.hidden static_data
static_data:
.incbin "${binaryPath}"
${symbols.join('')}.text
`;
  }
}
