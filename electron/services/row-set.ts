/** A set of screen rows, read back as runs of neighbours. */
export interface RowRun {
  readonly y: number;
  readonly height: number;
}

export class RowSet {
  readonly #marked: Uint8Array;
  #count = 0;

  constructor(height: number) {
    this.#marked = new Uint8Array(height);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Rows outside the screen are ignored. */
  add({ y, height }: RowRun): void {
    const end = Math.min(y + height, this.#marked.length);
    for (let row = Math.max(0, y); row < end; row++) {
      if (this.#marked[row] === 0) this.#count += 1;
      this.#marked[row] = 1;
    }
  }

  clear(): void {
    this.#marked.fill(0);
    this.#count = 0;
  }

  /** Runs from the top down; gaps of at most `maxGap` rows are bridged: a message costs more than a few rows. */
  runs(maxGap: number): RowRun[] {
    const runs: RowRun[] = [];
    let start = -1;
    let last = -1;
    for (let row = 0; row < this.#marked.length; row++) {
      if (this.#marked[row] === 0) continue;
      if (start >= 0 && row - last - 1 > maxGap) {
        runs.push({ y: start, height: last - start + 1 });
        start = -1;
      }
      if (start < 0) start = row;
      last = row;
    }
    if (start >= 0) runs.push({ y: start, height: last - start + 1 });
    return runs;
  }
}
