/** QEMU as a guest of the system tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { QemuProcess, type QemuEvent } from '../../build/qemu/qemu-process.ts';
import { EventLog } from './event-log.ts';
import type { BootOptions, Guest, GuestEvent } from './guest.ts';
import { keyStroke } from './key-names.ts';
import { SerialConsole } from './serial-console.ts';

const eventNames: Readonly<Record<QemuEvent, GuestEvent>> = {
  'guest-panicked': 'panicked',
  'triple-fault': 'triple-fault',
  'powered-off': 'powered-off',
  exited: 'killed',
};

/** QEMU holds each key for its hold-time before it takes the next. */
const keyIntervalMs = 45;

export async function startQemuGuest(options: BootOptions): Promise<Guest> {
  const events = new EventLog();
  const console = new SerialConsole((bytes) => {
    machine.serialInput(bytes);
  });
  const machine = await QemuProcess.start(
    options,
    (bytes) => {
      console.receive(bytes);
    },
    (event) => {
      events.add(eventNames[event]);
      if (event === 'exited') console.end('QEMU ended');
    },
  );
  return {
    machine: 'qemu',
    console,
    log: [],
    typeKeys: async (text) => {
      for (const character of text) {
        const { qcode, shift } = keyStroke(character);
        await machine.sendKeys(shift ? ['shift', qcode] : [qcode]);
        await delay(keyIntervalMs);
      }
    },
    pressPowerButton: () => machine.pressPowerButton(),
    waitForEvent: (event, timeoutMs) => events.waitFor(event, timeoutMs),
    screenshot: async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'breenix-screen-'));
      try {
        const file = path.join(folder, 'screen.png');
        await machine.screenshot(file);
        return readFileSync(file);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    kill: async () => {
      console.end('the machine was killed');
      await machine.close();
    },
  };
}
