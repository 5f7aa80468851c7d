/** Every opcode with every prefix and form of operand: it exists here if it exists on the real processor. */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEmulator } from '../../build/emulator.ts';
import * as F from './case-format.ts';
import { recordView } from './compare.ts';
import { EmulatedProcessor } from './emulated.ts';
import type { Mode } from './generator.ts';
import { nativeObstacle, runNative } from './native.ts';
import { allEncodings, type Encoding, encodingCase, vexEncodings } from './opcodes.ts';

const BATCH = 4000;
const UD_VECTOR = 6;

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

describe.skipIf(nativeObstacle() !== null)('encodings, as the real processor knows them', () => {
  let emulated: EmulatedProcessor;
  beforeAll(async () => {
    await buildEmulator({ built: () => undefined, warn: () => undefined });
    emulated = await EmulatedProcessor.create();
  });

  const kinds: readonly { name: string; list: (mode: Mode) => Encoding[]; least: number }[] = [
    { name: 'opcodes and prefixes', list: allEncodings, least: 70_000 },
    { name: 'VEX prefixes', list: vexEncodings, least: 40_000 },
  ];
  const runs = kinds.flatMap((kind) =>
    (['64-bit', 'compatibility'] as const).map((mode) => ({ ...kind, mode })),
  );

  it.each(runs.filter(({ list, mode }) => list(mode).length > 0))(
    '$name, $mode',
    ({ list, least, mode }) => {
      const encodings = list(mode);
      expect(encodings.length).toBeGreaterThan(least);
      const wrong: string[] = [];
      for (let first = 0; first < encodings.length; first += BATCH) {
        const batch = encodings.slice(first, first + BATCH);
        const records = new Uint8Array(batch.length * F.RECORD_SIZE);
        batch.forEach((encoding, i) => {
          records.set(encodingCase(encoding), i * F.RECORD_SIZE);
        });
        const native = runNative(records);
        const ours = emulated.run(records);
        batch.forEach(({ bytes }, i) => {
          const real = recordView(native, i).getUint32(F.AT_VECTOR, true);
          const mine = recordView(ours, i).getUint32(F.AT_VECTOR, true);
          if ((real === UD_VECTOR) !== (mine === UD_VECTOR))
            wrong.push(`${hex(bytes)}: vector ${real}, ours ${mine}`);
        });
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );
});
