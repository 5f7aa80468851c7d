/** `npm start` from a terminal: its options, its errors, its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { projectRoot, until } from './support/running-app.ts';

const home = mkdtempSync(path.join(tmpdir(), 'breenix-start-'));

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ['electron/start.ts', ...args], {
    cwd: projectRoot,
    env: { ...process.env, BREENIX_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  }
  return { child, output };
}

test.each([[['--nonsense']], [['--port', '99999']], [['--port']], [['file']]])(
  '%j: one clear line, exit 2',
  async (args) => {
    const { child, output } = start(args);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(2);
    expect(output.text.trim().split('\n')).toHaveLength(1);
  },
);

test('a port that is in use: a clear line, exit 1', { timeout: 600_000 }, async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { child, output } = start(['--web', '--no-open', '--port', String(port)]);
  const [code] = (await once(child, 'close')) as [number];
  taken.close();
  expect(code).toBe(1);
  expect(output.text).toContain(`breenix: port ${port} is in use; choose another with --port N`);
  expect(output.text).not.toContain('    at ');
});

test('serves at the port asked for, and ends in order with Ctrl-C', { timeout: 600_000 }, async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const { child, output } = start(['--web', '--no-open', '--port', String(port)]);
  await until(
    'the address',
    () => (output.text.includes(`http://127.0.0.1:${port}/?token=`) ? true : null),
    600_000,
  );
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
});
