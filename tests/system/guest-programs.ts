/**
 * The ring-3 test programs: one run of /tests/run_all in the shared boot; each TEST_MARKER line that it prints
 * is a result.
 */
import type { Guest } from '../harness/guest.ts';
import type { Category, Result } from './suite.ts';

/** The whole of run_all hangs; each of its tests has a time-out of its own. */
const runAllTimeoutMs = 600_000;

/** Words in a test's name that say what it is about; the first that fits counts. */
const categoryWords: readonly (readonly [RegExp, Category])[] = [
  [/page|memory|mmap|brk|cow|stack|isolation|mprotect|kernel_|bad_pointer/, 'Memory'],
  [/time|sleep|clock|yield|fair|uptime/, 'Timer'],
  [/gate|fault|opcode|divide|privileged|register|interrupt|xmm|signal/, 'Interrupts'],
  [/log|dmesg/, 'Logging'],
];

function categoryOf(name: string): Category {
  return categoryWords.find(([words]) => words.test(name))?.[1] ?? 'System';
}

export interface Marker {
  readonly name: string;
  readonly failure: string | null;
}

/** A marker stands at the beginning of a line, or is the message of a line of the kernel's log. */
const markerLine = /^(?:\[ *\d+\.\d+\] \w+: )?TEST_MARKER: (.+?)\r?$/gm;

/** Reads the marker lines of docs/internals/contracts.md out of what a guest printed. */
export function parseMarkers(output: string): readonly Marker[] {
  return Array.from(output.matchAll(markerLine), ([, text = '']): Marker => {
    if (text === 'SYSCALL_OK') return { name: 'syscall_gate_marker', failure: null };
    const match = /^(\S+) (OK|FAIL)\b ?(.*)$/.exec(text);
    if (match === null) return { name: text, failure: 'a malformed TEST_MARKER line' };
    const [, name = '', verdict, detail = ''] = match;
    return { name, failure: verdict === 'OK' ? null : detail || 'no reason given' };
  });
}

/** Runs them all and turns what they print into results, with one more for the final count itself. */
export async function runGuestPrograms(guest: Guest): Promise<readonly Result[]> {
  const started = performance.now();
  const { status, output } = await guest.console.run('/tests/run_all', runAllTimeoutMs);
  const seconds = (performance.now() - started) / 1000;
  const markers = parseMarkers(output);
  const failed = markers.filter((marker) => marker.failure !== null).length;
  const last = /^TESTS: (\d+) passed, (\d+) failed$/m.exec(output);
  const agrees = last !== null && Number(last[2]) === 0 && status === 0 && failed === 0 && markers.length > 0;
  const results = markers.map(({ name, failure }): Result => ({
    category: categoryOf(name),
    name,
    machine: guest.machine,
    seconds: 0,
    failure,
  }));
  const summary: Result = {
    category: 'System',
    name: 'run_all ends with no failure',
    machine: guest.machine,
    seconds,
    failure: agrees
      ? null
      : `status ${status}, ${last?.[0] ?? `no final line; it said last: ${output.slice(-300)}`}`,
  };
  return [...results, summary];
}
