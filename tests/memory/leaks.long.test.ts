/**
 * Ten thousand processes with private, shared and attached memory, half of which execute another program: the memory of the
 * dead comes back (kernel/userland/tests/memory_returns.ts), with plenty of memory and with as little as boots.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../build/build.ts';
import { systemImage } from '../harness/image-variant.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { waitForPrompt } from '../system/suite.ts';

const ROUNDS = 10_000;
const TIMEOUT_MS = 10 * 60_000;

beforeAll(async () => {
  await build(['kernel', 'userland', 'image']);
});

describe('memory of the dead (long)', () => {
  it.each([256, 24])(
    'comes back, on %i MiB',
    async (memoryMiB) => {
      const guest = await startQemuGuest({
        image: systemImage,
        firmware: 'bios',
        memoryMiB,
        discardWrites: true,
      });
      try {
        await waitForPrompt(guest);
        const { output } = await guest.console.run(`/tests/memory_returns ${ROUNDS}`, TIMEOUT_MS);
        expect(output).toContain('TEST_MARKER: memory_returns OK');
      } finally {
        await guest.kill();
      }
    },
    TIMEOUT_MS,
  );
});
