/** Keeps the newest screen as a PNG file, so that a machine that is off, or died, still shows what it last showed. */
import { rename, writeFile } from 'node:fs/promises';
import { encodePng } from '../services/png.ts';
import type { ScreenMirror } from '../services/screen-mirror.ts';

export class ScreenSaver {
  readonly #mirror: ScreenMirror;
  readonly #path: string;
  #changed = false;
  #last: Promise<void> = Promise.resolve();

  constructor(mirror: ScreenMirror, path: string) {
    this.#mirror = mirror;
    this.#path = path;
  }

  screenChanged(): void {
    this.#changed = true;
  }

  /** Resolves to whether there was something new to save. Saves follow each other, they never overlap. */
  async save(): Promise<boolean> {
    const image = this.#mirror.image();
    if (!this.#changed || image === null) return false;
    this.#changed = false;
    const saving = this.#last.then(async () => {
      const unfinished = `${this.#path}.new`;
      await writeFile(unfinished, await encodePng(image), { mode: 0o600 });
      await rename(unfinished, this.#path);
    });
    this.#last = saving.catch(() => undefined); // the caller of this save hears of it, later ones do not
    await saving;
    return true;
  }
}
