/**
 * Runs user programs of Breenix on the Linux host: they use the Linux system-call ABI, so what they do here is what they
 * must do on Breenix. Call `buildForHost` in a `beforeAll`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildUserland, USERLAND_OUT } from '../../../build/userland.ts';
import * as pty from 'node-pty';

export const BIN = path.join(USERLAND_OUT, 'bin');
export const TESTS = path.join(USERLAND_OUT, 'tests');

/** A clean build of all programs, on a busy machine. */
export const BUILD_TIMEOUT_MS = 900_000;
const RUN_TIMEOUT_MS = 60_000;
/** After this long without what a test waits for, a program on a busy host hangs. */
export const HANG_MS = 60_000;
const ENVIRONMENT = { PATH: `${BIN}:/bin`, HOME: '/', TERM: 'xterm', HISTFILE: '' } as const;

export function buildForHost(): Promise<void> {
  return buildUserland({ built: () => undefined, warn: () => undefined });
}

export interface Outcome {
  /** The exit status, or 128 + the signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15, SIGILL: 4 };

/** Runs `out/userland/PROGRAM` (`bin/ls`) to its end. */
export function run(
  program: string,
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Outcome {
  const result = spawnSync(path.join(USERLAND_OUT, program), args, {
    input: options.input ?? '',
    cwd: options.cwd ?? '/',
    env: options.env ?? ENVIRONMENT,
    encoding: 'utf8',
    timeout: RUN_TIMEOUT_MS,
  });
  if (result.error) throw result.error;
  const status = result.status ?? 128 + (SIGNALS[result.signal ?? ''] ?? 0);
  return { status, stdout: result.stdout, stderr: result.stderr };
}

/** What /proc/PID/stat tells, as proc(5) describes it. */
interface ProcessState {
  /** Of the program's file, at most 15 characters. */
  readonly name: string;
  /** R runs, S sleeps, T is stopped. */
  readonly state: string;
  /** The process group in the foreground of its terminal; -1 without one. */
  readonly foregroundGroup: number;
}

/** `null` for a process that is gone. */
function stateOf(pid: number): ProcessState | null {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const [, name, rest] = /^\d+ \(([^]*)\) ([^]*)$/.exec(text) ?? [];
  if (name === undefined || rest === undefined) throw new Error(`/proc/${pid}/stat: ${text}`);
  const fields = rest.split(' ');
  return { name, state: fields[0] ?? '', foregroundGroup: Number(fields[5]) };
}

/** A shell on a terminal of its own. */
export class ShellTerminal {
  readonly #process: pty.IPty;
  #output = '';
  #waiters: (() => void)[] = [];
  #exited = false;

  constructor(columns = 80) {
    this.#process = pty.spawn(path.join(BIN, 'sh'), [], {
      cols: columns,
      rows: 24,
      cwd: '/',
      env: ENVIRONMENT,
    });
    this.#process.onData((text) => {
      this.#output += text;
      this.#wake();
    });
    this.#process.onExit(() => {
      this.#exited = true;
      this.#wake();
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  /** Everything since the last call of this. */
  take(): string {
    const output = this.#output;
    this.#output = '';
    return output;
  }

  /** Types, and waits until the output since then matches; returns that output and forgets it. */
  async type(keys: string, until: RegExp): Promise<string> {
    this.#process.write(keys);
    return this.expect(until);
  }

  async expect(until: RegExp): Promise<string> {
    const deadline = Date.now() + HANG_MS;
    while (!until.test(this.#output)) {
      if (this.#exited) throw new Error(`the shell ended; it said ${JSON.stringify(this.#output)}`);
      const rest = deadline - Date.now();
      if (rest <= 0) throw new Error(`no ${String(until)} in ${JSON.stringify(this.#output)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.take();
  }

  async exited(): Promise<void> {
    await this.#until('the shell does not end', () => this.#exited);
  }

  /** Until a program of that name has the terminal: its leader has been executed, and keys reach its group. */
  async inForeground(name: string): Promise<void> {
    const named = (): boolean => {
      const { foregroundGroup } = this.#shell();
      return foregroundGroup > 0 && stateOf(foregroundGroup)?.name === name;
    };
    await this.#until(`${name} does not get the terminal`, named);
  }

  /** Until the shell itself has the terminal and waits for something. */
  async waits(): Promise<void> {
    const { pid } = this.#process;
    await this.#until('the shell does not wait', () => {
      const { foregroundGroup, state } = this.#shell();
      return foregroundGroup === pid && state === 'S';
    });
  }

  #shell(): ProcessState {
    const state = stateOf(this.#process.pid);
    if (state === null) throw new Error('the shell has ended');
    return state;
  }

  /** For what no event tells of: looks again and again. */
  async #until(failure: string, look: () => boolean): Promise<void> {
    const deadline = Date.now() + HANG_MS;
    while (!look()) {
      if (Date.now() > deadline) throw new Error(`${failure}; it said ${JSON.stringify(this.#output)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  close(): void {
    if (!this.#exited) this.#process.kill('SIGKILL');
  }
}
