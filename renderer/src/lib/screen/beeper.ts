/** The PC speaker in the person's ears: a quiet square wave. Browsers let it sound once the page has been used. */
const VOLUME = 0.04;
/** A ramp as short as this takes the click off, and nothing off the tone. */
const RAMP_SECONDS = 0.004;

interface Parts {
  readonly context: AudioContext;
  readonly oscillator: OscillatorNode;
  readonly gain: GainNode;
}

export class Beeper {
  readonly #makeContext: () => AudioContext;
  #parts: Parts | null = null;

  constructor(makeContext: () => AudioContext = () => new AudioContext()) {
    this.#makeContext = makeContext;
  }

  /** The tone from now on; 0 is silence. */
  tone(hertz: number): void {
    if (hertz === 0 && this.#parts === null) return;
    const { context, oscillator, gain } = (this.#parts ??= this.#make());
    if (context.state === 'suspended') void context.resume();
    const now = context.currentTime;
    if (hertz > 0) oscillator.frequency.setValueAtTime(hertz, now);
    gain.gain.setTargetAtTime(hertz > 0 ? VOLUME : 0, now, RAMP_SECONDS);
  }

  #make(): Parts {
    const context = this.#makeContext();
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = 'square';
    gain.gain.value = 0;
    oscillator.connect(gain).connect(context.destination);
    oscillator.start();
    return { context, oscillator, gain };
  }
}
