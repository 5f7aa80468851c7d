/**
 * Work on one thing that must not overlap, such as reading a file's value, changing it and writing it back: each piece
 * begins when those before it have ended, well or badly.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as `work` does. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    // Whoever asked hears of a failure; those who come after do not.
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Resolves when all work that was taken has ended, well or badly. */
  async ended(): Promise<void> {
    await this.#last;
  }
}
