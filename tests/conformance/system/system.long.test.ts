/**
 * The long run of the system cases: SYSTEM_CASES of each family (default 10,000) from SYSTEM_SEED against QEMU's TCG;
 * prints how many ran and which rows of leniencies.ts covered differences.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEmulator } from '../../../build/emulator.ts';
import { nativeObstacle } from '../native.ts';
import { SYSTEM_FAMILIES } from './families/index.ts';
import { EmulatedReference } from './references/emulated.ts';
import { qemuObstacle, QemuReference } from './references/qemu.ts';
import { runFamily } from './session.ts';

const CASES = Number(process.env['SYSTEM_CASES'] ?? 10_000);
const SEED = Number(process.env['SYSTEM_SEED'] ?? 1);
const SHOWN = 5;
const TIMEOUT_MS = 3600_000;

describe.skipIf((nativeObstacle() ?? qemuObstacle()) !== null)('system instructions (long)', () => {
  let ours: EmulatedReference;
  beforeAll(async () => {
    await buildEmulator({ built: () => undefined, warn: () => undefined });
    ours = await EmulatedReference.create();
  });

  it.each(SYSTEM_FAMILIES)(
    '$name, as QEMU runs them',
    async (family) => {
      const { cases, covered, failures } = await runFamily(ours, new QemuReference(), family, SEED, CASES);
      const rows = [...covered].map(([name, count]) => `${name} ${count}`).join(', ');
      console.log(`${family.name}: ${cases} cases, ${failures.length} differ; covered: ${rows}`);
      expect(failures.slice(0, SHOWN).join('\n\n')).toBe('');
    },
    TIMEOUT_MS,
  );
});
