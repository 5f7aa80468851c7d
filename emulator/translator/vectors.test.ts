/** SSE in the translator against the interpreter: random loops, and what must not be translated over. */
import { describe, expect, it } from 'vitest';
import { FPU_CONTROL, MXCSR, REGS, XMM } from '../cpu/layout.ts';
import { Guest } from '../cpu/testing/guest.ts';
import { DATA, Random } from './testing/random-code.ts';
import { VectorCode } from './testing/random-vectors.ts';

const HOT = { samplePeriod: 100, threshold: 1 };
const TIMES = 60;
const LENGTH = 12;
const BATCH = 30;
const BATCHES = 3;
const GP_VECTOR = 13;
const STATE_END = XMM + 256;

const hex = (code: Uint8Array): string => Buffer.from(code).toString('hex');

/** Registers, SSE state and data as text, one thing a line. */
function stateOf(guest: Guest): string[] {
  const view = new DataView(guest.vcpu.memory.buffer);
  const words: string[] = [`vector ${guest.vector}`, `mxcsr ${view.getUint32(MXCSR, true).toString(16)}`];
  for (const [name, value] of guest.vcpu.registers()) words.push(`${name} ${value.toString(16)}`);
  for (let at = FPU_CONTROL; at < STATE_END; at += 8)
    words.push(`state+${(at - REGS).toString(16)} ${view.getBigUint64(at, true).toString(16)}`);
  for (let at = DATA; at < DATA + 0x1000; at += 8)
    words.push(`memory ${at.toString(16)} ${guest.view.getBigUint64(at, true).toString(16)}`);
  return words;
}

function run(guest: Guest, code: Uint8Array, data: Uint8Array): string[] {
  guest.write(DATA, data);
  guest.startLong(hex(code));
  guest.finish();
  return stateOf(guest);
}

/** Compares some cases on new guests: a page whose code is replaced too often is not translated any more. */
async function compare(first: number, count: number): Promise<void> {
  const plain = await Guest.create();
  const translated = await Guest.create({ translator: HOT });
  const checked = await Guest.create({ translator: { ...HOT, checkEvery: 3 } });
  for (let seed = first; seed < first + count; seed++) {
    const generator = new VectorCode(new Random(seed * 7919 + 1));
    const data = generator.data(TIMES);
    const code = generator.loop(LENGTH);
    const right = run(plain, code, data);
    const found = run(translated, code, data);
    const wrong = found.flatMap((line, i) => (line === right[i] ? [] : [`${line}, not ${right[i] ?? ''}`]));
    expect({ seed, code: hex(code), wrong }).toEqual({ seed, code: hex(code), wrong: [] });
    run(checked, code, data);
  }
  const statistics = translated.vcpu.translatorStatistics;
  expect(statistics?.regions ?? 0).toBeGreaterThan(count / 2);
  // HLT, and CVTSI2SD of 64 bits.
  expect((statistics?.fallbacks ?? 0) / (statistics?.microOps ?? 1)).toBeLessThan(0.1);
}

describe('SSE in translated code', () => {
  it('leaves the same state as in the interpreter', { timeout: 120_000 }, async () => {
    const first = Number(process.env['TRANSLATOR_SEED'] ?? 1);
    const batches = Number(process.env['TRANSLATOR_BATCHES'] ?? BATCHES);
    for (let batch = 0; batch < batches; batch++) await compare(first + batch * BATCH, BATCH);
  });

  it('raises #GP for an aligned access off its boundary, with all before it done', async () => {
    const guest = await Guest.create({ translator: HOT });
    // 200 times: paddd xmm0, xmm0; movaps xmm1, [rsi]; add esi, 16; inc ecx. Then esi is 8 further.
    guest.write(DATA, new Uint8Array(0x1000).fill(1));
    guest.startLong(
      `be${hex(Uint8Array.of(DATA & 255, (DATA >> 8) & 255, DATA >> 16, 0))} 31c9 660fefc0
       660ffec0 0f280e 83c610 ffc1 81f9c8000000 72ec 83c608 ebe7`,
    );
    guest.finish();
    expect(guest.vector).toBe(GP_VECTOR);
    expect(guest.register('rcx')).toBe(200n);
    expect(guest.vcpu.translatorStatistics?.regions ?? 0).toBeGreaterThan(0);
  });
});
