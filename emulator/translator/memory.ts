/**
 * Guest memory through the software TLB, as Memory of core/memory.ts: one masked subtraction tests the tag, the
 * privilege and that the access stays in its page. A miss leaves the region at the micro-op, and the interpreter
 * fills the TLB (or raises the fault) by running it.
 */
import { TLB_HOST, TLB_TAG_READ, TLB_TAG_WRITE, WRITE_LOG, WRITE_LOG_MAX } from '../cpu/layout.ts';
import type { Emission } from './emission.ts';
import { I32, I64, LOAD, STORE } from './wasm/opcodes.ts';

const PAGE_SIZE = 4096;
/** As Tlb.index of core/tlb.ts. */
const INDEX_SHIFT = 7;
const INDEX_FOLD = 12;
const INDEX_MASK = 0x1ffe0;

/** Pushes the address of the TLB's entry for the linear address in an i64 local. */
export function pushEntry(e: Emission, address: number): void {
  const c = e.code;
  const index = c.borrow(I32);
  c.get(address).wrap().i32(INDEX_SHIFT).i32op('shrU').tee(index);
  c.get(index).i32(INDEX_FOLD).i32op('shrU').i32op('xor').i32(INDEX_MASK).i32op('and');
  c.get(e.tlb).i32op('add');
  c.giveBack(I32, index);
}

/** Pops a linear address; pushes the host address of `bytes` bytes there. */
export function hostAddress(e: Emission, bytes: number, write: boolean): void {
  const c = e.code;
  const address = c.borrow(I64);
  const entry = c.borrow(I32);
  c.set(address);
  pushEntry(e, address);
  c.set(entry);
  c.get(address)
    .get(entry)
    .access(LOAD.i64, write ? TLB_TAG_WRITE : TLB_TAG_READ, true)
    .i64op('sub')
    .tee(address);
  c.i64(PAGE_SIZE - bytes).i64op('gtU');
  e.leaveIf();
  c.get(address).wrap().get(entry).access(LOAD.i32, TLB_HOST, true).i32op('add');
  c.giveBack(I64, address);
  c.giveBack(I32, entry);
}

/** Leaves the region unless the linear address on the stack, which stays there, is a multiple of `bytes`, a power of 2. */
export function requireAligned(e: Emission, bytes: number): void {
  const c = e.code;
  const address = c.borrow(I64);
  c.tee(address)
    .wrap()
    .i32(bytes - 1)
    .i32op('and');
  e.leaveIf();
  c.get(address);
  c.giveBack(I64, address);
}

/** Notes what lies at a host address (16 bytes of it): code that is checked may be undone. */
export function logWrite(e: Emission, host: number): void {
  const c = e.code;
  const entry = c.borrow(I32);
  c.loadAt(LOAD.i32, WRITE_LOG)
    .tee(entry)
    .i32(WRITE_LOG_MAX - 2)
    .i32op('gtU');
  e.leaveIf();
  for (let half = 0; half < 2; half++) {
    c.get(entry)
      .i32(4)
      .i32op('shl')
      .i32(WRITE_LOG + 16)
      .i32op('add')
      .tee(entry);
    c.get(host)
      .i32(half * 8)
      .i32op('add')
      .access(STORE.i32, 0, true);
    c.get(entry)
      .get(host)
      .access(LOAD.i64, half * 8)
      .access(STORE.i64, 8);
    c.loadAt(LOAD.i32, WRITE_LOG).i32(1).i32op('add').set(entry);
    c.storeAt(STORE.i32, WRITE_LOG, entry);
  }
  c.giveBack(I32, entry);
}
