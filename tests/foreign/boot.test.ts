/**
 * Systems that nobody here wrote, from Debian's packages and unmodified, each to the point that its text shows.
 * Packages: ipxe, memtest86+, grub-pc-bin with grub-common and xorriso.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { debianBinary } from '../../build/foreign/debian.ts';
import { ForeignMachine, fileMedium } from './foreign-machine.ts';
import { makeGrubCd } from './grub-cd.ts';

const MIB = 1024 * 1024;
const LIMIT_MS = 180_000;

describe('by BIOS', () => {
  let folder = '';
  let machine: ForeignMachine | null = null;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'breenix-foreign-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    machine?.dispose();
    machine = null;
  });

  it(
    'GRUB shows its menu from a CD, and its entry switches the machine off',
    async () => {
      const medium = fileMedium(makeGrubCd(folder), 2048);
      machine = await ForeignMachine.start({ drives: [{ slot: 'ide1-master', kind: 'cdrom', medium }] });
      const { screen, press } = { screen: () => machine?.screen() ?? '', press: machine.press.bind(machine) };
      // The terminal of grub-mkrescue's start-up is the screen in text mode.
      await machine.screenShows('Switch off');
      expect(screen()).toMatch(/GNU GRUB\s+version 2\.\d+/);
      expect(screen()).toMatch(/\*A first entry/);
      press('ArrowDown');
      await machine.screenShows(/\*Switch off/);
      press('Enter');
      await machine.powersOff();
      medium.close();
    },
    LIMIT_MS,
  );

  it(
    'iPXE comes to its prompt and runs a command',
    async () => {
      const kernel = readFileSync(path.join(debianBinary('ipxe'), 'boot/ipxe.lkrn'));
      const ipxe = await ForeignMachine.start({ linux: { kernel, initrd: null, commandLine: '' } });
      machine = ipxe;
      await ipxe.screenShows('Open Source Network Boot Firmware');
      // It takes Ctrl-B while it waits for it, which its screen does not tell exactly.
      await ipxe.until('the prompt', () => {
        if (ipxe.screen().includes('iPXE>')) return true;
        ipxe.machine.key('ControlLeft', true);
        ipxe.press('KeyB');
        ipxe.machine.key('ControlLeft', false);
        return false;
      });
      await ipxe.typeOnScreen('echo onetwo');
      ipxe.press('Enter');
      await ipxe.screenShows(/^onetwo$/m);
    },
    LIMIT_MS,
  );

  it(
    'memtest86+ finds the memory and tests it',
    async () => {
      const kernel = readFileSync(path.join(debianBinary('memtest86+'), 'boot/memtest86+x64.bin'));
      machine = await ForeignMachine.start({
        memoryBytes: 64 * MIB,
        linux: { kernel, initrd: null, commandLine: '' },
      });
      await machine.screenShows(/Memory\s+:\s+64MB/);
      await machine.screenShows(/Test #2/);
      expect(machine.screen()).toMatch(/Errors: 0\b/);
    },
    LIMIT_MS,
  );
});
