/** What has happened to a guest, and waiting for it. */
import type { GuestEvent } from './guest.ts';
import { hangMs } from './serial-console.ts';

export class EventLog {
  readonly #seen = new Set<GuestEvent>();
  readonly #waiters = new Set<() => void>();

  add(event: GuestEvent): void {
    this.#seen.add(event);
    for (const waiter of this.#waiters) waiter();
  }

  waitFor(event: GuestEvent, timeoutMs = hangMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
      };
      const look = (): void => {
        if (!this.#seen.has(event)) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        const seen = [...this.#seen].join(', ') || 'nothing';
        reject(new Error(`the guest is not ${event} after ${timeoutMs} ms; it was: ${seen}`));
      }, timeoutMs);
      this.#waiters.add(look);
      look();
    });
  }
}
