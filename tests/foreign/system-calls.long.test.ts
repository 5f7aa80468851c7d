/** Five million random system calls in one boot: no panic, no hang, no leak. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from '../../build/build.ts';
import { makeImageVariant } from '../harness/image-variant.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { waitForPrompt } from '../system/suite.ts';

const CALLS = 5_000_000;

let folder = '';
beforeAll(async () => {
  await build(['kernel', 'userland', 'image']);
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-fuzz-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it(`survives ${CALLS} random system calls with the memory it had before`, async () => {
  const image = path.join(folder, 'image');
  // Quiet: a line for every worker that dies would be most of the work.
  makeImageVariant(image, { kernelArguments: ['loglevel=3'] });
  const guest = await startQemuGuest({ image, firmware: 'bios', memoryMiB: 256, discardWrites: true });
  try {
    await waitForPrompt(guest);
    const { status, output } = await guest.console.run(`/tests/c/syscall_fuzz ${CALLS}`, 28 * 60_000);
    expect(output).toContain('TEST_MARKER: fuzz_leaves_nothing_behind OK');
    expect(status).toBe(0);
    const after = await guest.console.run('/tests/c/libc_basics', 30_000);
    expect(after.status).toBe(0);
  } finally {
    await guest.kill();
  }
});
