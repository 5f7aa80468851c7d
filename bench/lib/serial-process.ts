/**
 * A machine in a process of its own whose first serial port is the process's standard input and output: `breenix
 * run`, QEMU and v86 alike, so that all are measured by the same means from outside.
 *
 * - Create it, wait for what the guest says, `kill` it in a `finally`.
 * - What the guest says is latin1, one char a byte.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { cpuSeconds, residentBytes } from './process-usage.ts';

const TAIL_CHARS = 1500;

export interface Moment {
  /** Host clock, seconds. */
  readonly wall: number;
  /** Processor time of the machine's process so far, seconds. */
  readonly cpu: number;
}

/** How far one moment is from an earlier one. */
export function between(earlier: Moment, later: Moment): Moment {
  return { wall: later.wall - earlier.wall, cpu: later.cpu - earlier.cpu };
}

export class SerialProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exited: Promise<void>;
  readonly #spawned: number;
  #errors = '';
  #text = '';
  #consumed = 0;
  #ended = false;
  #look: () => void = () => undefined;

  constructor(command: string, words: readonly string[]) {
    this.#spawned = performance.now() / 1e3;
    this.#child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#look();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    // A machine that is killed closes its input while something may still be on the way.
    this.#child.stdin.on('error', () => undefined);
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        this.#ended = true;
        this.#look();
        resolve();
      };
      this.#child.on('error', (error) => {
        this.#errors += error.message;
        end();
      });
      this.#child.on('close', end);
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`the machine did not start: ${this.#errors}`);
    return this.#child.pid;
  }

  /** When the process was made; its processor time was none. */
  get start(): Moment {
    return { wall: this.#spawned, cpu: 0 };
  }

  now(): Moment {
    return { wall: performance.now() / 1e3, cpu: cpuSeconds(this.pid) };
  }

  get residentBytes(): number {
    return residentBytes(this.pid);
  }

  send(text: string): void {
    this.#child.stdin.write(text, 'latin1');
  }

  /**
   * Resolves to the match of `pattern` in what came since the last answer, with the moment at which it was there.
   * Rejects after the time or when the process ends, with what the guest said last.
   */
  waitFor(pattern: RegExp, timeoutMs: number): Promise<Moment & { readonly match: RegExpExecArray }> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        const said = `${this.#text.slice(-TAIL_CHARS)}\n${this.#errors}`;
        reject(new Error(`no ${String(pattern)} ${why}; the machine said last:\n${said}`));
      };
      const finish = (): void => {
        clearTimeout(timer);
        this.#look = (): undefined => undefined;
      };
      const timer = setTimeout(() => {
        finish();
        fail(`within ${timeoutMs} ms`);
      }, timeoutMs);
      this.#look = (): void => {
        const match = pattern.exec(this.#text.slice(this.#consumed));
        if (match !== null) {
          finish();
          this.#consumed += match.index + match[0].length;
          resolve({ match, wall: performance.now() / 1e3, cpu: this.#ended ? NaN : cpuSeconds(this.pid) });
        } else if (this.#ended) {
          finish();
          fail('before the machine ended');
        }
      };
      this.#look();
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
