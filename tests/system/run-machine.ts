/** All tests on one machine. One boot serves the shared tests; the others boot a machine of their own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { startBreenixGuest } from '../harness/breenix-guest.ts';
import type { BootOptions, Guest, MachineName } from '../harness/guest.ts';
import { systemImage } from '../harness/image-variant.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { runGuestPrograms } from './guest-programs.ts';
import { ownBootTests } from './own-boot-tests.ts';
import { sharedTests } from './shared-tests.ts';
import { waitForPrompt, type BootGuest, type Result } from './suite.ts';

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

async function keepPicture(guest: Guest, name: string): Promise<void> {
  const folder = path.join(pictures, guest.machine);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name.replaceAll(/\W+/g, '-')}.png`), await guest.screenshot());
}

/** Runs `body` and turns what it throws into a failure. */
async function attempt(
  test: Pick<Result, 'category' | 'name' | 'machine'>,
  body: () => Promise<void>,
): Promise<Result> {
  const started = performance.now();
  let failure: string | null = null;
  try {
    await body();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${failure === null ? 'ok  ' : 'FAIL'} ${test.machine}: ${test.name} (${seconds.toFixed(1)} s)\n`,
  );
  return { category: test.category, name: test.name, machine: test.machine, seconds, failure };
}

async function runShared(machine: MachineName, { filter, visual }: RunOptions): Promise<readonly Result[]> {
  const tests = sharedTests.filter(({ name }) => filter.test(name));
  const programs = filter.test('programs');
  if (tests.length === 0 && !programs) return [];
  const results: Result[] = [];
  const shared: { guest: Guest | null } = { guest: null };
  const booted = await attempt({ category: 'Boot', name: 'boots to the prompt', machine }, async () => {
    const guest = await boot(machine);
    shared.guest = guest;
    if (visual) guest.console.echoTo(process.stdout);
    await waitForPrompt(guest);
  });
  results.push(booted);
  const running = shared.guest;
  try {
    if (booted.failure !== null || running === null) return results;
    for (const test of tests) {
      results.push(await attempt({ ...test, machine }, () => test.run(running)));
      if (visual) await keepPicture(running, test.name);
    }
    if (programs) {
      const outcome: { results: readonly Result[] } = { results: [] };
      const all = await attempt(
        { category: 'System', name: 'the ring-3 test programs run', machine },
        async () => {
          outcome.results = await runGuestPrograms(running);
        },
      );
      results.push(all, ...outcome.results);
    }
    return results;
  } finally {
    await running?.kill();
  }
}

async function runOwnBoots(machine: MachineName, { filter, visual }: RunOptions): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const test of ownBootTests) {
    if (!filter.test(test.name) || test.machines?.includes(machine) === false) continue;
    const guests: Guest[] = [];
    const bootGuest: BootGuest = async (options) => {
      const guest = await boot(machine, options);
      if (visual) guest.console.echoTo(process.stdout);
      guests.push(guest);
      return guest;
    };
    results.push(await attempt({ ...test, machine }, () => test.run(bootGuest, machine)));
    for (const guest of guests) await guest.kill();
  }
  return results;
}

export async function runMachine(machine: MachineName, options: RunOptions): Promise<readonly Result[]> {
  return [...(await runShared(machine, options)), ...(await runOwnBoots(machine, options))];
}
