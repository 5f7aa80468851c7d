/** How much may be under way to a receiver: it says how far it has come, the sender stops while that lags. */
export class SendWindow {
  readonly #limitBytes: number;
  #sentBytes = 0;
  #acknowledgedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** One message may go beyond the limit, so that one larger than the window gets through at all. */
  get isOpen(): boolean {
    return this.#sentBytes - this.#acknowledgedBytes < this.#limitBytes;
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** `totalBytes` counts from the start. A receiver cannot acknowledge what was not sent, or take back. */
  acknowledge(totalBytes: number): void {
    if (totalBytes > this.#sentBytes) throw new RangeError('acknowledged more than was sent');
    this.#acknowledgedBytes = Math.max(this.#acknowledgedBytes, totalBytes);
  }
}
