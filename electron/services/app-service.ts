/**
 * The back end of the app, the same for every form of it: machines, their power, settings. It serves any number
 * of renderers, each over a connection of its own; `Port` is what a form hands to a machine's process.
 */
import { readFile } from 'node:fs/promises';
import { existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {
  appContract,
  type AppContract,
  type AppEvents,
  type AppInfo,
  type MachineChanges,
} from '../protocol/app-contract.ts';
import type { BootSpec } from '../protocol/control-contract.ts';
import type { DiscLock, DiscOutcome } from '../protocol/disc.ts';
import type { Duplex } from '../protocol/duplex.ts';
import type { MachineSummary } from '../protocol/machine.ts';
import { RpcError } from '../protocol/rpc-error.ts';
import { serve, type Server } from '../protocol/rpc-server.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { resolveAllowed, type AllowedFolders } from './allowed-folders.ts';
import { checkDiskImage } from './disk-image-check.ts';
import { isMissing } from './json-file.ts';
import { MachineRunner } from './machine-runner.ts';
import { MachineStore, type MachineDefinition } from './machine-store.ts';
import { PreferencesStore } from './preferences-store.ts';
import { readTail } from './process-log.ts';
import type { UserFolders } from './user-folders.ts';
import type { VmLauncher } from './vm-launcher.ts';

export interface AppOptions<Port> {
  readonly version: string;
  readonly form: AppInfo['form'];
  readonly folders: UserFolders;
  readonly systemImage: string;
  readonly allowedFolders: AllowedFolders;
  readonly launch: VmLauncher<Port>;
  /** One line for a person: a terminal, or a log. */
  readonly say: (line: string) => void;
}

interface Machine<Port> {
  readonly runner: MachineRunner<Port>;
  screenVersion: number;
  diskBytes: number | null;
  newerSystemImage: boolean;
  trayOpen: boolean;
}

export class AppService<Port> {
  readonly #options: AppOptions<Port>;
  readonly #store: MachineStore;
  readonly #preferences: PreferencesStore;
  readonly #machines = new Map<string, Machine<Port>>();
  readonly #renderers = new Set<Server<AppEvents>>();

  private constructor(options: AppOptions<Port>, store: MachineStore, preferences: PreferencesStore) {
    this.#options = options;
    this.#store = store;
    this.#preferences = preferences;
    for (const id of store.ids) this.#machines.set(id, this.#newMachine(id));
  }

  static async open<P>(options: AppOptions<P>): Promise<AppService<P>> {
    const { folders, systemImage, say } = options;
    const [store, preferences] = await Promise.all([
      MachineStore.open(folders.data, systemImage, say),
      PreferencesStore.open(folders.config, say),
    ]);
    const service = new AppService(options, store, preferences);
    await Promise.all(store.ids.map((id) => service.#lookAtDisk(id)));
    return service;
  }

  get anyRunning(): boolean {
    return [...this.#machines.values()].some(({ runner }) => runner.state !== 'off');
  }

  connectRenderer(duplex: Duplex): void {
    const server = serve<AppContract, AppEvents>(duplex, appContract, this.#handlers(), (message, error) => {
      const reason = error instanceof Error ? `: ${error.stack ?? error.message}` : '';
      this.#options.say(message + reason);
    });
    this.#renderers.add(server);
    duplex.onClose(() => this.#renderers.delete(server));
  }

  /** False when there is no such machine, or it is off: the port is the caller's to close. */
  attachViewer(id: string, port: Port): boolean {
    return this.#machines.get(id)?.runner.attach(port) ?? false;
  }

  /** Machines that are on and would not be saved by `close`: they do not answer, or have not started yet. */
  get anyToBeLost(): boolean {
    return [...this.#machines.values()].some(({ runner }) => runner.state !== 'off' && !canBeSaved(runner));
  }

  /**
   * Saves and ends every machine, or switches off what cannot be saved; resolves when their processes are gone and
   * changes of settings are on the disk.
   */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#machines].map(async ([id, { runner }]) => {
        if (canBeSaved(runner)) {
          await runner.suspend().catch((error: unknown) => {
            const reason = error instanceof Error ? error.message : String(error);
            this.#options.say(`the machine ${id} could not be saved and is switched off: ${reason}`);
          });
        }
        await runner.stop();
      }),
    );
    await Promise.all([this.#store.settled(), this.#preferences.settled()]);
  }

  #handlers(): Handlers<AppContract> {
    const control = (id: string): NonNullable<MachineRunner<Port>['control']> => {
      const running = this.#machine(id).runner.control;
      if (running === null) throw new RpcError('off', 'The machine is off.');
      return running;
    };
    return {
      info: () => ({ version: this.#options.version, form: this.#options.form, platform: process.platform }),
      machines: () => this.#summaries(),
      start: async (id) => {
        await this.#machine(id).runner.start(this.#bootSpec(id));
      },
      suspend: (id) => this.#machine(id).runner.suspend(),
      discardSaved: (id) => {
        this.#requireOff(id, 'discard what was saved');
        rmSync(this.#store.statePath(id), { force: true });
        this.#machine(id).runner.dismissProblem();
        this.#machinesChanged();
      },
      pause: (id) => control(id).pause(),
      resume: (id) => control(id).resume(),
      reset: (id) => control(id).reset(),
      pressPowerButton: (id) => control(id).pressPowerButton(),
      pressSleepButton: (id) => control(id).pressSleepButton(),
      cutPower: (id) => this.#machine(id).runner.stop(),
      endProcess: (id) => this.#machine(id).runner.kill(),
      dismissProblem: (id) => {
        this.#machine(id).runner.dismissProblem();
      },
      updateMachine: (id, changes) => this.#update(id, changes),
      restoreDisk: (id) => this.#restoreDisk(id),
      changeDisc: (id, disc, lock) => this.#changeDisc(id, disc, lock),
      screen: (id) => this.#screen(id),
      log: (id) => readTail(this.#machine(id).runner.logPath),
      serialLog: (id) => {
        this.#machine(id);
        return readTail(this.#serialLogPath(id));
      },
      preferences: () => this.#preferences.current,
      changePreferences: async (changes) => {
        await this.#preferences.change(withoutUndefined(changes));
        this.#emit('preferences', this.#preferences.current);
      },
    };
  }

  #newMachine(id: string): Machine<Port> {
    let lastState = 'off';
    const runner: MachineRunner<Port> = new MachineRunner(id, this.#options.launch, this.#logPath(id), {
      changed: () => {
        this.#machinesChanged();
        // A machine that ran has written to its disk.
        if (runner.state === 'off' && lastState !== 'off') {
          this.#machine(id).trayOpen = false;
          void this.#lookAtDisk(id);
        }
        lastState = runner.state;
      },
      screenSaved: () => {
        this.#machine(id).screenVersion += 1;
        this.#machinesChanged();
      },
      disc: ({ path: disc, trayOpen }) => {
        this.#machine(id).trayOpen = trayOpen;
        this.#keepDisc(id, disc).catch((error: unknown) => {
          this.#options.say(`the CD of ${id} could not be kept for its next start: ${String(error)}`);
        });
      },
      say: this.#options.say,
    });
    const saved = statSync(this.#screenPath(id), { throwIfNoEntry: false });
    return {
      runner,
      screenVersion: saved === undefined ? 0 : 1,
      diskBytes: null,
      newerSystemImage: false,
      trayOpen: false,
    };
  }

  #bootSpec(id: string): BootSpec {
    const definition = this.#definition(id);
    return {
      id,
      memoryMiB: definition.memoryMiB,
      diskPath: this.#store.diskPath(definition),
      discPath: definition.disc,
      firmware: 'bios',
      variablesPath: path.join(this.#store.folder(id), 'uefi-variables.fd'),
      screenPath: this.#screenPath(id),
      serialLogPath: this.#serialLogPath(id),
      statePath: this.#store.statePath(id),
      logPath: this.#logPath(id),
    };
  }

  async #update(id: string, changes: MachineChanges): Promise<void> {
    const definition = this.#definition(id);
    const hardware = changes.memoryMiB !== undefined || changes.diskPath !== undefined;
    if (hardware) this.#requireNothingSaved(id, 'change its hardware');
    const { diskPath, ...others } = withoutUndefined(changes);
    let disk = {};
    if (diskPath !== undefined && diskPath !== this.#store.diskPath(definition)) {
      const allowed = this.#options.allowedFolders;
      const file = resolveAllowed(diskPath, allowed === 'all' ? 'all' : [...allowed, this.#store.folder(id)]);
      await checkDiskImage(file);
      disk = { disk: file };
    }
    await this.#store.change(id, { ...others, ...disk });
    await this.#lookAtDisk(id);
  }

  async #changeDisc(id: string, wanted: string | null, lock: DiscLock): Promise<DiscOutcome> {
    const file = wanted === null ? null : resolveAllowed(wanted, this.#options.allowedFolders);
    if (file !== null) await checkDiskImage(file, 'disc');
    const running = this.#machine(id).runner.control;
    // What a running machine has in its drive it tells by itself.
    if (running !== null) return await running.changeDisc(file, lock);
    this.#requireNothingSaved(id, 'change its disc');
    await this.#keepDisc(id, file);
    return 'changed';
  }

  async #keepDisc(id: string, disc: string | null): Promise<void> {
    if (disc !== this.#definition(id).disc) await this.#store.change(id, { disc });
    this.#machinesChanged();
  }

  async #restoreDisk(id: string): Promise<string> {
    this.#requireNothingSaved(id, 'replace its disk');
    const kept = await this.#store.restoreDisk(id);
    await this.#lookAtDisk(id);
    return kept;
  }

  async #screen(id: string): Promise<Uint8Array | null> {
    this.#machine(id);
    try {
      return new Uint8Array(await readFile(this.#screenPath(id)));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async #lookAtDisk(id: string): Promise<void> {
    const machine = this.#machine(id);
    const diskPath = this.#store.diskPath(this.#definition(id));
    machine.diskBytes = statSync(diskPath, { throwIfNoEntry: false })?.size ?? null;
    machine.newerSystemImage = await this.#store.hasNewerSystemImage(id);
    this.#machinesChanged();
  }

  #requireOff(id: string, what: string): void {
    if (this.#machine(id).runner.state === 'off') return;
    throw new RpcError('busy', `Switch the machine off to ${what}.`);
  }

  /** What was saved fits only the hardware that it was saved with. */
  #requireNothingSaved(id: string, what: string): void {
    this.#requireOff(id, what);
    if (!existsSync(this.#store.statePath(id))) return;
    throw new RpcError(
      'saved',
      `The machine is saved: resume it and switch it off, or discard that, to ${what}.`,
    );
  }

  #machine(id: string): Machine<Port> {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw new RpcError('not-found', `There is no machine ${id}.`);
    return machine;
  }

  #definition(id: string): MachineDefinition {
    const definition = this.#store.get(id);
    if (definition === undefined) throw new RpcError('not-found', `There is no machine ${id}.`);
    return definition;
  }

  #screenPath(id: string): string {
    return path.join(this.#store.folder(id), 'screen.png');
  }

  #logPath(id: string): string {
    return path.join(this.#options.folders.state, `${id}.log`);
  }

  #serialLogPath(id: string): string {
    return path.join(this.#options.folders.state, `${id}-serial0.log`);
  }

  #summaries(): MachineSummary[] {
    return [...this.#machines].map(
      ([id, { runner, screenVersion, diskBytes, newerSystemImage, trayOpen }]) => {
        const definition = this.#definition(id);
        return {
          id,
          name: definition.name,
          state: runner.state,
          responding: runner.responding,
          problem: runner.problem,
          memoryMiB: definition.memoryMiB,
          diskPath: this.#store.diskPath(definition),
          discPath: definition.disc,
          trayOpen: trayOpen && runner.state !== 'off',
          diskBytes,
          newerSystemImage,
          saved: runner.state === 'off' && existsSync(this.#store.statePath(id)),
          screenVersion,
        };
      },
    );
  }

  #machinesChanged(): void {
    this.#emit('machines', this.#summaries());
  }

  #emit<K extends keyof AppEvents>(name: K, value: AppEvents[K]): void {
    for (const renderer of this.#renderers) renderer.emit(name, value);
  }
}

function canBeSaved({ state, responding }: MachineRunner<unknown>): boolean {
  return responding && (state === 'running' || state === 'paused');
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}
