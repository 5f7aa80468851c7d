/** Addresses of the machines' saved screens for `img` elements, fetched when a new one is there. */
import type { MachineSummary } from '../../../../electron/protocol/machine.ts';
import type { AppState } from '../machine/app-state.svelte.ts';

interface Entry {
  readonly version: number;
  readonly address: string | null;
}

export class SavedScreens {
  #entries = $state.raw<Readonly<Record<string, Entry>>>({});
  readonly #app: AppState;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  readonly #fetching = new Set<string>();

  constructor(app: AppState) {
    this.#app = app;
  }

  address(id: string): string | null {
    return this.#entries[id]?.address ?? null;
  }

  /** Called whenever the machines changed. */
  follow(machines: readonly MachineSummary[]): void {
    for (const { id, screenVersion, state } of machines) {
      // While it runs, the live picture is shown; the saved one matters when it goes off.
      if (state !== 'off' || screenVersion === 0 || this.#fetching.has(id)) continue;
      if (this.#entries[id]?.version !== screenVersion) void this.#fetch(id, screenVersion);
    }
  }

  async #fetch(id: string, version: number): Promise<void> {
    this.#fetching.add(id);
    const png = await this.#app.ask((call) => call.screen(id));
    this.#fetching.delete(id);
    const before = this.#entries[id]?.address ?? null;
    const address =
      png === null
        ? null
        : URL.createObjectURL(new Blob([png as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
    this.#entries = { ...this.#entries, [id]: { version, address } };
    if (before !== null) URL.revokeObjectURL(before);
  }
}
