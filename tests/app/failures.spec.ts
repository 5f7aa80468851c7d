/** What dies, hangs or lies: the other side goes on and says what happened, and the disk stays free and whole. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { childProcesses, isAlive, MachinePage, vmProgram } from './support/machine-page.ts';
import { until, type RunningApp } from './support/running-app.ts';
import { makeScriptedApp, type ScriptedApp } from './support/scripted-app.ts';

/** Opening it for writing takes the lock that a leftover process would still hold. */
function expectDiskFree(disk: string): void {
  openRawImage(disk, { readOnly: false }).close();
}

describe.each(['browser', 'shell'] as const)('in the %s', (form) => {
  let scripted: ScriptedApp;
  let app: RunningApp;
  let ui: MachinePage;

  const vmPid = (): Promise<number> =>
    until('the machine’s process', () => childProcesses(app.pid, vmProgram[form])[0]);

  beforeAll(async () => {
    scripted = await makeScriptedApp(form);
    app = await scripted.start();
    ui = new MachinePage(app.page);
  });

  const killBackEnd = async (): Promise<void> => {
    const pid = await vmPid();
    process.kill(app.pid, 'SIGKILL');
    await until('the end of the machine’s process', () => (isAlive(pid) ? null : true));
  };
  const restart = async (): Promise<void> => {
    await app.stop();
    app = await scripted.start();
    ui = new MachinePage(app.page);
  };
  const statePath = (): string => path.join(scripted.home, 'machines/breenix/state.saved');

  afterEach(async () => {
    await ui.openTab('Screen');
  });

  afterAll(async () => {
    await app.stop();
    scripted.remove();
  });

  test('a machine’s process that is killed is reported, and the machine starts again', async () => {
    await ui.start();
    process.kill(await vmPid(), 'SIGKILL');
    const alert = app.page.getByRole('alert');
    await alert.getByText('The machine’s process ended unexpectedly').waitFor();
    expect(await alert.textContent()).toMatch(/signal SIGKILL|exit code 9/);
    await ui.waitForState('Stopped');
    expectDiskFree(scripted.disk);
    await ui.start();
    await until('a picture', async () => ((await ui.litPixels()) > 100 ? true : null));
    expect(await alert.count()).toBe(0);
  });

  test('a crash shows its reason, and the log with the stack is one click away', async () => {
    await ui.openTab('Serial');
    await ui.typeOnSerial('crash\r');
    await app.page.getByRole('alert').getByText('ended unexpectedly').waitFor();
    await app.page.getByRole('alert').getByRole('button', { name: 'Show the log' }).click();
    const log = app.page.getByRole('dialog').getByRole('region', { name: 'Log' });
    expect(await log.textContent()).toContain('Error: scripted crash');
    expect(await log.textContent()).toMatch(/at .*scripted-machine|at listOnTimeout/);
    await app.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await ui.openTab('Screen');
    await ui.start();
  });

  test('a process that hangs is told, and can be ended', async () => {
    const pid = await vmPid();
    await ui.openTab('Serial');
    await ui.typeOnSerial('hang\r');
    await app.page.getByRole('alert').getByText('The machine does not respond').waitFor();
    await app.page.getByRole('button', { name: 'End the process' }).click();
    await app.page.getByText('The machine’s process was ended').waitFor();
    await ui.waitForState('Off');
    expect(isAlive(pid)).toBe(false);
    expectDiskFree(scripted.disk);
  });

  test('a triple fault and a guest’s panic are told in words', async () => {
    await ui.start();
    await ui.openTab('Serial');
    await ui.typeOnSerial('panic\r');
    await app.page.getByText('The guest’s system has crashed').waitFor();
    await ui.typeOnSerial('triple-fault\r');
    await app.page.getByText('The machine stopped: triple fault').waitFor();
    await ui.waitForState('Stopped');
    await app.page.getByRole('button', { name: 'Dismiss' }).click();
    await ui.waitForState('Off');
  });

  test('a disk that is in use elsewhere is not opened twice', async () => {
    const held = openRawImage(scripted.disk, { readOnly: false });
    await ui.bigStart.click();
    const alert = app.page.getByRole('alert');
    await alert.getByText('The machine could not be started').waitFor();
    expect(await alert.textContent()).toContain(`is in use by`);
    expect(await alert.textContent()).toContain(String(process.pid));
    held.close();
    await ui.start();
    await ui.cutPower();
  });

  test('nonsense from the page is refused and changes nothing', async () => {
    await ui.start();
    const pid = await vmPid();
    await app.page.evaluate(sendNonsense, form);
    await until('the refusal in the back end’s log', () => (/refused/.test(app.output()) ? true : null));
    expect(isAlive(pid)).toBe(true);
    await ui.openTab('Serial');
    await ui.typeOnSerial('still there\r');
    await ui.waitForSerial('you said still there');
    await ui.cutPower();
  });

  test('killing the back end ends the machine, frees its disk, and the page says so', async () => {
    await ui.openTab('Screen');
    await ui.start();
    await ui.openTab('Serial');
    await ui.typeOnSerial('write precious\r');
    await ui.waitForSerial('written');
    await killBackEnd();
    expectDiskFree(scripted.disk);
    expect(readFileSync(scripted.disk).subarray(512, 520).toString()).toBe('precious');
    await app.page.getByText('The connection to Breenix was lost').waitFor();
    await restart();
    // Chromium ends its utility processes with their parent: nothing can be saved there.
    await ui.waitForState(form === 'browser' ? 'Saved' : 'Off');
    if (form === 'shell') return;
    await ui.bigResume.click();
    await ui.waitForState('Running');
    await ui.openTab('Serial');
    await ui.waitForSerial(/written[^]*resumed/);
    expect(existsSync(statePath())).toBe(false);
    await ui.cutPower();
  });

  test('a process that hangs is ended when the back end has been killed', async () => {
    await ui.openTab('Screen');
    await ui.start();
    await ui.openTab('Serial');
    await ui.typeOnSerial('hang\r');
    await ui.waitForSerial('hang');
    await killBackEnd();
    expectDiskFree(scripted.disk);
    await restart();
    await ui.waitForState('Off');
  });
});

describe('a machine whose back end was killed', () => {
  let scripted: ScriptedApp;
  let app: RunningApp;
  let ui: MachinePage;

  beforeAll(async () => {
    scripted = await makeScriptedApp('browser');
    app = await scripted.start();
    ui = new MachinePage(app.page);
    await ui.start();
    await ui.openTab('Serial');
  });
  afterAll(async () => {
    await app.stop();
    scripted.remove();
  });

  const killAndRestart = async (): Promise<void> => {
    const pid = childProcesses(app.pid, vmProgram.browser)[0] ?? 0;
    process.kill(app.pid, 'SIGKILL');
    await until('the end of the machine’s process', () => (isAlive(pid) ? null : true));
    await app.stop();
    app = await scripted.start();
    ui = new MachinePage(app.page);
  };

  test('is saved also when it is paused', async () => {
    await ui.button('Pause').click();
    await ui.waitForState('Paused');
    await killAndRestart();
    await ui.waitForState('Saved');
    await ui.bigResume.click();
    await ui.waitForState('Running');
  });

  test('leaves the reason in its log when it cannot be saved', async () => {
    await ui.openTab('Serial');
    await ui.typeOnSerial('save-fails\r');
    await ui.waitForSerial('save-fails');
    await killAndRestart();
    await ui.waitForState('Off');
    expectDiskFree(scripted.disk);
    const log = readFileSync(path.join(scripted.home, 'logs/breenix.log'), 'utf8');
    expect(log).toMatch(/error: cannot save the machine: Error: the host has no space left/);
    expect(log).toContain('the machine’s power is cut');
  });
});

/** Runs in the page: messages that no honest page sends, to the back end and to the machine. */
async function sendNonsense(form: 'browser' | 'shell'): Promise<void> {
  const nonsense: unknown[] = [
    'text',
    null,
    { t: 'call' },
    { t: 'call', id: 1, method: 'constructor', params: [] },
    { t: 'call', id: 2, method: 'start', params: ['../../etc'] },
    { t: 'call', id: 3, method: 'updateMachine', params: ['breenix', { memoryMiB: -1 }] },
    { t: 'call', method: 'key', params: ['KeyA'] },
    { t: 'call', method: 'acknowledge', params: [1e15] },
    { t: 'call', method: 'serialInput', params: [7, 'x'] },
  ];
  const frame = (value: unknown): Uint8Array<ArrayBuffer> => {
    const json = new TextEncoder().encode(JSON.stringify(value));
    const bytes = new Uint8Array(4 + json.length);
    new DataView(bytes.buffer).setUint32(0, json.length, true);
    bytes.set(json, 4);
    return bytes;
  };
  for (const target of ['app', 'vm/breenix']) {
    if (form === 'shell') {
      const port = await new Promise<MessagePort | undefined>((resolve) => {
        window.addEventListener('message', (event) => {
          if ((event.data as { breenixPort?: number }).breenixPort === 777) resolve(event.ports[0]);
        });
        (window as unknown as { breenix: { connect(t: string, r: number): void } }).breenix.connect(
          target,
          777,
        );
      });
      for (const value of nonsense) port?.postMessage(value);
    } else {
      const socket = new WebSocket(`ws://${location.host}/connect/${target}`);
      await new Promise((resolve) => {
        socket.addEventListener('open', resolve);
      });
      for (const value of nonsense) socket.send(frame(value));
      socket.send(new Uint8Array([255, 255, 255, 255]));
      socket.send('text');
    }
  }
}

test('a definition that is damaged is kept aside, and its disk is used as it is', async () => {
  const scripted = await makeScriptedApp('browser');
  const folder = path.join(scripted.home, 'machines/breenix');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'machine.json'), '{"version": 1, "id"');
  writeFileSync(scripted.disk, Buffer.alloc(2048, 'mine'));
  const app = await scripted.start();
  const ui = new MachinePage(app.page);
  await ui.waitForState('Off');
  expect(app.output()).toContain('machine.json could not be read');
  expect(readFileSync(scripted.disk).subarray(0, 4).toString()).toBe('mine');
  expect(execFileSync('ls', [folder]).toString()).toMatch(/machine\.json\.corrupted-\d{8}-\d{6}/);
  await app.stop();
  scripted.remove();
});
