/**
 * The process that runs our own machine for a test: forked by breenix-guest.ts, so that a test can kill it as a
 * power cut does. Ends with its parent.
 */
import process from 'node:process';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import type { BlockDevice, Machine } from '../../emulator/machine/types.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import { loadFirmware, withVariables } from '../../electron/services/firmware.ts';
import { flashInMemory } from '../../electron/services/flash-file.ts';
import { encodePng } from '../../electron/services/png.ts';
import { ScreenMirror } from '../../electron/services/screen-mirror.ts';
import { discardingWrites } from './discarding-disk.ts';
import type { BootOptions } from './guest.ts';
import type { FromMachine, ToMachine } from './machine-messages.ts';

function send(message: FromMachine): void {
  process.send?.(message);
}

function openDisk(options: BootOptions): BlockDevice {
  if (!options.discardWrites) return openRawImage(options.image, { readOnly: false });
  return discardingWrites(openRawImage(options.image, { readOnly: true }));
}

async function boot(options: BootOptions): Promise<Machine> {
  const created = await createMachine({
    memoryBytes: options.memoryMiB * 1024 * 1024,
    firmware: withVariables(loadFirmware(options.firmware), flashInMemory).firmware,
    drives: [{ slot: 'ide0-master', kind: 'disk', medium: openDisk(options) }],
    log: (level, message) => {
      send({ kind: 'log', message: `${level}: ${message}` });
    },
  });
  created.on('serialOutput', (port, bytes) => {
    if (port === 0) send({ kind: 'serial', bytes });
  });
  created.on('guestPanicked', () => {
    send({ kind: 'event', event: 'panicked' });
  });
  created.on('stopped', (reason) => {
    if (reason.kind === 'host-error') send({ kind: 'failed', message: reason.error.message });
    else send({ kind: 'event', event: reason.kind === 'triple-fault' ? 'triple-fault' : 'powered-off' });
  });
  created.start();
  return created;
}

const screen = new ScreenMirror();
let machine: Machine | null = null;

async function screenshot(): Promise<Uint8Array> {
  const frame = machine?.takeFrame(screen.screen === null) ?? null;
  if (frame !== null) screen.apply(frame);
  const image = screen.image();
  if (image === null) throw new Error('the machine shows nothing');
  return encodePng(image);
}

async function receive(message: ToMachine): Promise<void> {
  switch (message.kind) {
    case 'boot':
      machine = await boot(message.options);
      send({ kind: 'booted' });
      break;
    case 'serial':
      machine?.serialInput(0, message.bytes);
      break;
    case 'key':
      machine?.key(message.code, message.pressed);
      break;
    case 'power-button':
      machine?.pressPowerButton();
      break;
    case 'screenshot':
      send({ kind: 'screenshot', png: await screenshot() });
      break;
  }
}

process.on('message', (message: ToMachine) => {
  receive(message).catch((error: unknown) => {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
process.on('disconnect', () => process.exit(0));
