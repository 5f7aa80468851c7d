/**
 * Intel 8042 keyboard controller with the PS/2 auxiliary port: ports 0x60 and 0x64.
 *
 * - A device's byte enters the output buffer when the port is enabled and the buffer is free; it raises IRQ 1
 *   or 12 (if enabled) until port 0x60 is read.
 * - Controller answers go before device bytes.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller".
 */
import type { AccessSize, Chip, Line, Log, PortHandler, StateFields } from '../machine/bus.ts';
import { ScanCodeTranslator } from './i8042-translation.ts';
import type { Ps2Port } from './ps2-device.ts';

const STATUS = { outputFull: 0x01, system: 0x04, command: 0x08, unlocked: 0x10, auxData: 0x20 } as const;
const CONFIG = {
  keyboardInterrupt: 0x01,
  auxInterrupt: 0x02,
  system: 0x04,
  keyboardDisabled: 0x10,
  auxDisabled: 0x20,
  translate: 0x40,
} as const;
const OUTPUT_PORT = { notReset: 0x01, a20: 0x02, auxClock: 0x08, keyboardFull: 0x10, auxFull: 0x20 } as const;

/** A guest that gives commands and takes no answers loses the later ones. */
const MAX_ANSWERS = 64;

const SOURCES = ['controller', 'keyboard', 'aux'] as const;
type Source = (typeof SOURCES)[number];

export interface I8042Wiring {
  readonly irq1: Line;
  readonly irq12: Line;
  readonly a20: Line;
  /** Whether A20 is open now: port 0x92 drives it too. */
  readonly a20State: () => boolean;
  readonly resetCpu: () => void;
  readonly log: Log;
}

export class I8042 implements Chip, PortHandler {
  /** 2: what RESEND of the mouse repeats. */
  readonly stateVersion = 2;
  readonly #keyboard: Ps2Port;
  readonly #aux: Ps2Port;
  readonly #wiring: I8042Wiring;
  readonly #translator = new ScanCodeTranslator();
  readonly #ram = new Uint8Array(32);
  readonly #named = new Set<number>();
  #answers: { readonly byte: number; readonly source: Source }[] = [];
  #output = 0;
  #outputFrom: Source | null = null;
  #lastWriteWasCommand = false;
  #command: number | null = null;

  constructor(keyboard: Ps2Port, aux: Ps2Port, wiring: I8042Wiring) {
    this.#keyboard = keyboard;
    this.#aux = aux;
    this.#wiring = wiring;
    keyboard.onData = () => {
      this.#fill();
    };
    aux.onData = () => {
      this.#fill();
    };
  }

  reset(): void {
    this.#ram.fill(0);
    this.#config = CONFIG.keyboardInterrupt | CONFIG.auxInterrupt | CONFIG.translate;
    this.#answers = [];
    this.#output = 0;
    this.#outputFrom = null;
    this.#command = null;
    this.#lastWriteWasCommand = false;
    this.#translator.reset();
    this.#keyboard.reset();
    this.#aux.reset();
    this.#updateIrqs();
  }

  /** The keyboard and the mouse with it. */
  state(fields: StateFields): void {
    this.#translator.state(fields);
    fields.bytes(this.#ram);
    const source = (value: Source): Source => fields.choice(value, SOURCES);
    this.#answers = fields.list(
      this.#answers,
      (answer) => ({ byte: fields.u8(answer.byte), source: source(answer.source) }),
      { byte: 0, source: 'controller' },
    );
    this.#output = fields.u8(this.#output);
    this.#outputFrom = fields.optional(this.#outputFrom, source, 'controller');
    this.#lastWriteWasCommand = fields.bool(this.#lastWriteWasCommand);
    this.#command = fields.optional(this.#command, (v) => fields.u8(v), 0);
    this.#keyboard.state(fields);
    this.#aux.state(fields);
    if (fields.restoring) this.#updateIrqs();
  }

  get #config(): number {
    return this.#ram[0] ?? 0;
  }
  set #config(value: number) {
    this.#ram[0] = value;
  }

  #updateIrqs(): void {
    const { keyboardInterrupt, auxInterrupt } = CONFIG;
    const from = this.#outputFrom;
    this.#wiring.irq12(from === 'aux' && (this.#config & auxInterrupt) !== 0);
    this.#wiring.irq1(from !== null && from !== 'aux' && (this.#config & keyboardInterrupt) !== 0);
  }

  /** Moves the next byte into the output buffer if it is free. */
  #fill(): void {
    while (this.#outputFrom === null) {
      const answer = this.#answers.shift();
      if (answer !== undefined) {
        this.#put(answer.byte, answer.source);
      } else if ((this.#config & CONFIG.keyboardDisabled) === 0 && this.#keyboard.hasData) {
        const byte = this.#keyboard.take() ?? 0;
        const seen = (this.#config & CONFIG.translate) !== 0 ? this.#translator.translate(byte) : byte;
        if (seen !== null) this.#put(seen, 'keyboard');
      } else if ((this.#config & CONFIG.auxDisabled) === 0 && this.#aux.hasData) {
        this.#put(this.#aux.take() ?? 0, 'aux');
      } else {
        return;
      }
    }
  }

  #put(byte: number, source: Source): void {
    this.#output = byte;
    this.#outputFrom = source;
    this.#updateIrqs();
  }

  #answer(byte: number, source: Source = 'controller'): void {
    if (this.#answers.length < MAX_ANSWERS) this.#answers.push({ byte, source });
    this.#fill();
  }

  portRead(port: number): number {
    if ((port & 4) !== 0) {
      return (
        (this.#outputFrom !== null ? STATUS.outputFull : 0) |
        (this.#outputFrom === 'aux' ? STATUS.auxData : 0) |
        ((this.#config & CONFIG.system) !== 0 ? STATUS.system : 0) |
        (this.#lastWriteWasCommand ? STATUS.command : 0) |
        STATUS.unlocked
      );
    }
    const byte = this.#output;
    this.#outputFrom = null;
    this.#updateIrqs();
    this.#fill();
    return byte;
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    this.#lastWriteWasCommand = (port & 4) !== 0;
    if (this.#lastWriteWasCommand) {
      this.#command = null;
      this.#execute(value);
      return;
    }
    const command = this.#command;
    this.#command = null;
    if (command !== null) {
      this.#argument(command, value);
      return;
    }
    // Sending to the keyboard opens its port again.
    this.#config &= ~CONFIG.keyboardDisabled;
    this.#translator.reset();
    this.#keyboard.receive(value);
  }

  #execute(command: number): void {
    if (command >= 0x20 && command < 0x40) {
      this.#answer(this.#ram[command & 0x1f] ?? 0);
    } else if ((command >= 0x60 && command < 0x80) || (command >= 0xd1 && command <= 0xd4)) {
      this.#command = command;
    } else if (command >= 0xf0) {
      // Pulses the low output lines whose bit is 0; line 0 is the processor's reset.
      if ((command & 1) === 0) this.#wiring.resetCpu();
    } else {
      this.#executeNamed(command);
    }
  }

  #executeNamed(command: number): void {
    switch (command) {
      case 0xa7:
        this.#config |= CONFIG.auxDisabled;
        break;
      case 0xa8:
        this.#config &= ~CONFIG.auxDisabled;
        this.#fill();
        break;
      case 0xa9:
      case 0xab:
        this.#answer(0x00);
        break;
      case 0xaa:
        this.#config |= CONFIG.system;
        this.#answer(0x55);
        break;
      case 0xad:
        this.#config |= CONFIG.keyboardDisabled;
        break;
      case 0xae:
        this.#config &= ~CONFIG.keyboardDisabled;
        this.#fill();
        break;
      case 0xc0:
        this.#answer(0x80);
        break;
      case 0xd0:
        this.#answer(this.#outputPort());
        break;
      case 0xdd:
        this.#wiring.a20(false);
        break;
      case 0xdf:
        this.#wiring.a20(true);
        break;
      default:
        if (this.#named.has(command)) break;
        this.#named.add(command);
        this.#wiring.log('info', `i8042: unknown command 0x${command.toString(16)}`);
    }
  }

  #outputPort(): number {
    return (
      OUTPUT_PORT.notReset |
      (this.#wiring.a20State() ? OUTPUT_PORT.a20 : 0) |
      ((this.#config & CONFIG.auxDisabled) !== 0 ? OUTPUT_PORT.auxClock : 0) |
      (this.#outputFrom !== null && this.#outputFrom !== 'aux' ? OUTPUT_PORT.keyboardFull : 0) |
      (this.#outputFrom === 'aux' ? OUTPUT_PORT.auxFull : 0)
    );
  }

  #argument(command: number, value: number): void {
    switch (command) {
      case 0xd1:
        this.#wiring.a20((value & OUTPUT_PORT.a20) !== 0);
        if ((value & OUTPUT_PORT.notReset) === 0) this.#wiring.resetCpu();
        break;
      case 0xd2:
        this.#answer(value, 'keyboard');
        break;
      case 0xd3:
        this.#answer(value, 'aux');
        break;
      case 0xd4:
        this.#config &= ~CONFIG.auxDisabled;
        this.#aux.receive(value);
        break;
      default:
        this.#ram[command & 0x1f] = value;
        this.#updateIrqs();
        this.#fill();
    }
  }
}
