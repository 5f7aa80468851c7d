import { describe, expect, it } from 'vitest';
import type { Guest } from '../harness/guest.ts';
import { GuestTimeoutError, SerialConsole } from '../harness/serial-console.ts';
import { runSharedBoot, type Step } from './shared-boot.ts';

interface Boots {
  readonly started: number;
  readonly killed: number;
}

/** Runs steps that do what their names say; resolves to name and failure of each result. */
async function run(
  names: readonly string[],
  says = 'breenix:~# ',
): Promise<Boots & { readonly results: readonly (readonly [string, string | null])[]; pictures: string[] }> {
  let started = 0;
  let killed = 0;
  const pictures: string[] = [];
  const boot = (): Promise<Guest> => {
    started++;
    const console = new SerialConsole(() => undefined);
    console.receive(Buffer.from(says));
    if (says === '') console.end('it fell over');
    return Promise.resolve({
      machine: 'qemu',
      console,
      log: [],
      typeKeys: () => Promise.resolve(),
      pressPowerButton: () => Promise.resolve(),
      waitForEvent: () => Promise.resolve(),
      screenshot: () => Promise.resolve(Buffer.alloc(0)),
      kill: () => {
        killed++;
        return Promise.resolve();
      },
    });
  };
  const step = (name: string): Step => ({
    category: 'System',
    name,
    run: () => {
      if (name.startsWith('hangs')) return Promise.reject(new GuestTimeoutError('no answer'));
      return name.startsWith('fails') ? Promise.reject(new Error('wrong')) : Promise.resolve([]);
    },
  });
  const results = await runSharedBoot('qemu', names.map(step), {
    boot,
    after: ({ name, hung }) => {
      if (hung) pictures.push(name);
      return Promise.resolve();
    },
  });
  return { started, killed, pictures, results: results.map(({ name, failure }) => [name, failure] as const) };
}

const booted = ['boots to the prompt', null] as const;

describe('runSharedBoot', () => {
  it('runs all steps in one boot, also after one that failed', async () => {
    const { started, killed, results } = await run(['one', 'fails', 'two']);
    expect(results).toEqual([booted, ['one', null], ['fails', 'wrong'], ['two', null]]);
    expect([started, killed]).toEqual([1, 1]);
  });

  it('boots anew after a guest has stopped answering, and keeps its picture', async () => {
    const { started, killed, results, pictures } = await run(['one', 'hangs', 'two']);
    expect(results).toEqual([booted, ['one', null], ['hangs', 'no answer'], booted, ['two', null]]);
    expect([started, killed]).toEqual([2, 2]);
    expect(pictures).toEqual(['hangs']);
  });

  it('gives up after two that have stopped answering: the rest has failed', async () => {
    const { started, killed, results } = await run(['hangs', 'hangs too', 'one']);
    expect(results).toEqual([
      booted,
      ['hangs', 'no answer'],
      booted,
      ['hangs too', 'no answer'],
      ['one', 'not run: see what failed before it'],
    ]);
    expect([started, killed]).toEqual([2, 2]);
  });

  it('fails all steps of a machine that does not boot', async () => {
    const { killed, results } = await run(['one', 'two'], '');
    expect(results.map(([name]) => name)).toEqual(['boots to the prompt', 'one', 'two']);
    expect(results.every(([, failure]) => failure !== null)).toBe(true);
    expect(killed).toBe(1);
  });

  it('boots nothing when there is nothing to run', async () => {
    expect(await run([])).toMatchObject({ started: 0, results: [] });
  });
});
