/** A machine that is saved goes on where it was, over the end of the app; what cannot be saved or resumed is told. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { childProcesses, MachinePage, vmProgram } from './support/machine-page.ts';
import { until, type RunningApp } from './support/running-app.ts';
import { makeScriptedApp, type ScriptedApp } from './support/scripted-app.ts';

describe.each(['browser', 'shell'] as const)('in the %s', (form) => {
  let scripted: ScriptedApp;
  let app: RunningApp;
  let ui: MachinePage;
  let state: string;

  const start = async (): Promise<void> => {
    app = await scripted.start();
    ui = new MachinePage(app.page);
  };
  const say = async (text: string, answer: string): Promise<void> => {
    await ui.openTab('Serial');
    await ui.typeOnSerial(`${text}\r`);
    await ui.waitForSerial(answer);
    await ui.openTab('Screen');
  };
  const resume = async (): Promise<void> => {
    await ui.bigResume.click();
    await ui.waitForState('Running');
    await ui.openTab('Serial');
    await ui.waitForSerial('resumed');
    await ui.openTab('Screen');
  };

  beforeAll(async () => {
    scripted = await makeScriptedApp(form);
    state = path.join(scripted.home, 'machines/breenix/state.saved');
    await start();
  });
  afterAll(async () => {
    await app.stop();
    scripted.remove();
  });

  test('is saved from its menu, with its last picture', async () => {
    await ui.start();
    await say('hello', 'you said hello');
    await ui.saveAndSwitchOff();
    expect(await app.page.title()).toBe('Breenix – Saved');
    expect(statSync(state).mode & 0o777).toBe(0o600);
    await app.page.locator('img.last').waitFor();
    await app.page.getByText('Breenix is saved and goes on where it was').waitFor();
    openRawImage(scripted.disk, { readOnly: false }).close();
  });

  test('keeps its memory and disk while it is saved', async () => {
    await ui.openTab('Settings');
    await app.page.getByText('Discard what is saved, or resume and switch off').waitFor();
    expect(await app.page.getByLabel('Memory').isDisabled()).toBe(true);
    expect(await ui.button('Start over with a fresh disk…').isDisabled()).toBe(true);
    await ui.openTab('Screen');
  });

  test('goes on, and what was saved is gone then', async () => {
    await resume();
    expect(existsSync(state)).toBe(false);
    await until('a picture', async () => ((await ui.litPixels()) > 100 ? true : null));
  });

  test('is saved when the app is quit, paused or not', async () => {
    await ui.button('Pause').click();
    await ui.waitForState('Paused');
    await app.stop();
    expect(existsSync(state)).toBe(true);
    await start();
    await ui.waitForState('Saved');
    await resume();
  });

  test('is saved when all processes are told to end at once, as at the end of a session', async () => {
    const pid = childProcesses(app.pid, vmProgram[form])[0] ?? 0;
    process.kill(pid, 'SIGTERM');
    await app.stop();
    expect(existsSync(state)).toBe(true);
    expect(app.output()).not.toContain('could not be saved');
    await start();
    await ui.waitForState('Saved');
    await resume();
  });

  test('is not resumed when its disk has changed, until that is discarded', async () => {
    await say('write first', 'written');
    await ui.saveAndSwitchOff();
    const disk = openRawImage(scripted.disk, { readOnly: false });
    disk.write(1, new Uint8Array(512).fill(1));
    disk.close();
    await ui.bigResume.click();
    const alert = app.page.getByRole('alert');
    await alert.getByText('The machine could not be started').waitFor();
    expect(await alert.textContent()).toContain(
      'the disk at ide0-master has changed since the state was saved',
    );
    expect(await alert.textContent()).toContain('discard it to start the machine anew');
    expect(existsSync(state)).toBe(true);
    await ui.button('Discard and start anew…').click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    expect(existsSync(state)).toBe(true);
    await ui.button('Discard and start anew…').click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
    await ui.waitForState('Off');
    expect(existsSync(state)).toBe(false);
    expect(await alert.count()).toBe(0);
    await ui.start();
  });

  test('goes on when it cannot be saved, and says why', async () => {
    await say('save-fails', 'save-fails');
    await ui.choose(/^Power off/, 'Save and switch off');
    const alert = app.page.getByRole('alert');
    await alert.getByText('The machine could not be saved').waitFor();
    expect(await alert.textContent()).toContain('the host has no space left');
    await ui.waitForState('Running');
    await say('still there', 'you said still there');
    expect(existsSync(state)).toBe(false);
    await ui.button('Dismiss').click();
    await ui.cutPower();
  });

  test('is told of a file that is no saved machine', async () => {
    writeFileSync(state, 'nonsense');
    await app.stop();
    await start();
    await ui.waitForState('Saved');
    await ui.bigResume.click();
    await app.page.getByRole('alert').getByText('cannot be resumed').waitFor();
    await ui.button('Discard and start anew…').click();
    await ui.button('Discard').click();
    await ui.waitForState('Off');
  });
});
