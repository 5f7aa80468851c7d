/**
 * The last screen of a machine, for --screenshot: looked at while the machine runs, because a machine that has
 * powered itself off shows nothing any more.
 */
import { writeFile } from 'node:fs/promises';
import type { Machine } from '../../emulator/machine/types.ts';
import { ScreenMirror } from '../services/screen-mirror.ts';

const lookIntervalMs = 250;

export class ScreenRecorder {
  readonly #machine: Machine;
  readonly #mirror = new ScreenMirror();
  readonly #timer: NodeJS.Timeout;

  /** Looks at the machine's screen until `stop`. */
  constructor(machine: Machine) {
    this.#machine = machine;
    this.#timer = setInterval(() => {
      this.look();
    }, lookIntervalMs);
  }

  look(): void {
    const frame = this.#machine.takeFrame(this.#mirror.screen === null);
    if (frame !== null) this.#mirror.apply(frame);
  }

  /** Call it while the machine still exists. */
  stop(): void {
    clearInterval(this.#timer);
    this.look();
  }

  /** Writes the last screen as a PNG file; rejects when there was none, or when the file cannot be written. */
  async save(file: string): Promise<void> {
    const image = this.#mirror.image();
    if (image === null) throw new Error('the machine has shown nothing yet');
    // Only now: the encoder is a tenth of the modules of `breenix run`.
    const { encodePng } = await import('../services/png.ts');
    await writeFile(file, await encodePng(image));
  }
}
