/**
 * Pages that a region has just accessed, in locals: an access that falls into one again (recent-use.ts guesses
 * which will) takes one subtraction and one comparison, and only another page looks into the TLB.
 *
 * - A page is remembered when it may be written, so that one copy of it serves reads and writes.
 * - What is remembered holds until something could change a mapping or mark a page as code: that is only the
 *   interpreter. So it is forgotten at the region's entry and after a handler ran (`forget`).
 */
import { TLB_HOST, TLB_TAG_READ, TLB_TAG_WRITE } from '../cpu/layout.ts';
import type { Emission } from './emission.ts';
import { pushEntry } from './memory.ts';
import type { PageKey } from './recent-use.ts';
import { I32, I64, LOAD } from './wasm/opcodes.ts';

const PAGE_SIZE = 4096;
/** An address is in a remembered page when it is less than this above its beginning: then 16 bytes are. */
const WITHIN = PAGE_SIZE - 15;
/** No 32-bit address is in this page. */
const NOWHERE = 1n << 63n;

interface RecentPage {
  /** i64: the linear address of the page. */
  readonly tag: number;
  /** i32: the host address of the page. */
  readonly host: number;
  /** i64: WITHIN, or 0 when nothing is remembered. In 32-bit code the tag says that. */
  readonly within: number | null;
}

export class RecentPages {
  readonly #e: Emission;
  readonly #pages: ReadonlyMap<PageKey, RecentPage>;

  constructor(e: Emission, keys: readonly PageKey[], long: boolean) {
    this.#e = e;
    const { code } = e;
    this.#pages = new Map(
      keys.map((key) => [
        key,
        { tag: code.newLocal(I64), host: code.newLocal(I32), within: long ? code.newLocal(I64) : null },
      ]),
    );
  }

  has(key: PageKey): boolean {
    return this.#pages.has(key);
  }

  /** At the entry, and after a handler. */
  forget(): void {
    const { code } = this.#e;
    for (const { tag, within } of this.#pages.values()) {
      if (within === null) code.i64(BigInt.asIntN(64, NOWHERE)).set(tag);
      else code.i64(0).set(within);
    }
  }

  /**
   * Pops a linear address; pushes the host address of `bytes` bytes there, at most 16, or leaves the region. The
   * `first` access of several only remembers the page.
   */
  hostAddress(key: PageKey, bytes: number, write: boolean, first: boolean): void {
    const page = this.#pages.get(key);
    if (page === undefined) throw new Error(`translator: no page ${key}`);
    const c = this.#e.code;
    const address = c.borrow(I64);
    const offset = c.borrow(I64);
    const from = c.borrow(I32);
    if (first) {
      c.set(address);
      this.#look(page, address, offset, from, bytes, write);
    } else {
      this.#e.prepareToLeave();
      c.tee(address).get(page.tag).i64op('sub').set(offset);
      c.get(page.host).set(from).get(offset);
      if (page.within === null) c.i64(WITHIN);
      else c.get(page.within);
      c.i64op('geU').if();
      this.#look(page, address, offset, from, bytes, write);
      c.end();
    }
    c.get(offset).wrap().get(from).i32op('add');
    c.giveBack(I64, address, offset);
    c.giveBack(I32, from);
  }

  /** Another page: its offset and host address, from the TLB. */
  #look(
    { tag, host, within }: RecentPage,
    address: number,
    offset: number,
    from: number,
    bytes: number,
    write: boolean,
  ): void {
    const c = this.#e.code;
    const entry = c.borrow(I32);
    pushEntry(this.#e, address);
    c.set(entry);
    c.get(address)
      .get(entry)
      .access(LOAD.i64, write ? TLB_TAG_WRITE : TLB_TAG_READ, true);
    c.i64op('sub')
      .tee(offset)
      .i64(PAGE_SIZE - bytes)
      .i64op('gtU');
    this.#e.leaveIf();
    c.get(entry).access(LOAD.i32, TLB_HOST, true).tee(from).set(host);
    c.get(entry).access(LOAD.i64, TLB_TAG_WRITE, true).set(tag);
    if (within !== null) {
      c.i64(WITHIN);
      if (!write) {
        // A page that may only be read is not remembered.
        c.i64(0);
        c.get(tag).get(address).get(offset).i64op('sub').i64op('eq').select();
      }
      c.set(within);
    }
    c.giveBack(I32, entry);
  }
}
