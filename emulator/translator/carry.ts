/**
 * Where CF must be at hand. INC and DEC keep it, and GCC uses them in the loops of 32-bit code: at a loop's header the
 * flags depend on the path, and computing CF there would take a call in every round. So each way to such a block puts
 * CF into a local (`Flags.holdCarry`), which the way round the loop mostly does in one comparison or none.
 *
 * - Only a matter of speed: a block that is not named here computes CF when it needs it.
 */
import type { Block } from './discover.ts';
import type { MicroOp } from './micro-op.ts';

const PAIR_BELOW = 1;
const PAIR_BELOW_EQUAL = 3;

/** By the beginning of the handler's name: those that need the CF from before. */
const READERS = ['inc', 'dec', 'adc', 'sbb', 'rcl', 'rcr', 'cmc'];
/** And those behind which it is another one, or in memory. */
const KEEPERS = [
  'mov',
  'lea',
  'nop',
  'xchg',
  'bswap',
  'cbw',
  'cwd',
  'not',
  'push',
  'pop',
  'leave',
  'cvt',
  'mulx',
  'rorx',
  'sarx',
  'shlx',
  'shrx',
  'pdep',
  'pext',
];

function startsWith(handler: string, list: readonly string[]): boolean {
  return list.some((name) => handler.startsWith(name));
}

function readsCarry(condition: number): boolean {
  const pair = condition >> 1;
  return pair === PAIR_BELOW || pair === PAIR_BELOW_EQUAL;
}

/** Whether a micro-op needs CF (true), makes another one (false), or neither (null). */
function need(op: MicroOp): boolean | null {
  const { handler } = op;
  if (handler.startsWith('jcc')) return readsCarry(Number(handler.slice(3))) ? true : null;
  if (handler === 'cmov' || handler === 'setcc') return readsCarry(op.target & 15) ? true : null;
  if (startsWith(handler, READERS)) return true;
  return handler === 'jmpJ' || handler === 'jmpE' || startsWith(handler, KEEPERS) ? null : false;
}

/** The blocks of `joints` at whose beginning CF is needed. */
export function carryWanted(
  blocks: ReadonlyMap<number, Block>,
  successors: ReadonlyMap<number, readonly number[]>,
  joints: ReadonlySet<number>,
): ReadonlySet<number> {
  const own = new Map<number, boolean | null>();
  for (const offset of successors.keys()) {
    const needs = blocks.get(offset)?.ops.map(need) ?? [];
    own.set(offset, needs.find((answer) => answer !== null) ?? null);
  }
  const wanted = new Set<number>();
  for (let changed = true; changed;) {
    changed = false;
    for (const [offset, answer] of own) {
      if (wanted.has(offset) || answer === false) continue;
      if (answer === null && !(successors.get(offset) ?? []).some((to) => wanted.has(to))) continue;
      wanted.add(offset);
      changed = true;
    }
  }
  return new Set([...wanted].filter((offset) => joints.has(offset)));
}
