/**
 * Runs a full-screen program of Breenix on the Linux host, on a pty whose output goes through the kernel's own console
 * code: what a test sees is what a person at Breenix's screen would.
 */
import path from 'node:path';
import * as pty from 'node-pty';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';
import { BIN, HANG_MS } from './on-host.ts';

const wasm = await compileKernel({
  entries: ['drivers/console/console.fixture.ts', 'mm/kmalloc.ts'],
  replace: standardDoubles,
});

/** A program on a screen of its own. */
export class ScreenProgram {
  readonly #kernel: KernelModule;
  readonly #process: pty.IPty;
  readonly #columns: number;
  #rows: number;
  #exit: number | null = null;

  private constructor(kernel: KernelModule, process: pty.IPty, columns: number, rows: number) {
    this.#kernel = kernel;
    this.#process = process;
    this.#columns = columns;
    this.#rows = rows;
  }

  static async start(
    program: string,
    args: readonly string[],
    cwd: string,
    columns = 40,
    rows = 10,
  ): Promise<ScreenProgram> {
    const answers: string[] = [];
    const kernel = await instantiateKernel(wasm, {
      'console.fixture': {
        replied: (at: number, count: number) => {
          answers.push(kernel.text(at, count));
        },
      },
    });
    kernel.fn('setUp')(columns, rows);
    const child = pty.spawn(path.join(BIN, program), [...args], {
      cols: columns,
      rows,
      cwd,
      encoding: null,
      env: { PATH: `${BIN}:/bin`, HOME: '/', TERM: 'xterm' },
    });
    const started = new ScreenProgram(kernel, child, columns, rows);
    child.onData((data) => {
      const bytes = Buffer.from(data);
      const room = kernel.put(new Uint8Array(bytes));
      kernel.fn('writeRuns')(room, bytes.length);
      for (const answer of answers.splice(0)) child.write(answer);
    });
    child.onExit(({ exitCode }) => {
      started.#exit = exitCode;
    });
    return started;
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  /** A smaller or larger window, as a window manager makes it; the picture keeps its width. */
  resize(rows: number): void {
    this.#rows = rows;
    this.#process.resize(this.#columns, rows);
  }

  /** The rows of the screen, without the blanks at their ends. */
  lines(): string[] {
    return Array.from({ length: this.#rows }, (_row, row) =>
      Array.from({ length: this.#columns }, (_column, column) =>
        String.fromCodePoint(this.#kernel.fn('codeAt')(row, column)),
      )
        .join('')
        .trimEnd(),
    );
  }

  cursor(): readonly [number, number] {
    return [this.#kernel.fn('cursorRow')(), this.#kernel.fn('cursorColumn')()];
  }

  /** Whether a cell is shown with exchanged colours. */
  isReversed(row: number, column: number): boolean {
    return (this.#kernel.fn('flagsAt')(row, column) & 32) !== 0;
  }

  /** Until what `look` returns is true; the screen is the error otherwise. */
  async until(what: string, look: () => boolean): Promise<void> {
    const deadline = Date.now() + HANG_MS;
    while (!look()) {
      if (Date.now() > deadline) throw new Error(`${what}; the screen is\n${this.lines().join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Until the screen shows these rows from the top on. */
  async shows(...rows: string[]): Promise<void> {
    const wanted = rows.join('\n');
    await this.until(`not\n${wanted}`, () => this.lines().slice(0, rows.length).join('\n') === wanted);
  }

  async ended(): Promise<number> {
    await this.until('it does not end', () => this.#exit !== null);
    return this.#exit ?? -1;
  }

  close(): void {
    if (this.#exit === null) this.#process.kill('SIGKILL');
  }
}
