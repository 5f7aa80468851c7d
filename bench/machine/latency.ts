/**
 * `npm run bench:latency`: how long an interrupt takes to the first instructions of its handler while the guest is
 * busy. Prints and writes bench/results/latency.json.
 *
 * - Serial: from the moment at which another thread of the host sends a byte, by the host's clock. That is what a key
 *   takes: the turn of the host's event loop that runs the guest has to end first.
 * - Timer: how much later than the earliest ones each tick of 1 kHz is, by the host's clock; and how far the 8254 has
 *   counted since the tick, by the guest's.
 *
 * Usage: node bench/machine/latency.ts [--seconds N]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { build } from '../../build/build.ts';
import { loadFirmware } from '../../electron/services/firmware.ts';
import { createVcpu } from '../../emulator/cpu/vcpu.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import type { BlockDevice } from '../../emulator/machine/types.ts';
import { printTable, type Row, writeResults } from '../lib/report.ts';
import { minimum, quantile } from '../lib/statistics.ts';

const MEMORY_BYTES = 32 * 2 ** 20;
const SECTOR_BYTES = 512;
const DISK_SECTORS = 2048;
const TICK_PORT = 0x80;
const BYTE_PORT = 0x84;
const CRYSTAL_HZ = 1_193_182;
const RELOAD = 1193;
const TICK_MS = (RELOAD / CRYSTAL_HZ) * 1000;
const SEND_EVERY_MS = 5;
const WINDOW_TICKS = 100;
const SETTLE_MS = 1000;

/** The same clock in every thread, milliseconds. */
const hostMs = (): number => performance.timeOrigin + performance.now();

/** The thread outside: sends a byte at times that have nothing to do with the machine's. */
function sendBytes(): void {
  const next = (): void => {
    parentPort?.postMessage(hostMs());
    setTimeout(next, SEND_EVERY_MS * (1 + Math.random()));
  };
  next();
}

function assembleGuest(): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-latency-'));
  try {
    const file = path.join(folder, 'guest');
    execFileSync('nasm', ['-f', 'bin', path.join(import.meta.dirname, 'latency.asm'), '-o', file]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function diskOf(sector: Uint8Array): BlockDevice {
  return {
    sectorSizeBytes: SECTOR_BYTES,
    sectorCount: DISK_SECTORS,
    readOnly: true,
    read(lba, into) {
      into.fill(0);
      if (lba === 0) into.set(sector);
    },
    write() {
      throw new Error('the guest does not write');
    },
    flush: () => undefined,
  };
}

/**
 * How much later each tick is than the least late one of the hundred before it, milliseconds. Not of all: a host that
 * was away for long has made the guest's clock stand still.
 */
function lateness(ticks: readonly number[]): number[] {
  const ideal = ticks.map((time, i) => time - i * TICK_MS);
  return ideal.map((time, i) => time - minimum(ideal.slice(Math.max(0, i - WINDOW_TICKS), i + 1)));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
  await build(['emulator']);
  const ticks: number[] = [];
  const counted: number[] = [];
  const sent: number[] = [];
  const echoes: number[] = [];
  let measuring = false;
  const machine = await createMachine(
    {
      memoryBytes: MEMORY_BYTES,
      firmware: loadFirmware('bios'),
      drives: [{ slot: 'ide0-master', kind: 'disk', medium: diskOf(assembleGuest()) }],
      log: () => undefined,
    },
    (ramBytes, host) =>
      createVcpu(ramBytes, {
        ...host,
        portWrite: (port, sizeBytes, value) => {
          if (port === TICK_PORT && sizeBytes === 2 && measuring) {
            ticks.push(hostMs());
            counted.push(((RELOAD - value) / CRYSTAL_HZ) * 1000);
          } else if (port === BYTE_PORT && measuring) {
            const at = sent.shift();
            if (at !== undefined) echoes.push(hostMs() - at);
          } else host.portWrite(port, sizeBytes, value);
        },
      }),
  );
  machine.start();
  await delay(SETTLE_MS);
  measuring = true;
  const outside = new Worker(new URL(import.meta.url));
  outside.on('message', (sentMs: number) => {
    sent.push(sentMs);
    machine.serialInput(0, Uint8Array.of(sent.length & 0xff));
  });
  await delay(Number(values.seconds) * 1000);
  measuring = false;
  await outside.terminate();
  machine.dispose();
  const rows: Row[] = [];
  const add = (name: string, times: readonly number[]): void => {
    if (times.length === 0) throw new Error(`${name}: the guest took no interrupt`);
    rows.push({ name: `${name}, median`, unit: 'ms', ours: quantile(times, 0.5) });
    rows.push({ name: `${name}, 99 of 100`, unit: 'ms', ours: quantile(times, 0.99) });
  };
  add('serial byte to handler, host time', echoes);
  add('timer tick to handler, host time', lateness(ticks));
  add('timer tick to handler, guest time', counted);
  printTable(rows, ['ours']);
  writeResults('latency', { statistic: `${echoes.length} bytes, ${ticks.length} ticks, guest busy` }, rows);
}

if (isMainThread) {
  await main();
  // The machine's own timers do not keep the process.
  process.exit(0);
} else sendBytes();
