/**
 * The machines' definitions: one folder a machine below the data folder, `machine.json` in it. The first start
 * makes the machine "Breenix" with a copy of the system image as its disk.
 */
import { existsSync } from 'node:fs';
import { link, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { hostPath, machineId, machineName, memoryMiB } from '../protocol/app-contract.ts';
import { readJsonFile, timestamp, writeJsonFile } from './json-file.ts';
import { compareWithOrigin, copySystemImage, diskOrigin, stampOf } from './system-image.ts';
import { Turns } from './turns.ts';

const definitionSchema = v.strictObject({
  version: v.literal(1),
  id: machineId,
  name: machineName,
  memoryMiB,
  /** Absolute, or relative to the machine's folder. */
  disk: hostPath,
  /** In the CD drive; absolute. */
  disc: v.optional(v.nullable(hostPath), null),
  /** Of the disk, when it was made from the system image. */
  origin: v.nullable(diskOrigin),
});
export type MachineDefinition = v.InferOutput<typeof definitionSchema>;

export const FIRST_MACHINE_ID = 'breenix';
const FIRST_MACHINE_MEMORY_MIB = 128;
const OWN_DISK = 'disk.img';

export class MachineStore {
  readonly #folder: string;
  readonly #template: string;
  readonly #say: (line: string) => void;
  readonly #definitions = new Map<string, MachineDefinition>();
  readonly #turns = new Turns();

  private constructor(folder: string, template: string, say: (line: string) => void) {
    this.#folder = folder;
    this.#template = template;
    this.#say = say;
  }

  /** Reads all definitions. `say` gets one line for each thing that a person should know. */
  static async open(
    dataFolder: string,
    template: string,
    say: (line: string) => void,
  ): Promise<MachineStore> {
    const store = new MachineStore(path.join(dataFolder, 'machines'), template, say);
    await mkdir(store.#folder, { recursive: true, mode: 0o700 });
    for (const entry of await readdir(store.#folder, { withFileTypes: true })) {
      if (entry.isDirectory() && v.is(machineId, entry.name)) await store.#load(entry.name);
    }
    if (!store.#definitions.has(FIRST_MACHINE_ID)) await store.#makeFirst();
    for (const id of store.#definitions.keys()) await store.#refreshUntouchedDisk(id);
    return store;
  }

  get ids(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  get(id: string): MachineDefinition | undefined {
    return this.#definitions.get(id);
  }

  folder(id: string): string {
    return path.join(this.#folder, id);
  }

  diskPath(definition: MachineDefinition): string {
    return path.resolve(this.folder(definition.id), definition.disk);
  }

  /** What the machine was doing when it was suspended; no file: it was switched off. */
  statePath(id: string): string {
    return path.join(this.folder(id), 'state.saved');
  }

  /** Changes that are made at once are made one after the other: none takes another back. */
  change(
    id: string,
    changes: Partial<Pick<MachineDefinition, 'name' | 'memoryMiB' | 'disk' | 'disc'>>,
  ): Promise<void> {
    return this.#turns.take(() => {
      const before = this.#known(id);
      const own = changes.disk === undefined || changes.disk === path.join(this.folder(id), OWN_DISK);
      const disk = changes.disk === undefined ? before.disk : own ? OWN_DISK : changes.disk;
      return this.#write({ ...before, ...changes, disk });
    });
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.#turns.ended();
  }

  /** Whether there is a system image that is newer than the one that the machine's own disk came from. */
  async hasNewerSystemImage(id: string): Promise<boolean> {
    const definition = this.#known(id);
    if (definition.origin === null || definition.disk !== OWN_DISK) return false;
    return (await compareWithOrigin(this.#template, this.diskPath(definition), definition.origin))
      .templateChanged;
  }

  /** Gives the machine a fresh copy of the system image. The old disk stays, under the path returned. */
  restoreDisk(id: string): Promise<string> {
    return this.#turns.take(() => this.#restoreDisk(id));
  }

  async #restoreDisk(id: string): Promise<string> {
    const definition = this.#known(id);
    const own = path.join(this.folder(id), OWN_DISK);
    const kept = path.join(this.folder(id), `disk-until-${timestamp()}.img`);
    // A link, so that the disk has both names until the copy takes its place: a failed copy changes nothing.
    if ((await stampOf(own)) !== null) await link(own, kept);
    const origin = await copySystemImage(this.#template, own);
    await this.#write({ ...definition, disk: OWN_DISK, origin });
    return kept;
  }

  #known(id: string): MachineDefinition {
    const definition = this.#definitions.get(id);
    if (definition === undefined) throw new Error(`there is no machine ${id}`);
    return definition;
  }

  async #load(id: string): Promise<void> {
    const file = path.join(this.folder(id), 'machine.json');
    const result = await readJsonFile(file, definitionSchema);
    if (result.kind === 'ok' && result.value.id === id) this.#definitions.set(id, result.value);
    if (result.kind === 'corrupted') {
      this.#say(`${file} could not be read (${result.reason}); it was kept as ${result.keptAs}`);
    }
  }

  async #makeFirst(): Promise<void> {
    await mkdir(this.folder(FIRST_MACHINE_ID), { recursive: true, mode: 0o700 });
    const definition: MachineDefinition = {
      version: 1,
      id: FIRST_MACHINE_ID,
      name: 'Breenix',
      memoryMiB: FIRST_MACHINE_MEMORY_MIB,
      disk: OWN_DISK,
      disc: null,
      origin: null,
    };
    const disk = this.diskPath(definition);
    // A disk that lost its definition is the user's: it is used as it is, never overwritten.
    const origin = (await stampOf(disk)) === null ? await copySystemImage(this.#template, disk) : null;
    if (origin === null) this.#say(`the machine "Breenix" was made anew around its disk ${disk}`);
    await this.#write({ ...definition, origin });
  }

  /** A rebuilt system reaches a machine whose disk nobody has written to by itself; any other is left alone. */
  async #refreshUntouchedDisk(id: string): Promise<void> {
    const definition = this.#known(id);
    if (definition.origin === null || definition.disk !== OWN_DISK) return;
    // A machine that was saved goes on with this disk alone.
    if (existsSync(this.statePath(id))) return;
    const disk = this.diskPath(definition);
    const { untouched, templateChanged } = await compareWithOrigin(this.#template, disk, definition.origin);
    if (!untouched || !templateChanged) return;
    const origin = await copySystemImage(this.#template, disk);
    await this.#write({ ...definition, origin });
    this.#say(`the disk of "${definition.name}" was untouched and is now a copy of the newer system image`);
  }

  async #write(definition: MachineDefinition): Promise<void> {
    await writeJsonFile(path.join(this.folder(definition.id), 'machine.json'), definition);
    this.#definitions.set(definition.id, definition);
  }
}
