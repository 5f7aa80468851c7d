/** Settings are checked, told in words when they are wrong, and kept. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MachinePage } from './support/machine-page.ts';
import type { RunningApp } from './support/running-app.ts';
import { makeScriptedApp, type ScriptedApp } from './support/scripted-app.ts';

let scripted: ScriptedApp;
let app: RunningApp;
let ui: MachinePage;

const field = (name: string): Locator => app.page.getByRole('textbox', { name, exact: true });

beforeAll(async () => {
  scripted = await makeScriptedApp('browser');
  app = await scripted.start();
  ui = new MachinePage(app.page);
  await ui.waitForState('Off');
  await ui.openTab('Settings');
});

afterAll(async () => {
  await app.stop();
  scripted.remove();
});

test.each(['8', '4096', '12.5', 'many', ''])(
  'memory of "%s" MiB is refused with the reason',
  async (text) => {
    await field('Memory').fill(text);
    await field('Memory').press('Enter');
    await app.page.getByRole('alert').getByText(/MiB/).waitFor();
    await field('Memory').press('Escape');
    expect(await field('Memory').inputValue()).toBe('128');
  },
);

test.each([
  ['/etc/passwd', /outside the folders that this server may use/],
  ['relative.img', /whole path/],
  ['/no/such/file.img', /outside the folders that this server may use/],
])('the disk image %s is refused with the reason', async (file, reason) => {
  await field('Disk image').fill(file);
  await field('Disk image').press('Enter');
  await app.page.getByRole('alert').getByText(reason).waitFor();
  await field('Disk image').press('Escape');
  expect(await field('Disk image').inputValue()).toBe(scripted.disk);
});

test('a file that is no disk image is refused', async () => {
  const file = path.join(scripted.home, 'odd.img');
  writeFileSync(file, 'x'.repeat(700));
  await field('Disk image').fill(file);
  await field('Disk image').press('Enter');
  await app.page.getByRole('alert').getByText('not a multiple of 512 bytes').waitFor();
  await field('Disk image').press('Escape');
});

test('name, memory, disk, scale and release key are kept over a restart, and used', async () => {
  const other = path.join(scripted.home, 'other.img');
  writeFileSync(other, '');
  truncateSync(other, 65536);
  await field('Name').fill('Test bench');
  await field('Name').press('Enter');
  await ui.library.getByText('Test bench').waitFor();
  await field('Memory').fill('64');
  await field('Memory').press('Enter');
  await field('Disk image').fill(other);
  await field('Disk image').press('Enter');
  await app.page.getByText('64 KiB').waitFor();
  await app.page.getByRole('combobox', { name: 'Release key' }).selectOption('Scroll Lock');
  await ui.button(/^Size of the picture/).click();
  await app.page.getByRole('menuitemradio', { name: '2×' }).click();
  await app.page.getByRole('button', { name: 'Size of the picture: 2×' }).waitFor();
  await app.stop();

  app = await scripted.start();
  ui = new MachinePage(app.page);
  await ui.library.getByText('Test bench').waitFor();
  expect(await ui.captureState.textContent()).toContain('Scroll Lock');
  await ui.start();
  const canvas = await ui.screen.locator('canvas').boundingBox();
  expect(canvas).toMatchObject({ width: 1440, height: 800 });
  await app.page.keyboard.press('ScrollLock');
  await ui.openTab('Serial');
  await ui.waitForSerial('ready with 64 MiB');
  await ui.typeOnSerial('write here\r');
  await ui.waitForSerial('written');
  await app.page.keyboard.press('ScrollLock');
  await ui.openTab('Settings');
  expect(await field('Memory').isDisabled()).toBe(true);
  await ui.cutPower();
  expect(readFileSync(other).subarray(512, 516).toString()).toBe('here');
});

test('a fresh disk is a copy of the system image, and the old one is kept', async () => {
  await ui.openTab('Settings');
  await ui.button(/^Start over/).click();
  await ui.button('Replace the disk').click();
  await app.page.getByText('The disk was replaced').waitFor();
  expect(await field('Disk image').inputValue()).toBe(scripted.disk);
  expect(readFileSync(scripted.disk).subarray(0, 8).toString()).toBe('template');
});
