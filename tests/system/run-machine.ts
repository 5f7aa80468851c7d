/** All tests on one machine. One boot serves the shared tests; the others boot a machine of their own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { startBreenixGuest } from '../harness/breenix-guest.ts';
import type { BootOptions, Guest, MachineName } from '../harness/guest.ts';
import { systemImage } from '../harness/image-variant.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { attempt, notRun } from './attempt.ts';
import { runGuestPrograms } from './guest-programs.ts';
import { ownBootTests } from './own-boot-tests.ts';
import { MAX_HANGS, runSharedBoot, type Step } from './shared-boot.ts';
import { sharedTests } from './shared-tests.ts';
import { type BootGuest, type Result } from './suite.ts';

export interface RunOptions {
  /** Names of tests to run; `programs` are the ring-3 test programs. */
  readonly filter: RegExp;
  /** Shows the serial lines as they come and keeps a picture of the screen after each test. */
  readonly visual: boolean;
}

const pictures = path.resolve(import.meta.dirname, '../../out/system-tests');
const startGuest: Readonly<Record<MachineName, (options: BootOptions) => Promise<Guest>>> = {
  qemu: startQemuGuest,
  breenix: startBreenixGuest,
};

function boot(machine: MachineName, options: Partial<BootOptions> = {}): Promise<Guest> {
  return startGuest[machine]({
    image: systemImage,
    firmware: 'bios',
    memoryMiB: 256,
    discardWrites: true,
    ...options,
  });
}

function announce({ machine, name, seconds, failure }: Result): void {
  process.stdout.write(
    `${failure === null ? 'ok  ' : 'FAIL'} ${machine}: ${name} (${seconds.toFixed(1)} s)\n`,
  );
}

async function keepPicture(guest: Guest, name: string): Promise<void> {
  const folder = path.join(pictures, guest.machine);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name.replaceAll(/\W+/g, '-')}.png`), await guest.screenshot());
}

function sharedSteps(filter: RegExp): readonly Step[] {
  const steps: Step[] = sharedTests
    .filter(({ name }) => filter.test(name))
    .map((test) => ({ ...test, run: (guest) => test.run(guest).then(() => []) }));
  if (filter.test('programs'))
    steps.push({ category: 'System', name: 'the ring-3 test programs run', run: runGuestPrograms });
  return steps;
}

function runShared(machine: MachineName, { filter, visual }: RunOptions): Promise<readonly Result[]> {
  return runSharedBoot(machine, sharedSteps(filter), {
    boot: async () => {
      const guest = await boot(machine);
      if (visual) guest.console.echoTo(process.stdout);
      return guest;
    },
    after: async (result, guest) => {
      announce(result);
      if (guest === null || !(visual || result.hung)) return;
      await keepPicture(guest, result.name).catch((error: unknown) => {
        // A machine that has ended has no screen; its test has said why.
        process.stderr.write(`no picture of '${result.name}': ${String(error)}\n`);
      });
    },
  });
}

async function runOwnBoots(machine: MachineName, { filter, visual }: RunOptions): Promise<readonly Result[]> {
  const results: Result[] = [];
  let hangs = 0;
  for (const test of ownBootTests) {
    if (!filter.test(test.name) || test.machines?.includes(machine) === false) continue;
    if (hangs === MAX_HANGS) {
      results.push(notRun(test, machine));
      continue;
    }
    const guests: Guest[] = [];
    const bootGuest: BootGuest = async (options) => {
      const guest = await boot(machine, options);
      if (visual) guest.console.echoTo(process.stdout);
      guests.push(guest);
      return guest;
    };
    const result = await attempt({ ...test, machine }, () => test.run(bootGuest, machine));
    announce(result);
    results.push(result);
    if (result.hung) hangs++;
    for (const guest of guests) await guest.kill();
  }
  return results;
}

export async function runMachine(machine: MachineName, options: RunOptions): Promise<readonly Result[]> {
  return [...(await runShared(machine, options)), ...(await runOwnBoots(machine, options))];
}
