/**
 * Boots an image and shows what happens: `node emulator/debug/boot.ts IMAGE [options]`.
 *
 *   --seconds N         stop after N seconds (default 30)
 *   --memory MIB        guest memory (default 128)
 *   --bios F            another system ROM than SeaBIOS
 *   --variables F       a flash chip below it with these contents; changes are lost
 *   --cdrom F.iso       a CD in the second channel's drive
 *   --screenshot F.png  write the screen at the end
 *   --verbose           also the debug log: firmware messages, debug ports
 *   --type TEXT         send TEXT and a newline to the first serial port after --type-after seconds
 *   --type-after N      default 5
 *   --registers         print all registers at the end
 *   --trace N           keep the last N instructions (slow) and print them at the end
 *   --trace-from N      run the first N instructions at full speed
 *   --snapshot          writes go to memory only, the image stays as it is
 *
 * The first serial port is standard output; everything else goes to standard error.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createVcpu } from '../cpu/vcpu.ts';
import { createMachine } from '../machine/machine.ts';
import type { BlockDevice, DriveConfig, FlashStore, Machine, MachineConfig } from '../machine/types.ts';
import type { Vcpu } from '../machine/vcpu-types.ts';
import { encodeScreenshot } from './screenshot.ts';
import { TracingVcpu } from './trace.ts';

const SECTOR_BYTES = 512;
const FIRMWARE = '/usr/share/seabios';
const MIB = 1024 * 1024;

/** A raw image without the locks of the product's own formats: for developers. */
function openImage(path: string, snapshot: boolean): BlockDevice & { close(): void } {
  const file = openSync(path, snapshot ? 'r' : 'r+');
  const overlay = new Map<number, Uint8Array>();
  return {
    sectorSizeBytes: SECTOR_BYTES,
    sectorCount: Math.floor(fstatSync(file).size / SECTOR_BYTES),
    readOnly: false,
    read(lba, into) {
      readSync(file, into, 0, into.length, lba * SECTOR_BYTES);
      for (let i = 0; overlay.size > 0 && i < into.length / SECTOR_BYTES; i++) {
        const sector = overlay.get(lba + i);
        if (sector !== undefined) into.set(sector, i * SECTOR_BYTES);
      }
    },
    write(lba, from) {
      if (!snapshot) {
        writeSync(file, from, 0, from.length, lba * SECTOR_BYTES);
        return;
      }
      for (let i = 0; i < from.length / SECTOR_BYTES; i++) {
        overlay.set(lba + i, from.slice(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES));
      }
    },
    flush() {
      // A developer's run does not wait for the disk.
    },
    close() {
      closeSync(file);
    },
  };
}

function temporaryFlash(path: string): FlashStore {
  const bytes = readFileSync(path);
  return { sizeBytes: bytes.length, read: () => bytes, write: () => undefined };
}

function report(machine: Machine, startedMs: number): void {
  const { instructions, busySeconds } = machine.statistics;
  const seconds = (performance.now() - startedMs) / 1e3;
  const mips = busySeconds > 0 ? Number(instructions) / busySeconds / 1e6 : 0;
  const cpu = process.cpuUsage();
  console.error(
    `${seconds.toFixed(1)} s: ${instructions.toString()} instructions, busy ${busySeconds.toFixed(2)} s ` +
      `(${mips.toFixed(0)} million a second), host processor ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s`,
  );
}

function dump(vcpu: Vcpu | null): void {
  if (vcpu instanceof TracingVcpu) for (const line of vcpu.recent()) console.error(line);
  for (const [name, value] of vcpu?.registers() ?? [])
    console.error(`${name.padEnd(8)} ${value.toString(16)}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '30' },
      memory: { type: 'string', default: '128' },
      bios: { type: 'string', default: `${FIRMWARE}/bios-256k.bin` },
      variables: { type: 'string' },
      cdrom: { type: 'string' },
      screenshot: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      snapshot: { type: 'boolean', default: false },
      registers: { type: 'boolean', default: false },
      trace: { type: 'string' },
      'trace-from': { type: 'string', default: '0' },
      type: { type: 'string' },
      'type-after': { type: 'string', default: '5' },
    },
  });
  const [image] = positionals;
  const disk = image === undefined ? null : openImage(image, values.snapshot);
  const drives: DriveConfig[] = [];
  if (disk !== null) drives.push({ slot: 'ide0-master', kind: 'disk', medium: disk });
  if (values.cdrom !== undefined) {
    drives.push({ slot: 'ide1-master', kind: 'cdrom', medium: openImage(values.cdrom, true) });
  }
  let vcpu: Vcpu | null = null;
  const config: MachineConfig = {
    memoryBytes: Number(values.memory) * MIB,
    firmware: {
      bios: readFileSync(values.bios),
      ...(values.variables === undefined ? {} : { variables: temporaryFlash(values.variables) }),
      vgaBios: readFileSync(`${FIRMWARE}/vgabios-stdvga.bin`),
    },
    drives,
    log: (level, message) => {
      if (level !== 'debug' || values.verbose) console.error(`[${level}] ${message}`);
    },
  };
  const machine = await createMachine(config, async (ramBytes, host) => {
    const inner = await createVcpu(ramBytes, host);
    const { trace } = values;
    vcpu =
      trace === undefined
        ? inner
        : new TracingVcpu(inner, { from: BigInt(values['trace-from']), keep: Number(trace) });
    return vcpu;
  });
  const started = performance.now();
  const finished = Promise.withResolvers<undefined>();
  machine.on('serialOutput', (port, bytes) => {
    if (port === 0) process.stdout.write(bytes);
  });
  machine.on('guestReset', () => {
    console.error('guest reset');
  });
  machine.on('guestPanicked', () => {
    console.error('guest panicked');
  });
  machine.on('stopped', (reason) => {
    console.error('stopped:', reason);
    finished.resolve(undefined);
  });
  const timer = setTimeout(
    () => {
      finished.resolve(undefined);
    },
    Number(values.seconds) * 1e3,
  );
  const text = values.type;
  if (text !== undefined) {
    setTimeout(
      () => {
        machine.serialInput(0, new TextEncoder().encode(`${text}\n`));
      },
      Number(values['type-after']) * 1e3,
    ).unref();
  }
  machine.start();
  await finished.promise;
  clearTimeout(timer);
  const frame = machine.takeFrame(true);
  if (values.screenshot !== undefined && frame !== null)
    writeFileSync(values.screenshot, encodeScreenshot(frame));
  report(machine, started);
  if (values.registers || values.trace !== undefined) dump(vcpu);
  machine.dispose();
  disk?.close();
}

await main();
