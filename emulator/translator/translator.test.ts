/** The translator against the interpreter on random integer code; the long part is translator.long.test.ts. */
import { describe, expect, test } from 'vitest';
import { Guest } from '../cpu/testing/guest.ts';
import { compareRandom } from './testing/comparison.ts';
import { CODE_MODES, DATA, FLOW_MODES } from './testing/random-code.ts';

for (const mode of CODE_MODES) {
  test(`random code in ${mode} mode leaves the same state`, { timeout: 60_000 }, async () => {
    const result = await compareRandom('loop', mode, 1, 100_000n);
    expect(result.regions).toBeGreaterThan(20);
    expect(result.checks).toBeGreaterThan(100);
  });
}

for (const mode of FLOW_MODES) {
  test(`random jumps and calls in ${mode} mode leave the same state`, { timeout: 60_000 }, async () => {
    const result = await compareRandom('flow', mode, 1, 200_000n);
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

test('code that runs in slices shorter than the way between samples is translated', async () => {
  const guest = await Guest.create({ translator: { samplePeriod: 1000, threshold: 1 } });
  // ecx counts to 100000.
  guest.startLong('31c9 ffc1 81f9a0860100 75f6 f4');
  let slices = 0;
  while (guest.vcpu.run(100) === 'budget') slices++;
  expect(guest.register('rcx')).toBe(100_000n);
  expect(slices).toBeGreaterThan(1000);
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

describe('a page that translated code accesses again and again', () => {
  test('is read where it may not be written, and a write there faults', async () => {
    const guest = await Guest.create(HOT);
    // mov eax, [rsi]; mov edx, [rsi + 4], and behind the loop mov [rsi], eax
    guest.startLong('48c7c600000400 31c9 8b06 8b5604 ffc1 81f9e8030000 75f1 8906 f4');
    guest.setPageEntry(DATA, BigInt(DATA) | 5n);
    guest.view.setUint32(DATA, 0x12345678, true);
    guest.view.setUint32(DATA + 4, 0x9abcdef0, true);
    guest.finish();
    expect(guest.vector).toBe(14);
    expect(guest.register('rax')).toBe(0x12345678n);
    expect(guest.register('rdx')).toBe(0x9abcdef0n);
    expect(guest.register('rcx')).toBe(1000n);
    expect(guest.view.getUint32(DATA, true)).toBe(0x12345678);
    expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
  });

  test('does not stand for an address that is not canonical', async () => {
    const guest = await Guest.create(HOT);
    // mov eax, [rsp]; mov edx, [rsp + 8], of a page that may only be read; behind the loop rsp becomes what the TLB has for such a page
    // in the place of its address for writing. No exception can be delivered on such a stack.
    guest.startLong(
      '48bc0000040000000000 31c9 8b0424 8b542408 ffc1 81f9e8030000 75ef 48bc0010040000000080 ebe3',
    );
    guest.setPageEntry(DATA, BigInt(DATA) | 5n);
    expect(guest.finish()).toBe('triple-fault');
    expect(guest.register('rcx')).toBe(1000n);
    expect(guest.register('rsp')).toBe(0x8000000000041000n);
    expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
  });

  test('is left for the next one, also in the middle of an operand', async () => {
    const guest = await Guest.create(HOT);
    // rsi goes from DATA in steps of 6; each round adds 8 bytes up and counts in them: 1000 rounds cross a page.
    for (let at = 0; at < 0x2000; at += 4) guest.view.setUint32(DATA + at, at * 2654435761, true);
    guest.startLong('48c7c600000400 31c9 31c0 480306 48ff06 4883c606 ffc1 81f9e8030000 75ec f4');
    let sum = 0n;
    const copy = new DataView(
      guest.view.buffer.slice(guest.view.byteOffset + DATA, guest.view.byteOffset + DATA + 0x2000),
    );
    for (let i = 0; i < 1000; i++) {
      const value = copy.getBigUint64(i * 6, true);
      sum = BigInt.asUintN(64, sum + value);
      copy.setBigUint64(i * 6, BigInt.asUintN(64, value + 1n), true);
    }
    guest.finish();
    expect(guest.register('rax')).toBe(sum);
    for (let at = 0; at < 0x2000; at += 8)
      expect(guest.view.getBigUint64(DATA + at, true)).toBe(copy.getBigUint64(at, true));
  });

  test('is forgotten when INVLPG follows a change of its entry', async () => {
    const guest = await Guest.create(HOT);
    // Each round: inc [rsi]; exchange rdx with the page's entry at rdi; invlpg [rsi]; inc [rsi + 4].
    guest.startLong(
      '48c7c600000400 48c7c700920000 48c7c203100500 31c9 ff06 488717 0f013e ff4604 ffc1 81f9e8030000 75eb f4',
    );
    for (const at of [DATA, DATA + 4, 0x51000, 0x51004]) guest.view.setUint32(at, 0, true);
    guest.finish();
    expect(guest.register('rcx')).toBe(1000n);
    const counts = [DATA, DATA + 4, 0x51000, 0x51004].map((at) => guest.view.getUint32(at, true));
    expect(counts).toEqual([500, 500, 500, 500]);
  });
});

test('an access beyond the limit of its segment faults where it is made', async () => {
  const guest = await Guest.create(HOT);
  // DS up to 0x20ff; loop: mov eax, [ebx]; add ebx, 4; inc ecx; jmp loop
  guest.startProtected('b858000000 8ed8 31db 31c9 8b03 83c304 41 ebf8');
  guest.finish();
  expect(guest.vector).toBe(13);
  expect(guest.register('rbx')).toBe(0x2100n);
  expect(guest.register('rcx')).toBe(0x840n);
  expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
});

test('a push in real mode wraps in its segment', async () => {
  const guest = await Guest.create(HOT);
  // ss = 0x3000; loop: push cx; inc dx; loop: 50000 words, the stack pointer goes round more than once
  guest.startReal('b80030 8ed0 31e4 31d2 b950c3 51 42 e2fc f4');
  guest.finish(1_000_000);
  expect(guest.register('rdx')).toBe(50_000n);
  const last = 0x20000 - 100_000;
  expect(guest.register('rsp')).toBe(BigInt(last));
  expect(guest.view.getUint16(0x3fffe, true)).toBe(50_000 - 0x8000);
  expect(guest.view.getUint16(0x30000 + last, true)).toBe(1);
  expect(guest.vcpu.translatorStatistics?.fallbacks).toBe(0);
});
