/**
 * Debug console: whatever is written is text for a developer; reading gives 0xE9 so that software finds it.
 *
 * - Port 0xE9 is the one of Bochs; port 0x402 is where SeaBIOS and OVMF write theirs.
 * - Text reaches `line` line by line; an unfinished line follows when the machine stops (`flush`).
 * Source: QEMU documentation, isa-debugcon; Bochs user manual, "port_e9_hack".
 */
import type { AccessSize, Chip, PortHandler, StateFields } from '../machine/bus.ts';

const READBACK = 0xe9;
const LONGEST_LINE = 512;

export class DebugConsole implements Chip, PortHandler {
  readonly #line: (text: string) => void;
  #text = '';

  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  reset(): void {
    this.flush();
  }

  flush(): void {
    if (this.#text !== '') this.#line(this.#text);
    this.#text = '';
  }

  state(fields: StateFields): void {
    this.#text = fields.text(this.#text);
  }

  portRead(): number {
    return READBACK;
  }

  portWrite(_port: number, _sizeBytes: AccessSize, value: number): void {
    if (value === 0x0a || this.#text.length >= LONGEST_LINE) this.flush();
    if (value >= 0x20 || value === 0x09) this.#text += String.fromCharCode(value);
  }
}
