/**
 * The installers' configuration, as far as it can be shown where Electron's program cannot be had: electron-builder
 * makes its unpacked tree around a stand-in for that program, and what an installed app needs is in it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRoot } from './paths.ts';

const require = createRequire(import.meta.url);

let folder: string;
let resources: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-dist-'));
  const dist = path.join(folder, 'electron');
  mkdirSync(path.join(dist, 'resources'), { recursive: true });
  mkdirSync(path.join(dist, 'locales'));
  for (const name of ['electron', 'version', 'LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox']) {
    writeFileSync(path.join(dist, name), 'stand-in', { mode: 0o755 });
  }
  // There is no real program whose fuses could be set: everything but that block is as it ships.
  const shipped = readFileSync(fromRoot('build/electron-builder.yml'), 'utf8');
  const config = path.join(folder, 'electron-builder.yml');
  writeFileSync(config, shipped.replace(/^electronFuses:\n(?: .*\n)+/m, ''));
  execFileSync(
    process.execPath,
    [
      require.resolve('electron-builder/cli.js'),
      '--linux',
      '--dir',
      '--publish=never',
      `--config=${config}`,
      `-c.electronDist=${dist}`,
      `-c.directories.output=${path.join(folder, 'out')}`,
    ],
    { cwd: fromRoot(), stdio: 'pipe' },
  );
  resources = path.join(folder, 'out/linux-unpacked/resources');
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the archive holds the bundles, the page and the processor, and no sources or packages', () => {
  const { listPackage } = require('@electron/asar') as {
    listPackage: (archive: string, options: object) => string[];
  };
  const names = listPackage(path.join(resources, 'app.asar'), { isPack: false });
  for (const wanted of [
    '/package.json',
    '/out/electron/main.mjs',
    '/out/electron/vm-process.mjs',
    '/out/electron/preload.cjs',
    '/out/renderer/index.html',
    '/out/emulator/cpu.wasm',
  ]) {
    expect(names).toContain(wanted);
  }
  expect(names.filter((name) => /node_modules|\.ts$|\.img$|\.map$/.test(name))).toEqual([]);
});

test('the system image, the firmware and the notices lie beside it', () => {
  for (const name of ['breenix.img', 'firmware/bios-256k.bin', 'firmware/vgabios-stdvga.bin', 'NOTICE']) {
    expect(existsSync(path.join(resources, name)), name).toBe(true);
  }
  expect(readFileSync(path.join(resources, 'NOTICE'), 'utf8')).toContain('SeaBIOS');
});
