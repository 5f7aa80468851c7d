/** What the parts of an emitter (memory, vectors) need of the whole: the code, and the way out of the region. */
import type { FunctionCode } from './wasm/function-code.ts';

export interface Emission {
  readonly code: FunctionCode;
  /** The i32 local that holds the address of the data TLB in use. */
  readonly tlb: number;
  /** Pops a condition: leaves the region when it holds. The current micro-op must not have changed anything. */
  leaveIf(): void;
  /** Before wasm's own branches inside a micro-op, of which only one has a `leaveIf`. */
  prepareToLeave(): void;
}
