/**
 * Typed listeners. A listener that throws does not keep the others from hearing; its error goes to the host.
 */

type Listeners<T> = { [E in keyof T]?: Set<T[E]> };

export class Emitter<T extends { [E in keyof T]: (...args: never[]) => void }> {
  #listeners: Listeners<T> = {};

  /** Returns the call that ends the subscription. */
  on<E extends keyof T>(event: E, listener: T[E]): () => void {
    const set = (this.#listeners[event] ??= new Set<T[E]>());
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  emit<E extends keyof T>(event: E, ...args: Parameters<T[E]>): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listeners = {};
  }
}
