/** Start to power off with a scripted machine, in both forms of the app. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MachinePage } from './support/machine-page.ts';
import { until, type RunningApp } from './support/running-app.ts';
import { makeScriptedApp, type ScriptedApp } from './support/scripted-app.ts';

describe.each(['browser', 'shell'] as const)('in the %s', (form) => {
  let scripted: ScriptedApp;
  let app: RunningApp;
  let ui: MachinePage;

  beforeAll(async () => {
    scripted = await makeScriptedApp(form);
    app = await scripted.start();
    console.log(app.label);
    ui = new MachinePage(app.page);
  });

  afterAll(async () => {
    await app.stop();
    scripted.remove();
  });

  test('opens with one machine, off, and one large Start', async () => {
    await ui.waitForState('Off');
    expect(await ui.library.getByRole('button').count()).toBe(1);
    expect(await ui.library.getByText('Breenix').count()).toBe(1);
    expect(await app.page.title()).toBe('Breenix – Off');
    await ui.bigStart.waitFor();
  });

  test('Start shows the screen and gives it the keyboard', async () => {
    await ui.start();
    await until('a picture', async () => ((await ui.litPixels()) > 100 ? true : null));
    expect(await ui.captureState.textContent()).toContain('Right Ctrl releases it');
  });

  test('keys reach the machine by their physical code, down and up', async () => {
    await ui.openTab('Serial');
    await ui.waitForSerial('ready with 128 MiB');
    await ui.openTab('Screen');
    await ui.screen.click();
    const before = await ui.litPixels();
    await app.page.keyboard.press('KeyQ');
    await until('the keys on the screen', async () => ((await ui.litPixels()) > before ? true : null));
  });

  test('the release key gives the keyboard back, Enter takes it again', async () => {
    await ui.screen.click();
    expect(await ui.captureState.textContent()).toContain('Keyboard in the machine');
    await app.page.keyboard.press('ControlRight');
    expect(await ui.captureState.textContent()).toContain('press Enter');
    const before = await ui.litPixels();
    await app.page.keyboard.press('KeyW');
    await app.page.waitForTimeout(300);
    expect(await ui.litPixels()).toBe(before);
    await ui.screen.focus();
    await app.page.keyboard.press('Enter');
    expect(await ui.captureState.textContent()).toContain('Keyboard in the machine');
  });

  test('serial input is answered, and the scrollback survives tabs and resets', async () => {
    await ui.openTab('Serial');
    await ui.typeOnSerial('hello there\r');
    await ui.waitForSerial('you said hello there');
    await ui.openTab('Screen');
    await ui.button('Reset').click();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Reset' }).click();
    await ui.openTab('Serial');
    const text = await ui.waitForSerial(/ready with 128 MiB[^]*ready with 128 MiB/);
    expect(text).toContain('you said hello there');
  });

  test('pause holds the machine, Continue goes on', async () => {
    await ui.button('Pause').click();
    await ui.waitForState('Paused');
    await ui.button('Continue').click();
    await ui.waitForState('Running');
  });

  test('a long output arrives whole, in order, and can be searched', async () => {
    await ui.openTab('Serial');
    await ui.typeOnSerial('flood 600000\r');
    await ui.typeOnSerial('needle in the hay\r');
    await ui.waitForSerial('you said needle in the hay', 30_000);
    await app.page.getByRole('searchbox', { name: 'Search the terminal' }).fill('ready with');
    await ui.waitForSerial('ready with 128 MiB');
    await app.page.getByRole('searchbox', { name: 'Search the terminal' }).fill('no such text');
    await app.page.getByText('Not found').waitFor();
  });

  test('the whole screen arrives when the page is loaded anew', async () => {
    await app.page.reload();
    await ui.waitForState('Running');
    await ui.openTab('Screen');
    await until('a picture', async () => ((await ui.litPixels()) > 100 ? true : null));
    await ui.openTab('Serial');
    await ui.waitForSerial('you said needle in the hay');
  });

  test('Ctrl+Alt+Del comes from the Keys menu', async () => {
    await ui.openTab('Screen');
    const before = await ui.litPixels();
    await ui.choose(/^Keys/, 'Ctrl + Alt + Del');
    await until('the keys on the screen', async () => ((await ui.litPixels()) > before ? true : null));
  });

  test('a screenshot is the picture as a PNG file', async () => {
    const download = app.page.waitForEvent('download');
    await ui.button('Take a screenshot').click();
    const file = await (await download).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of file) chunks.push(chunk as Buffer);
    const png = Buffer.concat(chunks);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([720, 400]);
  });

  test('cutting the power asks first, and keeps the last picture', async () => {
    await ui.choose(/^Power off/, /^Cut the power/);
    await ui.button('Cancel').click();
    await ui.waitForState('Running');
    await ui.cutPower();
    await app.page.locator('img.last').waitFor();
  });

  test('the sleep button asks the guest to sleep', async () => {
    await ui.openTab('Screen');
    await ui.start();
    await ui.choose(/^Power off/, 'Press the sleep button');
    await ui.openTab('Serial');
    await ui.waitForSerial('the sleep button was pressed');
    await ui.waitForState('Running');
  });

  test('the power button lets the guest switch itself off', async () => {
    await ui.choose(/^Power off/, 'Press the power button');
    await ui.waitForState('Off');
    await ui.openTab('Serial');
    await ui.waitForSerial('the power button was pressed');
  });
});
