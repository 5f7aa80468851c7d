/**
 * The PC speaker: what counter 2 of the 8254 and port 0x61 make of it, as the tone that is heard.
 *
 * - It sounds while the gate of counter 2 and the speaker's data bit are both set and the counter divides (modes 2
 *   and 3). A guest that moves the cone by itself through the data bit makes no tone.
 * - `onTone` is told each change, 0 being silence; the host may hear the last of several only.
 * Source: IBM PC AT Technical Reference (1984), "Speaker"; Intel 8254 data sheet (231164), "Mode Definitions".
 */
import type { Pit8254 } from './pit8254.ts';
import type { Port61 } from './port61.ts';

/** Below and above there is nothing that a person hears. */
const LOWEST_HZ = 16;
const HIGHEST_HZ = 20_000;

export class Speaker {
  readonly #pit: Pick<Pit8254, 'frequency2'>;
  readonly #port61: Pick<Port61, 'speakerData'>;
  #hertz = 0;
  onTone: (hertz: number) => void = () => undefined;

  constructor(
    pit: Pick<Pit8254, 'frequency2'> & { onChannel2: () => void },
    port61: Pick<Port61, 'speakerData'> & { onSpeakerData: () => void },
  ) {
    this.#pit = pit;
    this.#port61 = port61;
    const update = (): void => {
      this.#update();
    };
    pit.onChannel2 = update;
    port61.onSpeakerData = update;
  }

  /** What is heard now; 0 is silence. */
  get hertz(): number {
    return this.#hertz;
  }

  #update(): void {
    const frequency = this.#port61.speakerData ? this.#pit.frequency2 : 0;
    const hertz = frequency >= LOWEST_HZ && frequency <= HIGHEST_HZ ? frequency : 0;
    if (hertz === this.#hertz) return;
    this.#hertz = hertz;
    this.onTone(hertz);
  }
}
