/** Runs the same random code in the interpreter and in the translator, and says where they differ. */
import { Guest } from '../../cpu/testing/guest.ts';
import { CodeGenerator, type CodeMode, DATA, Random } from './random-code.ts';

const COMPARED_BYTES = 0x1004;
const STACK = 0x6000;
const LENGTH = 24;
const TIMES = 60;

export interface Comparison {
  readonly instructions: bigint;
  readonly regions: number;
  readonly checks: number;
}

function start(guest: Guest, mode: CodeMode, code: Uint8Array): void {
  const hex = Buffer.from(code).toString('hex');
  new Uint8Array(guest.view.buffer, guest.view.byteOffset + DATA, COMPARED_BYTES).fill(0x5a);
  if (mode === 'long') guest.startLong(hex);
  else guest.startProtected(hex);
}

function differences(a: Guest, b: Guest): string[] {
  const found: string[] = [];
  const other = b.vcpu.registers();
  for (const [name, value] of a.vcpu.registers()) {
    const theirs = other.get(name) ?? 0n;
    if (value !== theirs) found.push(`${name} ${theirs.toString(16)} instead of ${value.toString(16)}`);
  }
  for (const [from, count] of [
    [DATA, COMPARED_BYTES],
    [STACK, 0x1000],
  ] as const) {
    for (let at = from; at < from + count; at++) {
      if (a.view.getUint8(at) !== b.view.getUint8(at)) {
        found.push(`memory ${at.toString(16)}`);
        break;
      }
    }
  }
  return found;
}

/** Compares `instructions` of random code from `seed` on; throws with the code at the first difference. */
export async function compareRandom(mode: CodeMode, seed: number, instructions: bigint): Promise<Comparison> {
  const options = { samplePeriod: 150, threshold: 1 };
  const plain = await Guest.create();
  const translated = await Guest.create({ translator: options });
  const checked = await Guest.create({ translator: { ...options, checkEvery: 1 } });
  let done = 0n;
  for (let number = seed; done < instructions; number++) {
    const code = new CodeGenerator(new Random(number * 7919 + 1), mode).loop(LENGTH, TIMES);
    const before = [plain, translated].map((guest) => guest.vcpu.instructionCount);
    for (const guest of [plain, translated, checked]) {
      start(guest, mode, code);
      guest.finish();
    }
    const counts = [plain, translated].map((guest, i) => guest.vcpu.instructionCount - (before[i] ?? 0n));
    const found = differences(plain, translated);
    if (counts[0] !== counts[1])
      found.push(`${String(counts[1])} instructions instead of ${String(counts[0])}`);
    if (found.length > 0) {
      const hex = Buffer.from(code).toString('hex');
      throw new Error(`${mode}, seed ${number}: ${found.join(', ')}\n${hex}`);
    }
    done += counts[0] ?? 0n;
  }
  return {
    instructions: done,
    regions: translated.vcpu.translatorStatistics?.regions ?? 0,
    checks: checked.vcpu.translatorStatistics?.checks ?? 0,
  };
}
