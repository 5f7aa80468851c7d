/** The translator's side of cpu.wasm: what it calls there, and the form of what it puts into its table. */

/** What the translator needs of cpu.wasm. */
export interface TranslatorCore {
  readonly table: WebAssembly.Table;
  readonly spillFlags: WebAssembly.ExportValue;
  installRegion(page: number, offset: number, op: number): number;
  removeRegion(page: number, offset: number, stub: number): void;
  /** Room for a region's table until all code is forgotten; 0: none. */
  reserveTable(bytes: number): number;
  eflags(): number;
}

/** Runs from the micro-op at `p`, and returns the one to go on with: an interpreter's case or a region. */
export type Handler = (p: number) => number;
