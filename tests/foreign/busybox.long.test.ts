/** busybox's own tests of busybox: Breenix must do what Linux does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '../../build/build.ts';
import { makeImageVariant } from '../harness/image-variant.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { waitForPrompt } from '../system/suite.ts';
import { command, count, differences, parseVerdicts, runOnLinux, suiteFiles } from './busybox.ts';
import { DOCUMENTED_DIFFERENCES } from './busybox-differences.ts';

let folder = '';
beforeAll(async () => {
  await build(['kernel', 'userland', 'image']);
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-busybox-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('gives the same results on Breenix as on Linux but for documented ones', async () => {
  const image = path.join(folder, 'image');
  const files = new Map(suiteFiles().map(({ path: at, content, mode }) => [at, { content, mode }] as const));
  makeImageVariant(image, { files });
  const guest = await startQemuGuest({ image, firmware: 'bios', memoryMiB: 256, discardWrites: true });
  try {
    await waitForPrompt(guest);
    const { output } = await guest.console.run(`${command} 2>/dev/null </dev/null`, 20 * 60_000);
    const breenix = parseVerdicts(output);
    const linux = runOnLinux();
    process.stdout.write(
      `busybox's tests: ${count(breenix, 'PASS')} passed, ${count(breenix, 'FAIL')} failed on Breenix; ` +
        `${count(linux, 'PASS')} passed, ${count(linux, 'FAIL')} failed on Linux\n`,
    );
    expect(linux.size).toBeGreaterThan(700);
    const undocumented = differences(breenix, linux).filter(
      (line) => !DOCUMENTED_DIFFERENCES.some((known) => line.startsWith(known.test)),
    );
    expect(undocumented).toEqual([]);
  } finally {
    await guest.kill();
  }
});
