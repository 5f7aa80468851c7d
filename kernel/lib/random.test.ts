import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

describe('random numbers', () => {
  let kernel: KernelModule;
  beforeAll(async () => {
    kernel = await loadKernel(['lib/random.fixture.ts']);
  });

  it('computes the ChaCha20 block of RFC 8439 2.3.2', () => {
    const state = kernel.bytes(kernel.fn('wordsAt')(), 64);
    const view = new DataView(state.buffer, state.byteOffset, 64);
    [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574].forEach((w, i) => view.setUint32(i * 4, w, true));
    for (let i = 0; i < 32; i++) state[16 + i] = i;
    view.setUint32(48, 1, true);
    [0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0].forEach((b, i) => (state[52 + i] = b));
    kernel.fn('block')();
    const hex = Buffer.from(kernel.bytes(kernel.fn('outputAt')(), 64)).toString('hex');
    expect(hex.slice(0, 64)).toBe('10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e');
    expect(hex.slice(64)).toBe('d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e');
  });

  it('never repeats and looks even', () => {
    const seen = new Set<string>();
    const counts = new Uint32Array(256);
    for (let i = 0; i < 64; i++) {
      kernel.fn('fill')(4000);
      const bytes = Buffer.from(kernel.bytes(kernel.fn('outputAt')(), 4000));
      seen.add(bytes.toString('hex', 0, 32));
      for (const b of bytes) counts[b] = (counts[b] ?? 0) + 1;
    }
    expect(seen.size).toBe(64);
    for (const n of counts) expect(n).toBeGreaterThan(800);
  });
});
