/**
 * Debian's unmodified OVMF on the board: to its shell, with variables that survive the machine.
 * Needs out/emulator/cpu.wasm (`node build/build.ts emulator`) and the packages ovmf and seabios.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createMachine } from './machine.ts';
import type { FlashStore, Machine, StopReason } from './types.ts';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 120_000;
// eslint-disable-next-line no-control-regex -- a terminal's escape sequences begin with one
const ESCAPES = /\u001b\[[\d;?=]*[A-Za-z]/g;

/** The serial line of a machine, as a person at a terminal uses it. */
class Console {
  readonly #machine: Machine;
  readonly stopped: Promise<StopReason>;
  #text = '';
  #look: () => void = () => undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.stopped = new Promise((resolve) => {
      machine.on('stopped', resolve);
    });
    machine.on('serialOutput', (port, bytes) => {
      if (port !== 0) return;
      this.#text += Buffer.from(bytes).toString('latin1');
      this.#look();
    });
  }

  /** Waits for `pattern` in what came since the last match. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const text = this.#text.replace(ESCAPES, '');
      const match = pattern.exec(text);
      if (match !== null) {
        this.#text = text.slice(match.index + match[0].length);
        return match[0];
      }
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  type(line: string): void {
    this.#machine.serialInput(0, Buffer.from(`${line}\r`));
  }
}

function store(template: Uint8Array): FlashStore & { readonly contents: Uint8Array } {
  // Not slice: that of a Buffer shares its memory.
  const contents = Uint8Array.from(template);
  return {
    contents,
    sizeBytes: contents.length,
    read: () => contents.slice(),
    write: (offset, bytes) => {
      contents.set(bytes, offset);
    },
  };
}

describe('OVMF', () => {
  let machine: Machine | null = null;
  const warnings: string[] = [];
  afterEach(() => {
    machine?.dispose();
    machine = null;
  });

  async function boot(code: string, variables: FlashStore): Promise<Console> {
    machine = await createMachine({
      memoryBytes: 128 * MIB,
      firmware: {
        bios: readFileSync(`/usr/share/OVMF/${code}`),
        vgaBios: readFileSync('/usr/share/seabios/vgabios-stdvga.bin'),
        variables,
      },
      drives: [],
      log: (level, text) => {
        if (level === 'warning' || level === 'error') warnings.push(text);
      },
    });
    const console = new Console(machine);
    machine.start();
    return console;
  }

  it.each([
    ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
    ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
  ])(
    'reaches its shell, and a variable is there after power-off (%s)',
    async (code, vars) => {
      const template = readFileSync(`/usr/share/OVMF/${vars}`);
      const variables = store(template);
      const first = await boot(code, variables);
      await first.until(/Shell> /);
      first.type('set breenix kept');
      await first.until(/Shell> /);
      first.type('reset -s');
      expect(await first.stopped).toEqual({ kind: 'power-off' });
      expect(Buffer.compare(variables.contents, template)).not.toBe(0);
      const second = await boot(code, variables);
      await second.until(/Shell> /);
      second.type('set breenix');
      await second.until(/breenix = kept/);
      expect(warnings).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
