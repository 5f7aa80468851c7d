/**
 * System control port B (0x61): gate and output of timer counter 2, speaker data, refresh toggle.
 * Source: Intel 82371SB (PIIX3) data sheet, "NMI Status and Control Register".
 */
import type { AccessSize, Chip, PortHandler, StateFields, Timers } from '../machine/bus.ts';
import type { Pit8254 } from './pit8254.ts';

const WRITABLE = 0x0f;
const REFRESH_TOGGLE = 0x10;
const TIMER2_GATE = 0x01;
const SPEAKER_DATA = 0x02;
const TIMER2_OUT = 0x20;
/** The refresh request toggles every 15.085 us. */
const REFRESH_NS = 15085;

export class Port61 implements Chip, PortHandler {
  readonly #pit: Pick<Pit8254, 'setGate2' | 'out2'>;
  readonly #timers: Timers;
  #written = 0;
  onSpeakerData: () => void = () => undefined;

  constructor(pit: Pick<Pit8254, 'setGate2' | 'out2'>, timers: Timers) {
    this.#pit = pit;
    this.#timers = timers;
  }

  reset(): void {
    this.#written = 0;
    this.#pit.setGate2(false);
    this.onSpeakerData();
  }

  /** The speaker follows counter 2. */
  get speakerData(): boolean {
    return (this.#written & SPEAKER_DATA) !== 0;
  }

  state(fields: StateFields): void {
    this.#written = fields.u8(this.#written);
    if (fields.restoring) this.onSpeakerData();
  }

  portRead(): number {
    const refresh = (Math.floor(this.#timers.nowNs() / REFRESH_NS) & 1) !== 0 ? REFRESH_TOGGLE : 0;
    return this.#written | refresh | (this.#pit.out2() ? TIMER2_OUT : 0);
  }

  portWrite(_port: number, _sizeBytes: AccessSize, value: number): void {
    this.#written = value & WRITABLE;
    this.#pit.setGate2((value & TIMER2_GATE) !== 0);
    this.onSpeakerData();
  }
}
