/** Runs the same random code in the interpreter and in the translator, and says where they differ. */
import { Guest } from '../../cpu/testing/guest.ts';
import { CodeGenerator, type CodeMode, DATA, Random } from './random-code.ts';
import { FlowGenerator } from './random-flow.ts';

const COMPARED_BYTES = 0x2004;
const STACK = 0x6000;
const LENGTH = 24;
const TIMES = 60;
const VISITS = 1500;

/** What kinds of random programs there are: straight loops, or blocks that jump and call in all directions. */
export type ProgramKind = 'loop' | 'flow';

function program(kind: ProgramKind, mode: CodeMode, random: Random): Uint8Array {
  if (kind === 'flow') return new FlowGenerator(random, mode).program(VISITS);
  return new CodeGenerator(random, mode).loop(LENGTH, TIMES);
}

export interface Comparison {
  readonly instructions: bigint;
  readonly regions: number;
  readonly checks: number;
}

function start(guest: Guest, mode: CodeMode, code: Uint8Array): void {
  const hex = Buffer.from(code).toString('hex');
  new Uint8Array(guest.view.buffer, guest.view.byteOffset + DATA, COMPARED_BYTES).fill(0x5a);
  if (mode === 'long') guest.startLong(hex);
  else if (mode === 'real') guest.startReal(hex);
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

interface Trio {
  readonly plain: Guest;
  readonly translated: Guest;
  readonly checked: Guest;
}

/** The translator loses interest in a page whose code changes all the time: begin anew before it does. */
const LOOPS_PER_GUEST = 30;

async function makeGuests(): Promise<Trio> {
  const options = { samplePeriod: 150, threshold: 1 };
  return {
    plain: await Guest.create(),
    translated: await Guest.create({ translator: options }),
    checked: await Guest.create({ translator: { ...options, checkEvery: 1 } }),
  };
}

/** Runs one program in all three; returns the instructions of one. */
function compareProgram(
  { plain, translated, checked }: Trio,
  kind: ProgramKind,
  mode: CodeMode,
  seed: number,
): bigint {
  const code = program(kind, mode, new Random(seed * 7919 + 1));
  const [own, other] = [plain, translated].map((guest) => {
    const before = guest.vcpu.instructionCount;
    start(guest, mode, code);
    guest.finish();
    return guest.vcpu.instructionCount - before;
  });
  start(checked, mode, code);
  checked.finish();
  const found = differences(plain, translated);
  if (own !== other) found.push(`${String(other)} instructions instead of ${String(own)}`);
  if (found.length > 0) {
    const hex = Buffer.from(code).toString('hex');
    throw new Error(`${kind}, ${mode}, seed ${seed}: ${found.join(', ')}\n${hex}`);
  }
  return own ?? 0n;
}

/** Compares `instructions` of random code from `seed` on; throws with the code at the first difference. */
export async function compareRandom(
  kind: ProgramKind,
  mode: CodeMode,
  seed: number,
  instructions: bigint,
): Promise<Comparison> {
  let done = 0n;
  let regions = 0;
  let checks = 0;
  for (let number = seed; done < instructions;) {
    const guests = await makeGuests();
    for (let i = 0; i < LOOPS_PER_GUEST && done < instructions; i++)
      done += compareProgram(guests, kind, mode, number++);
    regions += guests.translated.vcpu.translatorStatistics?.regions ?? 0;
    checks += guests.checked.vcpu.translatorChecks.runs;
  }
  return { instructions: done, regions, checks };
}
