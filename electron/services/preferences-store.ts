/** The user's preferences: how the window behaves, for all machines. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { preferences as schema, type Preferences } from '../protocol/app-contract.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { Turns } from './turns.ts';

export class PreferencesStore {
  readonly #file: string;
  readonly #turns = new Turns();
  #current: Preferences;

  private constructor(file: string, current: Preferences) {
    this.#file = file;
    this.#current = current;
  }

  static async open(configFolder: string, say: (line: string) => void): Promise<PreferencesStore> {
    await mkdir(configFolder, { recursive: true, mode: 0o700 });
    const file = path.join(configFolder, 'preferences.json');
    const result = await readJsonFile(file, schema);
    if (result.kind === 'corrupted') {
      say(`${file} could not be read (${result.reason}); it was kept as ${result.keptAs}`);
    }
    return new PreferencesStore(file, result.kind === 'ok' ? result.value : defaults());
  }

  get current(): Preferences {
    return this.#current;
  }

  /** `current` has them at once; resolves when they are on the disk. */
  change(changes: Partial<Preferences>): Promise<void> {
    this.#current = { ...this.#current, ...changes };
    return this.#turns.take(() => writeJsonFile(this.#file, this.#current));
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.#turns.ended();
  }
}

const defaults = (): Preferences => ({
  releaseKey: process.platform === 'darwin' ? 'meta-ctrl' : 'right-ctrl',
  scale: 'fit',
  libraryOpen: true,
});
