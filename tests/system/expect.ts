/** Small assertions whose messages say what the guest did. */
import type { Guest } from '../harness/guest.ts';

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Runs a command that must succeed, and gives its output. */
export async function succeed(guest: Guest, command: string, timeoutMs?: number): Promise<string> {
  const { status, output } = await guest.console.run(command, timeoutMs);
  check(status === 0, `'${command}' ended with status ${status} and said:\n${output}`);
  return output;
}

/** Runs a command that must end with this status, and whose output must match. */
export async function expectRun(
  guest: Guest,
  command: string,
  status: number,
  output: RegExp,
): Promise<void> {
  const result = await guest.console.run(command);
  check(
    result.status === status && output.test(result.output),
    `'${command}': expected status ${status} and ${String(output)}, got status ${result.status} and:\n${result.output}`,
  );
}
