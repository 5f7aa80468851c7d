/** Regions of several pages: they last, and they notice when one of their pages becomes another one. */
import { expect, test } from 'vitest';
import { Guest, PAGE_TABLE } from '../cpu/testing/guest.ts';

const HOT = { translator: { samplePeriod: 100, threshold: 1 } };
const SECOND = 0x1000;
const ROUNDS = 2000n;

function put(image: Uint8Array, offset: number, hex: string): void {
  image.set(Buffer.from(hex.replaceAll(' ', ''), 'hex'), offset);
}

const hexOf = (image: Uint8Array): string => Buffer.from(image).toString('hex');

test('a loop across a page border is one region', async () => {
  for (const mode of ['long', 'protected'] as const) {
    const guest = await Guest.create({ translator: {} });
    const image = new Uint8Array(0x1020).fill(0x90);
    // xor ecx, ecx; jmp FF0. There: four times add eax, 1, the third of which lies in both pages; then the loop's end.
    put(image, 0, '31c9 e9e90f0000');
    put(image, 0xff0, '81c001000000 81c001000000 81c001000000 81c001000000 ffc1 81f940420f00 0f85dafffffff4');
    if (mode === 'long') guest.startLong(hexOf(image));
    else guest.startProtected(hexOf(image));
    guest.finish(10_000_000);
    expect(guest.register('rcx')).toBe(1_000_000n);
    const { regions = 0, microOps = 0 } = guest.vcpu.translatorStatistics ?? {};
    // The loop has eight with the check of the second page, its half in one page has four.
    expect(microOps / regions).toBeGreaterThan(6);
  }
});

/** 2000 rounds over two pages, each of which adds 1 to eax; after 1000 of them `change` runs. */
function twoPages(change: string): Uint8Array {
  const image = new Uint8Array(0x3000);
  const length = change.replaceAll(' ', '').length / 2;
  const byte = (value: number): string => (value & 0xff).toString(16).padStart(2, '0');
  // xor ecx, ecx; xor eax, eax; 4: add eax, 1; jmp 1000
  put(image, 0, '31c9 31c0 83c001 e9f40f0000');
  // 10: cmp ecx, 1000; jne behind the change; the change; cmp ecx, 2000; jne 4; hlt
  put(image, 0x10, `81f9e8030000 75${byte(length)} ${change} 81f9d0070000 75${byte(4 - (0x20 + length))} f4`);
  // 1000: add eax, 1; inc ecx; jmp 10. What is to replace it adds 2.
  put(image, SECOND, '83c001 ffc1 e906f0ffff');
  put(image, 2 * SECOND, '83c002 ffc1 e906f0ffff');
  return image;
}

const changes = {
  'is written to': 'c604250210010002',
  // mov qword [the second page's entry], the third page; invlpg
  'is mapped elsewhere': `48c70425${Buffer.from(Uint32Array.of(PAGE_TABLE + 0x11 * 8).buffer).toString('hex')} 07200100 0f013c2500100100`,
} as const;

for (const [name, change] of Object.entries(changes)) {
  test(`a region's second page that ${name} runs as it is then`, async () => {
    const guest = await Guest.create(HOT);
    guest.startLong(hexOf(twoPages(change)));
    guest.finish();
    expect(guest.register('rcx')).toBe(ROUNDS);
    expect(guest.register('rax')).toBe(1000n * 2n + 1000n * 3n);
    expect(guest.vcpu.translatorStatistics?.regions).toBeGreaterThan(0);
  });
}
