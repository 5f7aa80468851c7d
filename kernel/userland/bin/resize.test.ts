/** resize on Breenix's own console, behind a pty of the host. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';
import { ScreenProgram } from '../testing/on-screen.ts';

let screen: ScreenProgram | null = null;

beforeAll(buildForHost, BUILD_TIMEOUT_MS);
afterEach(() => {
  screen?.close();
  screen = null;
});

describe('resize', () => {
  it('sets what the terminal answers, which stays as it was', async () => {
    screen = await ScreenProgram.start(
      'sh',
      ['-c', 'stty rows 0 cols 0; echo above; resize; stty size; stty | grep -c -- -icanon'],
      '/',
      50,
      12,
    );
    await screen.shows('above', 'COLUMNS=50;', 'LINES=12;', 'export COLUMNS LINES;', '12 50', '0');
  });

  it('says so when there is no terminal', () => {
    const outcome = run('bin/resize', ['x']);
    expect([outcome.status, outcome.stdout]).toEqual([1, '']);
    expect(outcome.stderr).toContain('extra operand');
  });
});
