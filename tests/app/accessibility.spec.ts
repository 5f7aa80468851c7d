/** axe finds nothing, in light and in dark, in any state of the window; and everything works without a mouse. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { AxeResults, RunOptions } from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MachinePage } from './support/machine-page.ts';
import { until, type RunningApp } from './support/running-app.ts';
import { makeScriptedApp, type ScriptedApp } from './support/scripted-app.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface PageWithAxe {
  readonly axe: { run(options: RunOptions): Promise<AxeResults> };
}

let scripted: ScriptedApp;
let app: RunningApp;
let ui: MachinePage;

beforeAll(async () => {
  scripted = await makeScriptedApp('browser');
  app = await scripted.start();
  ui = new MachinePage(app.page);
  await ui.waitForState('Off');
});

afterAll(async () => {
  await app.stop();
  scripted.remove();
});

/** One line for each finding; none is what is wanted. */
async function findings(): Promise<string[]> {
  const { page } = app;
  // Colours change over 120 ms; axe would read one in between.
  await page.waitForTimeout(250);
  // Evaluated by the debugger: the page's own policy would not let it in.
  await page.evaluate(axeSource);
  const results = await page.evaluate(() =>
    (window as unknown as PageWithAxe).axe.run({ resultTypes: ['violations'] }),
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

describe.each(['light', 'dark'] as const)('axe finds nothing in %s', (colorScheme) => {
  beforeAll(async () => {
    await app.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  });

  test('while the machine is off', async () => {
    await ui.openTab('Screen');
    expect(await findings()).toEqual([]);
    await ui.openTab('Settings');
    expect(await findings()).toEqual([]);
  });

  test('while it runs, on every tab', async () => {
    await ui.openTab('Screen');
    await ui.start();
    expect(await findings()).toEqual([]);
    await app.page.keyboard.press('ControlRight');
    expect(await findings()).toEqual([]);
    await ui.openTab('Serial');
    await ui.waitForSerial('ready');
    await app.page.getByRole('searchbox').fill('nothing of the kind');
    expect(await findings()).toEqual([]);
    await app.page.getByRole('searchbox').fill('');
    await ui.openTab('Settings');
    expect(await findings()).toEqual([]);
  });

  test('while it is saved', async () => {
    await ui.openTab('Screen');
    await ui.saveAndSwitchOff();
    expect(await findings()).toEqual([]);
    await ui.openTab('Settings');
    expect(await findings()).toEqual([]);
    await ui.openTab('Screen');
    await ui.button('Discard and start anew…').click();
    expect(await findings()).toEqual([]);
    await ui.button('Discard').click();
    await ui.waitForState('Off');
    await ui.start();
  });

  test('with a menu, a question, a log or a problem', async () => {
    await ui.openTab('Screen');
    await ui.button(/^Keys/).click();
    expect(await findings()).toEqual([]);
    await app.page.keyboard.press('Escape');
    await ui.choose(/^Power off/, /^Cut the power/);
    expect(await findings()).toEqual([]);
    await ui.button('Cancel').click();
    await ui.openTab('Serial');
    await ui.typeOnSerial('triple-fault\r');
    await app.page.getByText('triple fault').first().waitFor();
    expect(await findings()).toEqual([]);
    await ui.button('Show the log').click();
    expect(await findings()).toEqual([]);
    await ui.button('Close').click();
    await ui.button('Dismiss').click();
  });
});

test('a machine is started, used and switched off with the keyboard alone', async () => {
  await app.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await app.page.reload();
  await ui.waitForState('Off');
  const { keyboard } = app.page;
  const focused = (): Promise<string> =>
    app.page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent.trim() ?? '';
    });
  const tabTo = async (wanted: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await keyboard.press(key);
      if (wanted.test(await focused())) return;
    }
    throw new Error(`${key} never reaches ${String(wanted)}; the focus is on ${await focused()}`);
  };

  await tabTo(/^Start$/);
  await keyboard.press('Enter');
  await ui.waitForState('Running');
  // The screen has the keyboard now; the release key gives it back, and Tab goes on from there.
  await until('the keyboard in the machine', async () =>
    (await ui.captureState.textContent())?.includes('releases it') === true ? true : null,
  );
  await keyboard.press('ControlRight');
  await tabTo(/^Screen$/);
  await keyboard.press('ArrowRight');
  await keyboard.press('Enter');
  await until('the focus in the terminal', async () =>
    /terminal input/.test(await focused()) ? true : null,
  );
  await keyboard.type('by keyboard\r');
  await ui.waitForSerial('you said by keyboard');
  // Tab is the guest's there; the release key leads out.
  await keyboard.press('ControlRight');
  expect(await focused()).toBe('Serial');
  await tabTo(/^Power off/, 'Shift+Tab');
  await keyboard.press('Enter');
  // The last of the menu cuts the power.
  await keyboard.press('End');
  await keyboard.press('Enter');
  await app.page.getByRole('alertdialog').waitFor();
  await tabTo(/^Cut the power$/);
  await keyboard.press('Enter');
  await ui.waitForState('Off');
});

test('no key stays pressed in the machine when the focus goes elsewhere', async () => {
  await ui.openTab('Screen');
  await ui.start();
  await app.page.keyboard.down('ShiftLeft');
  const before = await ui.litPixels();
  await ui.page.getByRole('tab', { name: 'Settings' }).click();
  await ui.openTab('Screen');
  // The scripted machine shows the key-up in a line of its own.
  await until('the key-up on the screen', async () => ((await ui.litPixels()) > before ? true : null));
  await app.page.keyboard.up('ShiftLeft');
  await ui.cutPower();
});
