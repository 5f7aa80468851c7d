/** Our own machine as a guest of the system tests, in a process of its own. */
import { fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventLog } from './event-log.ts';
import type { BootOptions, Guest } from './guest.ts';
import { keyStroke } from './key-names.ts';
import type { FromMachine, ToMachine } from './machine-messages.ts';
import { SerialConsole } from './serial-console.ts';

/** A keyboard holds 16 scan codes for a system that is slow to read them: type no faster than a fast typist. */
const keyIntervalMs = 20;

export async function startBreenixGuest(options: BootOptions): Promise<Guest> {
  const events = new EventLog();
  const booted = Promise.withResolvers<undefined>();
  const screenshots: ((png: Buffer) => void)[] = [];
  const log: string[] = [];
  const child = fork(path.join(import.meta.dirname, 'machine-host.ts'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => {
      resolve();
    });
  });
  const send = (message: ToMachine): void => {
    if (child.connected) child.send(message);
  };
  const console = new SerialConsole((bytes) => {
    send({ kind: 'serial', bytes });
  });
  child.on('message', (message: FromMachine) => {
    switch (message.kind) {
      case 'booted':
        booted.resolve(undefined);
        break;
      case 'failed':
        booted.reject(new Error(message.message));
        console.end(`the machine failed: ${message.message}`);
        break;
      case 'serial':
        console.receive(message.bytes);
        break;
      case 'event':
        events.add(message.event);
        break;
      case 'log':
        log.push(message.message);
        break;
      case 'screenshot':
        screenshots.shift()?.(Buffer.from(message.png));
        break;
    }
  });
  void exited.then(() => {
    events.add('killed');
    console.end("the machine's process ended");
    booted.reject(new Error("the machine's process ended"));
  });
  send({ kind: 'boot', options });
  await booted.promise;
  return {
    machine: 'breenix',
    console,
    log,
    typeKeys: async (text) => {
      for (const character of text) {
        const { code, shift } = keyStroke(character);
        const strokes: readonly (readonly [string, boolean])[] = [
          [code, true],
          [code, false],
        ];
        if (shift) send({ kind: 'key', code: 'ShiftLeft', pressed: true });
        for (const [key, pressed] of strokes) send({ kind: 'key', code: key, pressed });
        if (shift) send({ kind: 'key', code: 'ShiftLeft', pressed: false });
        await delay(keyIntervalMs);
      }
    },
    pressPowerButton: () => {
      send({ kind: 'power-button' });
      return Promise.resolve();
    },
    waitForEvent: (event, timeoutMs) => events.waitFor(event, timeoutMs),
    screenshot: () =>
      new Promise((resolve) => {
        screenshots.push(resolve);
        send({ kind: 'screenshot' });
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
