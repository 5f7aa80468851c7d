/** Runs seeded batches of cases on both processors and gathers the differences. */
import * as F from './case-format.ts';
import { differences, recordView } from './compare.ts';
import type { EmulatedProcessor } from './emulated.ts';
import type { Group } from './families.ts';
import { makeCase, type Case } from './generator.ts';
import { runNative } from './native.ts';
import { Random } from './random.ts';
import { describeFailure } from './report.ts';

const BATCH = 2000;

export interface Failure {
  readonly tested: Case;
  readonly lines: readonly string[];
}

export interface SessionResult {
  readonly cases: number;
  /** How many instructions of the table ran in them, the one that faulted included. */
  readonly instructions: number;
  readonly failures: readonly Failure[];
}

/** A fault ends a sequence early; a jump is its last instruction. */
function executed({ record, starts }: Case, result: DataView): number {
  const offset = new DataView(record.buffer).getUint32(F.AT_CODE_OFFSET, true);
  const end = Number(BigInt.asIntN(48, result.getBigUint64(F.AT_RIP, true))) - F.CODE_BASE - offset;
  const inside = end >= 0 && end < F.CODE_MAX;
  return inside ? starts.filter((start) => start <= end).length : starts.length;
}

/** Runs `count` cases of a family; stops early after `maxFailures`. */
export function runSession(
  emulated: EmulatedProcessor,
  { forms, mode }: Group,
  seed: number,
  count: number,
  maxFailures = 20,
): SessionResult {
  const random = new Random(seed);
  const failures: Failure[] = [];
  let done = 0;
  let instructions = 0;
  while (done < count && failures.length < maxFailures) {
    const size = Math.min(BATCH, count - done);
    const cases = Array.from({ length: size }, () => makeCase(random, forms, mode));
    const records = new Uint8Array(size * F.RECORD_SIZE);
    cases.forEach((tested, i) => {
      records.set(tested.record, i * F.RECORD_SIZE);
    });
    const native = runNative(records);
    const ours = emulated.run(records);
    cases.forEach((tested, i) => {
      instructions += executed(tested, recordView(native, i));
      const lines = differences(tested, recordView(native, i), recordView(ours, i));
      if (lines.length > 0) failures.push({ tested, lines });
    });
    done += size;
  }
  return { cases: done, instructions, failures };
}

/** Failing cases with the shortest code first, one for each sequence of mnemonics. */
export function describeFailures(failures: readonly Failure[], limit = 5): string {
  const seen = new Set<string>();
  return [...failures]
    .sort((a, b) => a.tested.mnemonics.length - b.tested.mnemonics.length)
    .filter(({ tested }) => {
      const key = tested.mnemonics.join(' ');
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .slice(0, limit)
    .map(({ tested, lines }) => describeFailure(tested, lines))
    .join('\n\n');
}
