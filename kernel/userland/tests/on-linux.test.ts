/**
 * The ring-3 tests, run by Linux: what they expect of a kernel is what Linux does. Those that use Breenix's own gate
 * (INT 0x80), those that need files of its disk image, its screen or its /bin/sh, and those that count or exhaust the machine's memory, which a host
 * full of other programs does not keep still, are left to the system tests.
 */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run, TESTS } from '../testing/on-host.ts';

const ONLY_ON_BREENIX = [
  'syscall_gate',
  'int80_registers',
  'malformed_elf',
  'run_all',
  'cow',
  'shell_language',
  'out_of_memory',
  'memory_returns',
  'login',
  'screen',
];
/** They run /bin/hello_time, which speaks INT 0x80; here they get another program. */
const WITH_PROGRAM = ['fork_exec', 'multiple_processes'];

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !ONLY_ON_BREENIX.includes(name));

beforeAll(buildForHost, BUILD_TIMEOUT_MS);

describe('on Linux', () => {
  it.each(names)('%s', { timeout: 60_000 }, (name) => {
    const outcome = run(`tests/${name}`, WITH_PROGRAM.includes(name) ? ['/bin/true'] : []);
    // A program may hold several tests, each with its marker.
    expect(outcome.stdout).toMatch(/TEST_MARKER: \w+ OK\n/);
    expect(outcome.stdout).not.toMatch(/TEST_MARKER: \w+ FAIL/);
    expect(outcome.status).toBe(0);
  });

  it('run_all counts, and says what failed', () => {
    const outcome = run('tests/run_all', [TESTS, 'format', 'no_such_test', 'heap']);
    expect(outcome.status).toBe(1);
    expect(outcome.stdout).toMatch(/TEST_MARKER: no_such_test FAIL exit status 127; [^\n]+\n/);
    expect(outcome.stdout).toMatch(/TESTS: 2 passed, 1 failed\n$/);
    expect(run('tests/run_all', [TESTS, 'format'])).toMatchObject({ status: 0 });
  });
});
