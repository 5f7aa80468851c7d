/**
 * Debian's unmodified SeaBIOS on the board, with the real processor: what it finds and what it says.
 * Needs out/emulator/cpu.wasm (`node build/build.ts emulator`) and the package seabios.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createMachine } from './machine.ts';
import type { BlockDevice, DriveConfig, Machine } from './types.ts';

const FIRMWARE = '/usr/share/seabios';
const MIB = 1024 * 1024;
const TIMEOUT_MS = 60_000;

describe('SeaBIOS', () => {
  let machine: Machine | null = null;

  afterEach(() => {
    machine?.dispose();
    machine = null;
  });

  async function boot(
    drives: readonly DriveConfig[],
    until: string,
  ): Promise<{ machine: Machine; log: string[] }> {
    const log: string[] = [];
    const reached = Promise.withResolvers<undefined>();
    const pc = await createMachine({
      memoryBytes: 64 * MIB,
      firmware: {
        bios: readFileSync(`${FIRMWARE}/bios-256k.bin`),
        vgaBios: readFileSync(`${FIRMWARE}/vgabios-stdvga.bin`),
      },
      drives,
      log: (_level, text) => {
        log.push(text);
        if (text.includes(until)) reached.resolve(undefined);
      },
    });
    machine = pc;
    pc.on('stopped', (reason) => {
      reached.reject(
        new Error(`stopped: ${JSON.stringify(reason, (_k, v: unknown) => String(v))}\n${log.join('\n')}`),
      );
    });
    pc.start();
    const late = setTimeout(() => {
      reached.reject(new Error(`no "${until}" after ${String(TIMEOUT_MS)} ms:\n${log.join('\n')}`));
    }, TIMEOUT_MS - 5000);
    await reached.promise;
    clearTimeout(late);
    return { machine: pc, log };
  }

  /** Looks until it holds; the test's own limit ends it. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  function screenText(pc: Machine): string {
    const frame = pc.takeFrame(true);
    if (frame?.kind !== 'text') throw new Error('the screen is not in a text mode');
    return Array.from(frame.cells, (cell) => String.fromCharCode(cell & 0xff)).join('');
  }

  it(
    'finds the devices and the tables, and says on the screen that nothing boots',
    async () => {
      const { machine: pc, log } = await boot([], 'No bootable device.');
      const all = log.join('\n');
      for (const line of [
        'Running on QEMU (i440fx)',
        'QEMU fw_cfg DMA interface supported',
        'Found 7 PCI devices',
        'PIIX3/PIIX4 init: elcr=00 0c',
        'Using pmtimer, ioport 0x608',
        'Copying SMBIOS',
        'ACPI: parse DSDT',
        'VBE DISPI: lfb_addr=fd000000, size 16 MB',
        'Found 2 serial ports',
        'PS2 keyboard initialized',
      ]) {
        expect(all).toContain(line);
      }
      expect(all).not.toContain('WARNING');
      await until(() => screenText(pc).includes('No bootable device.'));
    },
    TIMEOUT_MS,
  );

  it(
    'boots the first sector of a disk, which reads the key that is pressed and powers off through the debug exit',
    async () => {
      const sector = new Uint8Array(512);
      // mov ah, 0; int 16h; mov al, ah (scan code); out 0xF4, al; jmp $
      sector.set([0xb4, 0x00, 0xcd, 0x16, 0x88, 0xe0, 0xe6, 0xf4, 0xeb, 0xfe]);
      sector.set([0x55, 0xaa], 510);
      const medium: BlockDevice = {
        sectorSizeBytes: 512,
        sectorCount: 2048,
        readOnly: false,
        read: (lba, into) => {
          into.fill(0);
          if (lba === 0) into.set(sector);
        },
        write: () => undefined,
        flush: () => undefined,
      };
      const drives = [{ slot: 'ide0-master', kind: 'disk', medium }] as const;
      const { machine: pc, log } = await boot(drives, 'Booting from 0000:7c00');
      expect(log.join('\n')).not.toContain('WARNING');
      expect(log.join('\n')).toContain('ata0-0: BREENIX HARDDISK ATA-6 Hard-Disk (1 MiBytes)');
      const end = new Promise((resolve) => pc.on('stopped', resolve));
      pc.key('KeyQ', true);
      pc.key('KeyQ', false);
      expect(await end).toEqual({ kind: 'debug-exit', code: (0x10 << 1) | 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'starts again on Ctrl+Alt+Del and on the reset button',
    async () => {
      const { machine: pc, log } = await boot([], 'No bootable device.');
      const starts = (): number => log.filter((line) => line.includes('Running on QEMU')).length;
      let resets = 0;
      pc.on('guestReset', () => resets++);
      for (const code of ['ControlLeft', 'AltLeft', 'Delete']) pc.key(code, true);
      await until(() => starts() === 2);
      expect(resets).toBe(1);
      pc.reset();
      await until(() => starts() === 3);
      expect(resets).toBe(1);
    },
    TIMEOUT_MS,
  );
});
