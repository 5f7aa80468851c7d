/** The devices of a running machine that a person handles: CDs and the mouse. */
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MachinePage } from './support/machine-page.ts';
import { until, type RunningApp } from './support/running-app.ts';
import { makeScriptedApp, type ScriptedApp } from './support/scripted-app.ts';

let scripted: ScriptedApp;
let app: RunningApp;
let ui: MachinePage;

function image(name: string, sectors: number): string {
  const file = path.join(scripted.home, name);
  writeFileSync(file, '');
  truncateSync(file, sectors * 2048);
  return file;
}

/** Types a command for the scripted machine. */
async function command(text: string): Promise<void> {
  await ui.openTab('Serial');
  await ui.typeOnSerial(`${text}\r`);
}

beforeAll(async () => {
  scripted = await makeScriptedApp('browser');
  app = await scripted.start();
  ui = new MachinePage(app.page);
  await ui.start();
});

afterAll(async () => {
  await app.stop();
  scripted.remove();
});

describe('a CD', () => {
  const field = (): Locator => app.page.getByRole('textbox', { name: 'CD image', exact: true });
  const insert = async (file: string): Promise<void> => {
    await ui.openTab('Settings');
    await field().fill(file);
    await field().press('Enter');
  };

  test('goes into the running machine and comes out', async () => {
    const file = image('first.iso', 10);
    await insert(file);
    await app.page.getByText('In the drive.').waitFor();
    await ui.openTab('Serial');
    await ui.waitForSerial('ide1-master has a disc of 10 sectors');
    await ui.openTab('Settings');
    expect(await field().inputValue()).toBe(file);
    await ui.button('Eject the CD').click();
    await app.page.getByText('Empty. Changes at once').waitFor();
    await ui.openTab('Serial');
    await ui.waitForSerial('ide1-master has no disc');
  });

  test.each([
    ['/no/such/disc.iso', /outside the folders that this server may use/],
    ['/etc/passwd', /outside the folders that this server may use/],
  ])('%s is refused with the reason', async (file, reason) => {
    await insert(file);
    await app.page.getByRole('alert').getByText(reason).waitFor();
    await field().press('Escape');
    expect(await field().inputValue()).toBe('');
  });

  test('a file that is none is refused', async () => {
    const odd = path.join(scripted.home, 'odd.iso');
    writeFileSync(odd, 'x'.repeat(3000));
    await insert(odd);
    await app.page.getByRole('alert').getByText('not a multiple of 2048 bytes').waitFor();
    await field().press('Escape');
  });

  test('waits for a guest that holds the tray, until it opens it', async () => {
    await insert(image('held.iso', 11));
    await app.page.getByText('In the drive.').waitFor();
    await command('lock');
    const next = image('next.iso', 12);
    await insert(next);
    await app.page.getByText('has been asked to let it go').waitFor();
    await command('eject');
    await ui.waitForSerial('ide1-master has a disc of 12 sectors');
    await ui.openTab('Settings');
    await app.page.getByText('In the drive.').waitFor();
    expect(await field().inputValue()).toBe(next);
  });

  test('can be taken from a guest that does not let it go', async () => {
    await command('lock');
    await ui.openTab('Settings');
    await ui.button('Eject the CD').click();
    await ui.button('Change it anyway').click();
    await app.page.getByText('Empty. Changes at once').waitFor();
    await ui.openTab('Serial');
    await ui.waitForSerial('ide1-master has no disc');
  });

  test('stays in the drive over a power-off', async () => {
    const file = image('kept.iso', 13);
    await insert(file);
    await app.page.getByText('In the drive.').waitFor();
    await ui.cutPower();
    await ui.openTab('Settings');
    expect(await field().inputValue()).toBe(file);
    await ui.button('Eject the CD').click();
    await app.page.getByText('Empty. Changes at once').waitFor();
    await ui.openTab('Screen');
    await ui.start();
  });
});

describe('the mouse', () => {
  test('is not the guest’s while it does not listen', async () => {
    await ui.openTab('Screen');
    await ui.screen.click();
    await ui.openTab('Serial');
    expect(await ui.serialText()).not.toMatch(/mouse by|pointer at/);
  });

  test('is told its place where the guest wants places, without being captured', async () => {
    await command('mouse absolute');
    await ui.openTab('Screen');
    const canvas = await until('the canvas', () => ui.screen.locator('canvas').boundingBox());
    await app.page.mouse.move(canvas.x + canvas.width / 2, canvas.y + canvas.height / 2);
    await app.page.mouse.down({ button: 'left' });
    await app.page.mouse.up({ button: 'left' });
    await app.page.mouse.wheel(0, 100);
    expect(await app.page.evaluate(() => document.pointerLockElement === null)).toBe(true);
    await ui.openTab('Serial');
    const text = await ui.waitForSerial(/pointer at \d+ \d+ wheel 1 buttons 0/);
    const clicked = /pointer at (\d+) (\d+) wheel 0 buttons 1/.exec(text);
    expect(Math.abs(Number(clicked?.[1]) - 32768)).toBeLessThan(300);
    expect(Math.abs(Number(clicked?.[2]) - 32768)).toBeLessThan(300);
  });

  test('is the guest’s own where it counts motion, until the release key', async () => {
    await command('mouse relative');
    await ui.openTab('Screen');
    await ui.screen.click();
    await until('the pointer lock', () =>
      app.page.evaluate(() => (document.pointerLockElement === null ? null : true)),
    );
    await app.page.keyboard.press('ControlRight');
    await until('the pointer’s release', () =>
      app.page.evaluate(() => (document.pointerLockElement === null ? true : null)),
    );
  });
});
