/**
 * The whole product: the app, the emulator and the system image that the build made. Boots to the prompt, types
 * on the screen and on the serial line, and survives the end of any of its processes.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { childProcesses, isAlive, MachinePage } from './support/machine-page.ts';
import { projectRoot, startShellApp, startWebApp, until, type RunningApp } from './support/running-app.ts';

const PROMPT = 'breenix:/#';
const BOOT_TIMEOUT_MS = 150_000;
/** The guest's 1024x768 pixels and the window around them, one to one. */
const VIEWPORT = { width: 1260, height: 876 };

/** The keys of an American keyboard for what the specs type; everything else is its own key. */
const shifted: Readonly<Record<string, string>> = { _: 'Minus', '>': 'Period', S: 'KeyS' };
const plain: Readonly<Record<string, string>> = { ' ': 'Space', '\n': 'Enter', '-': 'Minus', '/': 'Slash' };

async function typeOnScreen(ui: MachinePage, text: string): Promise<void> {
  await ui.openTab('Screen');
  await ui.screen.click();
  for (const character of text) {
    const withShift = shifted[character];
    const key = withShift === undefined ? (plain[character] ?? character) : `Shift+${withShift}`;
    await ui.page.keyboard.press(key, { delay: 20 });
  }
}

/** Pictures for the README are taken when asked for: `UPDATE_IMAGES=1`. */
async function takePicture(ui: MachinePage, name: string): Promise<void> {
  const folder = path.join(projectRoot, process.env.UPDATE_IMAGES === '1' ? 'docs/images' : 'out/images');
  mkdirSync(folder, { recursive: true });
  await ui.page.screenshot({ path: path.join(folder, `${name}.png`) });
}

const waitForPrompt = async (ui: MachinePage): Promise<void> => {
  await ui.openTab('Serial');
  await ui.waitForSerial(PROMPT, BOOT_TIMEOUT_MS);
};

describe.each(['browser', 'shell'] as const)('Breenix in the %s', (form) => {
  const home = mkdtempSync(path.join(tmpdir(), 'breenix-home-'));
  const disk = path.join(home, 'machines/breenix/disk.img');
  let app: RunningApp;
  let ui: MachinePage;

  const start = async (state = 'Off'): Promise<void> => {
    app =
      form === 'browser'
        ? await startWebApp(['electron/start.ts', '--web', '--no-open'], { home, viewport: VIEWPORT })
        : await startShellApp(path.join(projectRoot, 'out/electron/main.mjs'), { home, viewport: VIEWPORT });
    ui = new MachinePage(app.page);
    await app.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await ui.waitForState(state);
  };

  beforeAll(() => start(), 600_000);

  afterAll(async () => {
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('boots to its prompt on the serial line and the screen', { timeout: 200_000 }, async () => {
    const started = performance.now();
    await ui.start();
    await waitForPrompt(ui);
    console.log(`${app.label}: prompt after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    await ui.openTab('Screen');
    await until('text on the screen', async () => ((await ui.litPixels()) > 1000 ? true : null));
  });

  test('runs a command typed on the serial line', async () => {
    await ui.openTab('Serial');
    await ui.typeOnSerial('hello_time\r');
    await ui.waitForSerial(/# hello_time\s+Hello from userspace! Current time: /, 30_000);
    await ui.typeOnSerial('echo typed on the serial line\r');
    await ui.waitForSerial(/\ntyped on the serial line/, 30_000);
    if (form === 'browser') await takePicture(ui, 'serial');
  });

  test('runs commands typed on the screen, with the guest’s own keyboard layout', async () => {
    await typeOnScreen(ui, 'hello_time\n');
    const before = await ui.litPixels();
    await typeOnScreen(ui, 'ls -l /bin\n');
    await until('the listing on the screen', async () =>
      (await ui.litPixels()) > before + 5000 ? true : null,
    );
    if (form === 'browser') await takePicture(ui, 'running');
    await typeOnScreen(ui, 'echo typed on the screen > /dev/ttyS0\n');
    await ui.page.keyboard.press('ControlRight');
    await ui.openTab('Serial');
    await ui.waitForSerial('typed on the screen', 30_000);
  });

  test('goes on after the app was quit and opened again', { timeout: 200_000 }, async () => {
    await ui.openTab('Serial');
    // Only what the shell has answered is in it for certain.
    await ui.typeOnSerial('kept=mine; echo ready\r');
    await ui.waitForSerial(/^ready$/m, 30_000);
    await app.stop();
    await start('Saved');
    await ui.bigResume.click();
    await ui.waitForState('Running');
    await ui.openTab('Serial');
    await ui.typeOnSerial('echo "is $kept"; echo "$kept" > /root/kept; sync\r');
    await ui.waitForSerial(/^is mine$/m, 30_000);
  });

  const machinePid = (): number => {
    const [pid] = childProcesses(app.pid, form === 'browser' ? 'vm-process' : 'vm-process.mjs');
    if (pid === undefined) throw new Error('the machine has no process');
    return pid;
  };

  const waitForEnd = async (pid: number): Promise<void> => {
    await until('the end of the machine’s process', () => (isAlive(pid) ? null : true));
  };

  // Electron ends the machine's process together with a killed main process: there it is a power cut, as below.
  test.runIf(form === 'browser')('goes on after its back end was killed', { timeout: 300_000 }, async () => {
    const pid = machinePid();
    process.kill(app.pid, 'SIGKILL');
    await waitForEnd(pid);
    await app.stop();
    await start('Saved');
    await ui.bigResume.click();
    await ui.waitForState('Running');
    await ui.openTab('Serial');
    await ui.typeOnSerial('echo "still $kept"\r');
    await ui.waitForSerial(/^still mine$/m);
  });

  test('boots again after all its processes were killed', { timeout: 300_000 }, async () => {
    const pid = machinePid();
    process.kill(pid, 'SIGKILL');
    process.kill(app.pid, 'SIGKILL');
    await waitForEnd(pid);
    openRawImage(disk, { readOnly: false }).close();
    await app.stop();
    await start();
    await ui.start();
    // The terminal begins with what the log has of the boot before: only an answer shows that this one is up.
    await ui.openTab('Serial');
    await until(
      'an answer of the second boot',
      async () => {
        await ui.typeOnSerial('echo booted again\r');
        await ui.page.waitForTimeout(2000);
        return /\nbooted again/.test(await ui.serialText()) ? true : null;
      },
      BOOT_TIMEOUT_MS,
    );
  });

  test('switches itself off when its shell says so', async () => {
    await ui.openTab('Serial');
    await ui.typeOnSerial('poweroff\r');
    await ui.waitForState('Off', 30_000);
    await ui.openTab('Screen');
    await app.page.locator('img.last').waitFor();
  });
});
