/** Runs seeded cases of a family on a reference and on our processor, and describes what differs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../random.ts';
import { SystemCase, type Environment } from './case.ts';
import { COMPATIBILITY, LONG, paged, pae, PROTECTED, REAL, VIRTUAL_8086 } from './environments.ts';
import type { SystemFamily } from './families/family.ts';
import * as F from './format.ts';
import { leniency } from './leniencies.ts';
import type { Reference } from './references/image.ts';
import { compareValues, describeDifference, resultView, valuesOf, type Difference } from './result.ts';

const BATCH = 1000;
const SHOWN = 12;

export interface FamilyResult {
  readonly cases: number;
  /** Differences that a row of leniencies.ts covers, by its name. */
  readonly covered: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
}

function disassemble(tested: SystemCase): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-case-'));
  try {
    const file = path.join(folder, 'code');
    writeFileSync(file, Buffer.from(tested.codeHex, 'hex'));
    const machine = { 16: 'i8086', 32: 'i386', 64: 'i386:x86-64' }[tested.environment.bits];
    const options = ['-D', '-b', 'binary', '-m', machine, '-M', 'intel', `--adjust-vma=${F.At.code}`, file];
    const run = spawnSync('objdump', options, { encoding: 'utf8' });
    return run.status === 0 ? run.stdout.split('\n').slice(7).join('\n').trimEnd() : '(no objdump)';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeCase(tested: SystemCase, index: number, differences: readonly Difference[]): string {
  const lines = differences.slice(0, SHOWN).map((difference) => `  ${describeDifference(difference)}`);
  return [`case ${index}, ${tested.environment.name}:`, disassemble(tested), ...lines].join('\n');
}

/** Cases of those environments that `trusted` has; all of the family's without it. */
export async function runFamily(
  ours: Reference,
  reference: Reference,
  family: SystemFamily,
  seed: number,
  count: number,
  trusted?: ReadonlySet<string>,
): Promise<FamilyResult> {
  const environments = family.environments.filter(({ name }) => trusted?.has(name) ?? true);
  const random = new Random(seed);
  const covered = new Map<string, number>();
  const failures: string[] = [];
  const total = environments.length === 0 ? 0 : count;
  for (let done = 0; done < total; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, total - done) }, () =>
      family.make(random, random.pick(environments)),
    );
    const bytes = cases.map((tested) => tested.bytes);
    const expected = await reference.run(bytes);
    const found = await ours.run(bytes);
    cases.forEach((tested, i) => {
      const there = valuesOf(resultView(expected, i));
      const here = valuesOf(resultView(found, i));
      const left = compareValues(there, here).filter((difference) => {
        const row = leniency(reference.name, tested, there, here, difference);
        if (row !== null) covered.set(row, (covered.get(row) ?? 0) + 1);
        return row === null;
      });
      if (left.length > 0) failures.push(describeCase(tested, done + i, left));
    });
  }
  return { cases: total, covered, failures };
}

const EVERYWHERE: readonly Environment[] = [
  REAL,
  VIRTUAL_8086,
  ...PROTECTED,
  ...LONG,
  ...COMPATIBILITY,
  ...[0, 3].flatMap((cpl) => [paged(cpl), pae(cpl)]),
];

/** Code, and the vector and RIP that it must end with: INC and INT, UD2, a division by zero. */
const KNOWN: readonly (readonly [code: string, vector: bigint, rip: number])[] = [
  ['cd2c', 0x2cn, F.At.code + 2],
  ['0f0b', 6n, F.At.code],
  ['31c9f7f1', 0n, F.At.code + 2],
];

/** The environments in which a reference gives answers that are known beforehand. */
export async function trustedEnvironments(
  reference: Reference,
  environments: readonly Environment[] = EVERYWHERE,
): Promise<ReadonlySet<string>> {
  const cases = environments.flatMap((environment) =>
    KNOWN.map(([code, vector, rip]) => {
      const tested = new SystemCase(environment).code(code);
      // INT n in virtual-8086 mode goes through with IOPL 3.
      tested.flags(0x3000n);
      return { tested, vector, rip };
    }),
  );
  const ram = await reference.run(cases.map(({ tested }) => tested.bytes));
  const trusted = new Set(environments.map(({ name }) => name));
  cases.forEach(({ tested, vector, rip }, i) => {
    const values = valuesOf(resultView(ram, i));
    const at = values.get('rip') ?? values.get('ip');
    if (values.get('vector') !== vector || at !== BigInt(rip)) trusted.delete(tested.environment.name);
  });
  return trusted;
}
