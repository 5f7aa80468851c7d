/**
 * `breenix run` as a person types it: raw images and a CD, by BIOS and by UEFI, from power-on to exit status.
 * Needs out/breenix.img (`node build/build.ts kernel userland image emulator`).
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeGrubCd } from './grub-cd.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOWN = '\u001b[B';

/** One run of the command; whatever it prints is in `output`. */
class Command {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<number | null>;
  output = '';
  #look: () => void = () => undefined;

  constructor(...words: readonly string[]) {
    this.#child = spawn(process.execPath, [path.join(ROOT, 'electron/cli/breenix.mjs'), 'run', ...words]);
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (status) => {
        resolve(status);
        this.#look();
      });
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (bytes: Buffer) => {
        this.output += bytes.toString('latin1');
        this.#look();
      });
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** @throws {Error} with the output when the command ends before it shows `pattern`. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
      if (this.#child.exitCode !== null && !pattern.test(this.output))
        throw new Error(`ended without ${String(pattern)}:\n${this.output}`);
    }
  }

  kill(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }
}

describe.each(['bios', 'uefi'])('breenix run --firmware %s', (firmware) => {
  let folder = '';
  let command: Command | null = null;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'breenix-cli-'));
  });
  afterEach(() => {
    command?.kill();
    command = null;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (...words: readonly string[]): Command =>
    (command = new Command('--firmware', firmware, ...words));

  it('boots a CD image, whose boot loader is used and switches the machine off', async () => {
    const grub = run('--image', makeGrubCd(folder));
    await grub.shows(/\*A first entry[^]* Switch off/);
    grub.type(DOWN);
    await grub.shows(/\*Switch off/);
    grub.type('\r');
    expect(await grub.ended).toBe(0);
  });

  it('boots a raw disk, whose boot loader starts the system', async () => {
    const image = path.join(folder, 'disk.img');
    copyFileSync(path.join(ROOT, 'out/breenix.img'), image);
    const system = run('--image', image, '--exec', 'echo from the disk; exit 7');
    expect(await system.ended).toBe(7);
    expect(system.output).toBe('from the disk\n');
    // What UEFI remembers is beside the disk; BIOS remembers nothing.
    expect(existsSync(`${image}.uefi-variables`)).toBe(firmware === 'uefi');
  });

  it('runs a command in a machine that was saved at its prompt', async () => {
    const [image, state] = [path.join(folder, 'saved.img'), path.join(folder, 'machine.state')];
    copyFileSync(path.join(ROOT, 'out/breenix.img'), image);
    const first = run('--image', image, '--exec', 'kept=1', '--save-state', state);
    expect(await first.ended).toBe(0);
    const second = run('--image', image, '--load-state', state, '--exec', 'echo on it goes; exit 3');
    expect(await second.ended).toBe(3);
    expect(second.output).toBe('on it goes\n');
  });
});
