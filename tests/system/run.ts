/**
 * The system tests: the same image and the same tests on QEMU and on our own machine, both at once, reported
 * side by side. One boot serves all shared tests; the others boot a machine of their own.
 *
 * Usage: node tests/system/run.ts [--machine qemu|breenix] [--filter REGEXP] [--visual]
 *   --visual  prints the serial lines as they come and keeps a screenshot of each test in out/system-tests/
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startBreenixGuest } from '../harness/breenix-guest.ts';
import type { BootOptions, Guest, MachineName } from '../harness/guest.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { runGuestPrograms } from './guest-programs.ts';
import { ownBootTests } from './own-boot-tests.ts';
import { formatReport, writeCounts } from './report.ts';
import { sharedTests } from './shared-tests.ts';
import { waitForPrompt, type BootGuest, type Result } from './suite.ts';

const root = path.resolve(import.meta.dirname, '../..');
const image = path.join(root, 'out/breenix.img');
const startGuest: Readonly<Record<MachineName, (options: BootOptions) => Promise<Guest>>> = {
  qemu: startQemuGuest,
  breenix: startBreenixGuest,
};

const { values } = parseArgs({
  options: {
    machine: { type: 'string' },
    filter: { type: 'string', default: '' },
    visual: { type: 'boolean', default: false },
  },
});
const filter = new RegExp(values.filter);

function boot(machine: MachineName, options: Partial<BootOptions> = {}): Promise<Guest> {
  return startGuest[machine]({ image, firmware: 'bios', memoryMiB: 256, discardWrites: true, ...options });
}

async function keepPicture(guest: Guest, name: string): Promise<void> {
  const folder = path.join(root, 'out/system-tests', guest.machine);
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

async function runShared(machine: MachineName): Promise<readonly Result[]> {
  const tests = sharedTests.filter(({ name }) => filter.test(name));
  const programs = filter.test('programs');
  if (tests.length === 0 && !programs) return [];
  const results: Result[] = [];
  const shared: { guest: Guest | null } = { guest: null };
  const booted = await attempt({ category: 'Boot', name: 'boots to the prompt', machine }, async () => {
    const guest = await boot(machine);
    shared.guest = guest;
    if (values.visual) guest.console.echoTo(process.stdout);
    await waitForPrompt(guest);
  });
  results.push(booted);
  const running = shared.guest;
  try {
    if (booted.failure !== null || running === null) return results;
    for (const test of tests) {
      results.push(await attempt({ ...test, machine }, () => test.run(running)));
      if (values.visual) await keepPicture(running, test.name);
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

async function runOwnBoots(machine: MachineName): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const test of ownBootTests) {
    if (!filter.test(test.name) || test.machines?.includes(machine) === false) continue;
    const guests: Guest[] = [];
    const bootGuest: BootGuest = async (options) => {
      const guest = await boot(machine, options);
      if (values.visual) guest.console.echoTo(process.stdout);
      guests.push(guest);
      return guest;
    };
    results.push(await attempt({ ...test, machine }, () => test.run(bootGuest, machine)));
    for (const guest of guests) await guest.kill();
  }
  return results;
}

const machines: readonly MachineName[] =
  values.machine === undefined
    ? ['qemu', 'breenix']
    : (['qemu', 'breenix'] as const).filter((name) => name === values.machine);
if (machines.length === 0) {
  process.stderr.write(`system tests: no machine '${String(values.machine)}'; give qemu or breenix\n`);
  process.exit(2);
}
if (!existsSync(image)) {
  process.stderr.write(`system tests: ${image} does not exist; 'npm run build' makes it\n`);
  process.exit(2);
}
const started = performance.now();
const results = (
  await Promise.all(
    machines.map(async (machine) => [...(await runShared(machine)), ...(await runOwnBoots(machine))]),
  )
).flat();
process.stdout.write(`\n${formatReport(results, machines)}\n`);
process.stdout.write(`system tests took ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
writeCounts(results);
process.exit(results.some(({ failure }) => failure !== null) || results.length === 0 ? 1 : 0);
