/** The page's state: what the back end says, and which machine is looked at. It reconnects by itself. */
import type {
  AppContract,
  AppEvents,
  AppInfo,
  Preferences,
} from '../../../../electron/protocol/app-contract.ts';
import type { MachineSummary } from '../../../../electron/protocol/machine.ts';
import { connect, type Client } from '../../../../electron/protocol/rpc-client.ts';
import { openConnection } from '../connection/open-connection.ts';
import { MachineSession } from './machine-session.svelte.ts';

const RETRY_DELAYS_MS = [300, 600, 1200, 2500, 5000];

type AppClient = Client<AppContract, AppEvents>;

/** `refused`: there is a server, but it does not know this page (it was started anew). */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused';

export class AppState {
  connection = $state<ConnectionState>('connecting');
  machines = $state.raw<readonly MachineSummary[]>([]);
  preferences = $state.raw<Preferences>({ releaseKey: 'right-ctrl', scale: 'fit', libraryOpen: true });
  info = $state.raw<AppInfo | null>(null);
  selectedId = $state<string | null>(null);
  /** The last thing that failed, in words for a person. */
  failure = $state<string | null>(null);
  readonly selected = $derived(this.machines.find(({ id }) => id === this.selectedId) ?? null);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- filled while templates are drawn, never drawn itself
  readonly #sessions = new Map<string, MachineSession>();
  #client: AppClient | null = null;

  session(id: string): MachineSession {
    let session = this.#sessions.get(id);
    if (session === undefined) {
      session = new MachineSession(id, this.#serialHistory(id));
      this.#sessions.set(id, session);
    }
    return session;
  }

  /** Connects, and again whenever the connection ends. Never returns. */
  async run(): Promise<never> {
    let failures = 0;
    while (true) {
      try {
        const client = connect<AppContract, AppEvents>(await openConnection('app'));
        await this.#follow(client);
        failures = 0;
        await client.closed;
      } catch {
        failures += 1;
      }
      this.#client = null;
      this.connection = (await isRefused()) ? 'refused' : 'lost';
      const delayMs = RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length - 1)] ?? 0;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }

  /** Asks the back end; a failure is shown and null returned. */
  async ask<R>(question: (call: AppClient['call']) => Promise<R>): Promise<R | null> {
    try {
      if (this.#client === null) throw new Error('There is no connection to Breenix.');
      return await question(this.#client.call);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  /** As `ask`, for callers that show the failure themselves. */
  async askOrThrow<R>(question: (call: AppClient['call']) => Promise<R>): Promise<R> {
    if (this.#client === null) throw new Error('There is no connection to Breenix.');
    return await question(this.#client.call);
  }

  async #follow(client: AppClient): Promise<void> {
    this.#client = client;
    client.on('machines', (machines) => {
      this.#setMachines(machines);
    });
    client.on('preferences', (preferences) => {
      this.preferences = preferences;
    });
    const [info, preferences, machines] = await Promise.all([
      client.call.info(),
      client.call.preferences(),
      client.call.machines(),
    ]);
    this.info = info;
    this.preferences = preferences;
    this.connection = 'open';
    this.#setMachines(machines);
  }

  #setMachines(machines: readonly MachineSummary[]): void {
    this.machines = machines;
    this.selectedId ??= machines[0]?.id ?? null;
    for (const machine of machines) this.session(machine.id).follow(machine);
  }

  /** A new page shows how the last power-on ended; a running machine sends its own backlog. */
  async #serialHistory(id: string): Promise<string> {
    if (this.machines.find((machine) => machine.id === id)?.state !== 'off') return '';
    return (await this.ask((call) => call.serialLog(id)))?.text ?? '';
  }
}

/** In a browser: whether the server is there but does not let this page in. */
async function isRefused(): Promise<boolean> {
  if (window.breenix !== undefined) return false;
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).status === 403;
  } catch {
    return false;
  }
}
