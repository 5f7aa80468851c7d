/** One test made: what it throws becomes a failure. */
import type { MachineName } from '../harness/guest.ts';
import { GuestTimeoutError } from '../harness/serial-console.ts';
import type { Result } from './suite.ts';

/** A result, and whether the guest had stopped answering. */
export interface Attempt extends Result {
  readonly hung: boolean;
}

/** Runs `body` and turns what it throws into a failure. */
export async function attempt(
  test: Pick<Result, 'category' | 'name' | 'machine'>,
  body: () => Promise<void>,
): Promise<Attempt> {
  const started = performance.now();
  let failure: string | null = null;
  let hung = false;
  try {
    await body();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    hung = error instanceof GuestTimeoutError;
  }
  const seconds = (performance.now() - started) / 1000;
  return { category: test.category, name: test.name, machine: test.machine, seconds, failure, hung };
}

/** The result of a test that would only wait for its time-out. */
export function notRun({ category, name }: Pick<Result, 'category' | 'name'>, machine: MachineName): Result {
  return { category, name, machine, seconds: 0, failure: 'not run: see what failed before it' };
}
