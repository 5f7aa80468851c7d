/**
 * Debian's Linux, saved in the middle of its boot: in a deterministic machine both futures are the same to the
 * instruction; under the translator, which follows the host's time, the restored one comes to its shell and works.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { loadFirmware } from '../../electron/services/firmware.ts';
import { recordedMachine, savedState, stateSource } from '../../emulator/machine/saved/testing.ts';
import type { Machine, MachineConfig } from '../../emulator/machine/types.ts';
import { BUSYBOX_PROMPT, busyboxRamDisk, debianKernel } from '../harness/debian-linux.ts';
import { ForeignMachine, memoryMedium } from './foreign-machine.ts';

const MIB = 1024 * 1024;
/** Saving or restoring 512 MiB of mostly idle memory. */
const MOST_SECONDS = 2;

const machines: Pick<Machine, 'dispose'>[] = [];
afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose();
});

function config(memoryMib: number): MachineConfig {
  const linux = debianKernel('linux-image-amd64');
  return {
    memoryBytes: memoryMib * MIB,
    firmware: loadFirmware('bios'),
    drives: [{ slot: 'ide0-master', kind: 'disk', medium: memoryMedium(new Uint8Array(4 * MIB).fill(5)) }],
    linux: {
      kernel: readFileSync(linux.kernel),
      initrd: busyboxRamDisk(linux, ['ata_piix', 'sd_mod']),
      commandLine: 'console=ttyS0',
    },
    log: () => undefined,
  };
}

describe('Linux, saved while it boots', () => {
  it('has the same future to the instruction', async () => {
    const deterministic = { nsPerInstruction: 10, startUnixMs: 1_700_000_000_000 };
    const make = async () => {
      const made = await recordedMachine({ ...config(256), deterministic });
      machines.push(made.machine);
      return made;
    };
    let first = await make();
    // Decompressing, early in the kernel, while drivers look for disks, in the shell's programs.
    for (const count of [200_000_000n, 700_000_000n, 1_300_000_000n, 1_900_000_000n]) {
      await first.runTo(count);
      const state = savedState(first.machine);
      const spoken = first.serial().length;
      const second = await make();
      await second.machine.restore(stateSource(state));
      const later = count + 250_000_000n;
      await first.runTo(later);
      await second.runTo(later);
      expect(second.machine.statistics.instructions).toBe(first.machine.statistics.instructions);
      expect(second.registers()).toEqual(first.registers());
      expect(second.serial()).toBe(first.serial().slice(spoken));
      expect(savedState(second.machine).equals(savedState(first.machine))).toBe(true);
      // The next stage is saved in the machine that was restored: errors would add up.
      first.machine.dispose();
      first = second;
    }
  });

  it('comes to its shell under the translator, wherever it was saved', async () => {
    const whole = await recordedMachine(config(512));
    machines.push(whole.machine);
    const states: Buffer[] = [];
    const seconds: number[] = [];
    const timed = <T>(action: () => T): T => {
      const before = process.cpuUsage();
      const result = action();
      const { user, system } = process.cpuUsage(before);
      seconds.push((user + system) / 1e6);
      return result;
    };
    for (const count of [150_000_000n, 800_000_000n, 1_600_000_000n]) {
      await whole.runTo(count);
      states.push(timed(() => savedState(whole.machine)));
    }
    for (const state of states) {
      const before = process.cpuUsage();
      const guest = await ForeignMachine.restored(config(512), state);
      const { user, system } = process.cpuUsage(before);
      seconds.push((user + system) / 1e6);
      machines.push(guest);
      await guest.serialShows(BUSYBOX_PROMPT);
      const sum = guest.serialShows('sectors=8192 sum=');
      guest.type('echo sectors=$(cat /sys/block/sda/size) sum""=$(sha256sum < /dev/sda)\r');
      await sum;
      guest.type('poweroff -f\r');
      await guest.powersOff();
    }
    console.log('processor seconds to save and to restore:', seconds.map((s) => s.toFixed(2)).join(' '));
    for (const spent of seconds) expect(spent).toBeLessThan(MOST_SECONDS);
  });
});
