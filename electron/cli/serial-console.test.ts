/** The keys of `breenix run` as a person types them, in a terminal of its own; the guest is a disk that cannot boot. */
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import * as pty from 'node-pty';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** After this long without what a test waits for, the command hangs, also on a busy host. */
const HANG_MS = 60_000;
const CTRL_A = '\x01';

let folder: string;
let terminal: pty.IPty;
let exited: Promise<number>;
let shown = '';
let waiting: (() => void)[] = [];

function image(name: string, bytes: number): string {
  const file = path.join(folder, name);
  writeFileSync(file, '');
  truncateSync(file, bytes);
  return file;
}

/** Resolves when the terminal shows `text` after what was waited for before. */
async function shows(text: string): Promise<void> {
  const deadline = Date.now() + HANG_MS;
  while (!shown.includes(text)) {
    if (Date.now() > deadline) throw new Error(`never saw ${text}; the terminal shows:\n${shown}`);
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      setTimeout(resolve, 1000).unref();
    });
  }
  shown = shown.slice(shown.indexOf(text) + text.length);
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-console-'));
  shown = '';
  const main = path.join(import.meta.dirname, 'main.ts');
  const args = [main, 'run', '--image', image('disk.img', 1024 * 1024), '--timeout', '120'];
  terminal = pty.spawn(process.execPath, [...args, '--save-state', path.join(folder, 'state')], {
    cols: 200,
    cwd: folder,
  });
  terminal.onData((data) => {
    shown += data;
    for (const wake of waiting.splice(0)) wake();
  });
  exited = new Promise((resolve) => {
    terminal.onExit(({ exitCode }) => {
      resolve(exitCode);
    });
  });
  await shows('Ctrl-A H lists the keys');
});

afterEach(async () => {
  waiting = [];
  terminal.write(`${CTRL_A}x`);
  expect(await exited).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

describe('a run on a terminal', { timeout: 2 * HANG_MS }, () => {
  it('lists its keys', async () => {
    terminal.write(`${CTRL_A}h`);
    await shows('Ctrl-A X');
    await shows('Ctrl-A C');
    await shows('Ctrl-A Ctrl-A');
  });

  it('takes a CD, with the line edited, and gives it back', async () => {
    const disc = image('one.iso', 20 * 2048);
    terminal.write(`${CTRL_A}c`);
    await shows('CD image');
    terminal.write(`onx\x7fe.iso\r`);
    await shows(`${disc} is in the CD drive`);
    terminal.write(`${CTRL_A}e`);
    await shows('the CD drive is empty');
  });

  it('takes what is typed in one go', async () => {
    const disc = image('two.iso', 20 * 2048);
    terminal.write(`${CTRL_A}c${disc}\r${CTRL_A}p`);
    await shows(`${disc} is in the CD drive`);
    await shows('the power button was pressed');
    terminal.write(`${CTRL_A}c\r`);
    await shows('the CD drive is empty');
  });

  it('says what is wrong with an image, and goes on', async () => {
    terminal.write(`${CTRL_A}c`);
    await shows('CD image');
    terminal.write('missing.iso\r');
    await shows('missing.iso: cannot open it: there is no such file');
    image('odd.iso', 3000);
    terminal.write(`${CTRL_A}c`);
    await shows('CD image');
    terminal.write('odd.iso\r');
    await shows('its size is no multiple of 2048 bytes');
  });

  it('leaves the question on Ctrl-C, and the machine goes on', async () => {
    terminal.write(`${CTRL_A}c`);
    await shows('CD image');
    terminal.write(`some\x03${CTRL_A}p`);
    await shows('the power button was pressed');
  });

  it('presses the buttons and saves', async () => {
    terminal.write(`${CTRL_A}p${CTRL_A}z${CTRL_A}r${CTRL_A}s`);
    await shows('the power button was pressed');
    await shows('the sleep button was pressed');
    await shows('the machine is saved in');
    expect(existsSync(path.join(folder, 'state'))).toBe(true);
  });

  it('ends while it asks', async () => {
    terminal.write(`${CTRL_A}c`);
    await shows('CD image');
    process.kill(terminal.pid, 'SIGTERM');
    expect(await exited).toBe(143);
    exited = Promise.resolve(0);
  });
});
