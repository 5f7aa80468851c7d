/**
 * One QEMU machine (TCG, `pc` board) with its serial line in our hands: the reference machine that the system
 * image boots on, for `npm run qemu` and for the system tests.
 *
 * - Everything temporary lies in one folder that `close` removes; `close` ends the process and waits for it.
 * - A triple fault is told from an ordinary reset by QEMU's own reset log.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { QmpClient } from './qmp-client.ts';

export interface QemuOptions {
  readonly image: string;
  readonly firmware: 'bios' | 'uefi';
  readonly memoryMiB: number;
  /** Writes go to a temporary overlay and are lost, so that the image may be used by others meanwhile. */
  readonly discardWrites: boolean;
  /** Further words of QEMU's command line, such as `-icount`. */
  readonly qemuArguments?: readonly string[];
}

/** Why the machine ended or wants attention. */
export type QemuEvent = 'guest-panicked' | 'triple-fault' | 'powered-off' | 'exited';

const ovmf = {
  code: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'],
  vars: ['/usr/share/OVMF/OVMF_VARS_4M.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
} as const;

function findOvmf(kind: keyof typeof ovmf): string {
  const found = ovmf[kind].find((file) => existsSync(file));
  if (found === undefined)
    throw new Error(`no ${ovmf[kind].join(' or ')}; install it (Debian: apt install ovmf)`);
  return found;
}

/** QEMU's option syntax separates with commas; a comma in a file name is doubled. */
const quote = (file: string): string => file.replaceAll(',', ',,');

function firmwareArguments(firmware: QemuOptions['firmware'], folder: string): readonly string[] {
  if (firmware === 'bios') return [];
  // The variable store is written to, so each machine has its own copy.
  const variables = path.join(folder, 'vars.fd');
  copyFileSync(findOvmf('vars'), variables);
  return [
    '-drive',
    `if=pflash,format=raw,readonly=on,file=${quote(findOvmf('code'))}`,
    '-drive',
    `if=pflash,format=raw,file=${quote(variables)}`,
  ];
}

export class QemuProcess {
  readonly #folder: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exited: Promise<void>;
  #qmp: QmpClient | null = null;
  #errorText = '';
  #onEvent: (event: QemuEvent) => void;

  private constructor(
    options: QemuOptions,
    onSerial: (bytes: Uint8Array) => void,
    onEvent: (event: QemuEvent) => void,
  ) {
    this.#onEvent = onEvent;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'breenix-qemu-'));
    const args = [
      '-machine',
      'pc,accel=tcg',
      '-cpu',
      'max',
      '-m',
      String(options.memoryMiB),
      ...firmwareArguments(options.firmware, this.#folder),
      '-drive',
      `file=${quote(options.image)},format=raw,if=ide,snapshot=${options.discardWrites ? 'on' : 'off'}`,
      '-display',
      'none',
      '-monitor',
      'none',
      '-nic',
      'none',
      '-serial',
      'stdio',
      '-device',
      'pvpanic',
      '-action',
      'panic=none',
      '-d',
      'cpu_reset',
      '-D',
      path.join(this.#folder, 'reset.log'),
      '-qmp',
      `unix:${quote(this.#socketPath)},server=on,wait=off`,
      ...(options.qemuArguments ?? []),
    ];
    this.#child = spawn('qemu-system-x86_64', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout.on('data', onSerial);
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errorText += chunk.toString();
    });
    this.#exited = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#errorText += error.message;
        resolve();
      });
      this.#child.on('exit', () => {
        resolve();
      });
    });
    void this.#exited.then(() => {
      this.#onEvent('exited');
    });
  }

  /** Starts QEMU and waits for its control connection. Rejects with QEMU's own words when it refuses. */
  static async start(
    options: QemuOptions,
    onSerial: (bytes: Uint8Array) => void,
    onEvent: (event: QemuEvent) => void,
  ): Promise<QemuProcess> {
    const machine = new QemuProcess(options, onSerial, onEvent);
    try {
      const connected = QmpClient.connect(machine.#socketPath, ({ name }) => {
        machine.#receiveEvent(name);
      });
      const ended = machine.#exited.then(() => {
        throw new Error(machine.errorText || 'QEMU ended at once');
      });
      machine.#qmp = await Promise.race([connected, ended]);
      ended.catch(() => undefined);
      connected.catch(() => undefined);
      return machine;
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  /** What QEMU wrote to its standard error. */
  get errorText(): string {
    return this.#errorText.trim();
  }

  get #socketPath(): string {
    return path.join(this.#folder, 'qmp');
  }

  serialInput(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  /** `keys` are QEMU's key names, pressed together and released. */
  async sendKeys(keys: readonly string[]): Promise<void> {
    await this.#qmp?.execute('send-key', {
      keys: keys.map((data) => ({ type: 'qcode', data })),
      'hold-time': 20,
    });
  }

  /** The ACPI power button, which the guest may act upon. */
  async pressPowerButton(): Promise<void> {
    await this.#qmp?.execute('system_powerdown');
  }

  /** Writes the screen as a PNG file. */
  async screenshot(file: string): Promise<void> {
    await this.#qmp?.execute('screendump', { filename: file, format: 'png' });
  }

  /** Ends the process, whatever it is doing, and removes what it left. */
  async close(): Promise<void> {
    this.#onEvent = () => undefined;
    this.#qmp?.close();
    this.#child.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #receiveEvent(name: string): void {
    if (name === 'GUEST_PANICKED') this.#onEvent('guest-panicked');
    else if (name === 'SHUTDOWN') this.#onEvent('powered-off');
    else if (name === 'RESET' && this.#tripleFaulted()) this.#onEvent('triple-fault');
  }

  #tripleFaulted(): boolean {
    const log = path.join(this.#folder, 'reset.log');
    return existsSync(log) && readFileSync(log, 'latin1').includes('Triple fault');
  }
}
