/**
 * System instructions in every mode on our processor and on QEMU's TCG, a short seeded run of every family; on /dev/kvm
 * in the modes in which it gives known answers (a nested or software KVM may not).
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEmulator } from '../../../build/emulator.ts';
import { nativeObstacle } from '../native.ts';
import { protectedMode } from './environments.ts';
import { SYSTEM_FAMILIES } from './families/index.ts';
import { EmulatedReference } from './references/emulated.ts';
import { KvmReference, kvmObstacle } from './references/kvm.ts';
import { qemuObstacle, QemuReference } from './references/qemu.ts';
import { runFamily, trustedEnvironments } from './session.ts';

const CASES = 150;
const SEED = 0x5eed;
const SHOWN = 5;
const TIMEOUT_MS = 120_000;

let ours: EmulatedReference;
describe.skipIf(nativeObstacle() !== null)('system instructions', () => {
  beforeAll(async () => {
    await buildEmulator({ built: () => undefined, warn: () => undefined });
    ours = await EmulatedReference.create();
  });

  it('end as they must in every mode here', async () => {
    expect((await trustedEnvironments(ours)).size).toBe(16);
  });

  it.skipIf(qemuObstacle() !== null).each(SYSTEM_FAMILIES)(
    '$name, as QEMU runs them',
    async (family) => {
      const { failures } = await runFamily(ours, new QemuReference(), family, SEED, CASES);
      expect(failures.slice(0, SHOWN).join('\n\n')).toBe('');
    },
    TIMEOUT_MS,
  );

  it.skipIf(kvmObstacle() !== null)(
    'as /dev/kvm runs them, where it can be trusted',
    async ({ skip }) => {
      const kvm = new KvmReference();
      // Without hardware behind it level 0 is emulated, and many instructions are not.
      const level0 = await trustedEnvironments(kvm, [protectedMode(0)]);
      if (level0.size === 0) skip('/dev/kvm does not run INT, UD2 and IRET at level 0 as a processor does');
      const trusted = await trustedEnvironments(kvm);
      const failures: string[] = [];
      for (const family of SYSTEM_FAMILIES)
        failures.push(...(await runFamily(ours, kvm, family, SEED, CASES, trusted)).failures);
      expect(failures.slice(0, SHOWN).join('\n\n')).toBe('');
    },
    10 * TIMEOUT_MS,
  );
});
