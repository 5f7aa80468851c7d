/** The translator against the interpreter on random integer code; the long part is translator.long.test.ts. */
import { expect, test } from 'vitest';
import { Guest } from '../cpu/testing/guest.ts';
import { compareRandom } from './testing/comparison.ts';

for (const mode of ['long', 'protected'] as const) {
  test(`random code in ${mode} mode leaves the same state`, { timeout: 60_000 }, async () => {
    const result = await compareRandom(mode, 1, 100_000n);
    expect(result.regions).toBeGreaterThan(20);
    expect(result.checks).toBeGreaterThan(100);
  });
}

const HOT = { translator: { samplePeriod: 100, threshold: 1 } };

test('a fault in translated code has the exact place and registers', async () => {
  const guest = await Guest.create(HOT);
  // ecx counts up to 1000 and then the loop reads where no page is.
  guest.startLong('31c9 48c7c300000400 ffc1 8b03 81f9e8030000 75f4 48c7c300000040 ebeb');
  guest.setPageEntry(0x40000, 0x40007n);
  guest.finish();
  expect(guest.vector).toBe(14);
  expect(guest.register('rcx')).toBe(1001n);
  expect(guest.register('cr2')).toBe(0x40000000n);
  expect(guest.view.getBigUint64(Number(guest.register('rsp')) + 8, true)).toBe(0x1000bn);
  expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
});

test('code that changes itself runs as it was written last', async () => {
  const guest = await Guest.create(HOT);
  // The immediate of `add eax, 1` becomes 2 after 1000 rounds, 1000 more follow.
  guest.startLong(`31c0 31c9 83c001 ffc1 81f9e8030000 7508 c604250600010002 81f9d0070000 75e3 f4`);
  guest.finish();
  expect(guest.register('rcx')).toBe(2000n);
  expect(guest.register('rax')).toBe(3000n);
});

test('code that keeps an interrupt waiting is translated', async () => {
  const guest = await Guest.create(HOT);
  // IF is clear; ecx counts to 100000.
  guest.startLong('31c9 ffc1 81f9a0860100 75f6 f4');
  guest.vcpu.setInterruptLine(true);
  guest.finish(2_000_000);
  expect(guest.register('rcx')).toBe(100_000n);
  expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
});

test('a function that a translated loop calls is translated too', async () => {
  const guest = await Guest.create({ translator: { samplePeriod: 200, threshold: 1 } });
  // A loop of 50000 rounds calls, through rbx, a function that is one block.
  guest.startLong('31c9 488d1d16000000 ffd3 81f950c30000 75f6 f4 9090909090909090909090 ffc1 c3');
  guest.finish(2_000_000);
  expect(guest.register('rcx')).toBe(50_000n);
  expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(1);
});

test('INC and DEC at the header of a loop keep the CF of every way there', async () => {
  const guest = await Guest.create(HOT);
  // clc; loop: inc edx; adc eax, 0; inc ecx; cmp ecx, 60000; je out; bt ecx, 0; jmp loop: CF is set every other time.
  guest.startLong('31c0 31c9 31d2 f8 ffc2 83d000 ffc1 81f960ea0000 7406 0fbae100 ebeb f4');
  guest.finish(2_000_000);
  expect(guest.register('rcx')).toBe(60_000n);
  expect(guest.register('rdx')).toBe(60_000n);
  expect(guest.register('rax')).toBe(30_000n);
  expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
});
