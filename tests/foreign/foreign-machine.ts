/**
 * A machine of ours with a system that nobody here wrote, watched through its serial line and its screen.
 *
 * - `until` waits for events, never for times: it ends when what it waits for is there, fails when the machine
 *   stops first, and otherwise leaves it to the test's own limit.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { loadFirmware } from '../../electron/services/firmware.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import { stateSource } from '../../emulator/machine/saved/testing.ts';
import type { BlockDevice, Frame, Machine, MachineConfig, StopReason } from '../../emulator/machine/types.ts';

const LOOK_MS = 50;
const MIB = 1024 * 1024;

export class ForeignMachine {
  readonly machine: Machine;
  #serial = '';
  #log: string[] = [];
  #stopped: StopReason | null = null;
  #lastScreen = '';

  private constructor(machine: Machine, log: string[]) {
    this.machine = machine;
    this.#log = log;
    machine.on('serialOutput', (port, bytes) => {
      if (port === 0) this.#serial += Buffer.from(bytes).toString('latin1');
    });
    machine.on('stopped', (reason) => {
      this.#stopped = reason;
    });
  }

  /** Switched on. Without `firmware` it has SeaBIOS, without `memoryBytes` 128 MiB. */
  static async start(config: Partial<MachineConfig>): Promise<ForeignMachine> {
    const foreign = await ForeignMachine.#made(config);
    foreign.machine.start();
    return foreign;
  }

  /** Goes on where `state` was saved. */
  static async restored(config: Partial<MachineConfig>, state: Uint8Array): Promise<ForeignMachine> {
    const foreign = await ForeignMachine.#made(config);
    await foreign.machine.restore(stateSource(state));
    foreign.machine.start();
    return foreign;
  }

  static async #made(config: Partial<MachineConfig>): Promise<ForeignMachine> {
    const log: string[] = [];
    const machine = await createMachine({
      memoryBytes: 128 * MIB,
      firmware: loadFirmware('bios'),
      drives: [],
      log: (level, message) => {
        if (level !== 'debug') log.push(message);
      },
      ...config,
    });
    return new ForeignMachine(machine, log);
  }

  /** Everything that came on the first serial port. */
  get serial(): string {
    return this.#serial;
  }

  get stopped(): StopReason | null {
    return this.#stopped;
  }

  type(text: string): void {
    this.machine.serialInput(0, Buffer.from(text, 'latin1'));
  }

  /** Presses and releases keys one after the other. */
  press(...codes: readonly string[]): void {
    for (const code of codes) {
      this.machine.key(code, true);
      this.machine.key(code, false);
    }
  }

  /** Types letters and spaces one by one, each when the one before it has shown: a keyboard holds few. */
  async typeOnScreen(text: string): Promise<void> {
    for (const letter of text) {
      const before = this.screenAndCursor();
      this.press(letter === ' ' ? 'Space' : `Key${letter.toUpperCase()}`);
      await this.until(`the typed ${letter}`, () => this.screenAndCursor() !== before);
    }
  }

  private screenAndCursor(): string {
    const frame = this.machine.takeFrame(true);
    return frame?.kind === 'text' ? `${textOf(frame)}@${JSON.stringify(frame.cursor)}` : '';
  }

  /** The rows of a text screen; empty in other modes. */
  screen(): string {
    const frame = this.machine.takeFrame(true);
    if (frame?.kind === 'text') this.#lastScreen = textOf(frame);
    return frame?.kind === 'text' ? this.#lastScreen : '';
  }

  /** @throws {Error} with what was seen when the machine stops before `condition` holds. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        try {
          if (condition()) end(resolve);
          else if (this.#stopped !== null)
            end(() => {
              reject(this.#failure(what));
            });
        } catch (error) {
          end(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        }
      }, LOOK_MS);
      const end = (then: () => void): void => {
        clearInterval(timer);
        then();
      };
    });
  }

  serialShows(text: string | RegExp): Promise<void> {
    const from = this.#serial.length;
    return this.until(`${String(text)} on the serial line`, () => found(this.#serial.slice(from), text));
  }

  screenShows(text: string | RegExp): Promise<void> {
    return this.until(`${String(text)} on the screen`, () => found(this.screen(), text));
  }

  powersOff(): Promise<void> {
    return this.until('power off', () => this.#stopped?.kind === 'power-off');
  }

  #failure(what: string): Error {
    const reason = JSON.stringify(this.#stopped, (_key, value: unknown) =>
      value instanceof Error ? value.message : value,
    );
    return new Error(`no ${what}: the machine stopped (${reason})\n${this.describe()}`);
  }

  /** What a failing test needs to show. */
  describe(): string {
    const tail = this.#serial.slice(-2000);
    return `serial: ${tail}\nscreen:\n${this.#lastScreen}\nlog: ${this.#log.slice(-10).join('\n')}`;
  }

  dispose(): void {
    this.machine.dispose();
  }
}

function found(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}

export function textOf(frame: Frame): string {
  if (frame.kind !== 'text') return '';
  const rows: string[] = [];
  for (let row = 0; row < frame.rows; row++) {
    const cells = frame.cells.subarray(row * frame.columns, (row + 1) * frame.columns);
    rows.push(
      Array.from(cells, (cell) => String.fromCharCode(cell & 0xff || 0x20))
        .join('')
        .trimEnd(),
    );
  }
  return rows.join('\n');
}

/** A file as a read-only medium; the file stays open until the process ends. */
export function fileMedium(file: string, sectorSizeBytes: 512 | 2048): BlockDevice & { close(): void } {
  const descriptor = openSync(file, 'r');
  return {
    sectorSizeBytes,
    sectorCount: Math.floor(fstatSync(descriptor).size / sectorSizeBytes),
    readOnly: true,
    read: (lba, into) => {
      readSync(descriptor, into, 0, into.length, lba * sectorSizeBytes);
    },
    write: () => {
      throw new Error('a read-only medium');
    },
    flush: () => undefined,
    close: () => {
      closeSync(descriptor);
    },
  };
}

/** A medium in memory. */
export function memoryMedium(bytes: Uint8Array): BlockDevice {
  return {
    sectorSizeBytes: 512,
    sectorCount: bytes.length / 512,
    readOnly: false,
    read: (lba, into) => {
      into.set(bytes.subarray(lba * 512, lba * 512 + into.length));
    },
    write: (lba, from) => {
      bytes.set(from, lba * 512);
    },
    flush: () => undefined,
  };
}
