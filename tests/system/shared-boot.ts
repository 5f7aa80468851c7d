/** The steps that share one boot of a machine, one after the other. */
import type { Guest, MachineName } from '../harness/guest.ts';
import { attempt, notRun, type Attempt } from './attempt.ts';
import { waitForPrompt, type Category, type Result } from './suite.ts';

/** Guests that may stop answering before the rest of the tests is given up. */
export const MAX_HANGS = 2;

/** A test; it may have more results than its own. */
export interface Step {
  readonly category: Category;
  readonly name: string;
  readonly run: (guest: Guest) => Promise<readonly Result[]>;
}

/** What the steps need of the outside. */
export interface SharedBootHost {
  readonly boot: () => Promise<Guest>;
  /** Called after the boot and after each step; never rejects. */
  readonly after: (result: Attempt, guest: Guest | null) => Promise<void>;
}

/**
 * One boot for all steps. A guest that stops answering is replaced by a new one, so that one hang is one failure; after
 * MAX_HANGS of them the rest is not run: each would only wait for its time-out.
 */
export async function runSharedBoot(
  machine: MachineName,
  steps: readonly Step[],
  { boot, after }: SharedBootHost,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const shared: { guest: Guest | null } = { guest: null };
  let hangs = 0;
  try {
    for (const step of steps) {
      if (shared.guest === null) {
        const booted = await attempt({ category: 'Boot', name: 'boots to the prompt', machine }, async () => {
          shared.guest = await boot();
          await waitForPrompt(shared.guest);
        });
        results.push(booted);
        await after(booted, shared.guest);
        if (booted.failure !== null) break;
      }
      const guest = shared.guest;
      if (guest === null) break;
      const outcome: { more: readonly Result[] } = { more: [] };
      const result = await attempt({ ...step, machine }, async () => {
        outcome.more = await step.run(guest);
      });
      results.push(result, ...outcome.more);
      await after(result, guest);
      if (!result.hung) continue;
      await guest.kill();
      shared.guest = null;
      if (++hangs === MAX_HANGS) break;
    }
  } finally {
    await shared.guest?.kill();
  }
  const missing = steps.filter((step) => !results.some(({ name }) => name === step.name));
  return [...results, ...missing.map((step) => notRun(step, machine))];
}
