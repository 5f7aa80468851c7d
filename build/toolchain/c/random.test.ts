/** Random functions: our C against V8, results, traps and memory. */
import { describe, expect, it } from 'vitest';
import { type Call, runInV8, runNatively } from '../testing/native-runner.ts';
import { random, randomModule } from '../testing/random-functions.ts';
import { buildModule, type ModuleSpec } from '../testing/wasm-builder.ts';

const FUNCTIONS = 40;
const CALLS_PER_FUNCTION = 6;

function callsOf(spec: ModuleSpec, seed: number): Call[] {
  const next = random(seed ^ 0x5a5a);
  const interesting = [
    0n,
    1n,
    0xffff_ffffn,
    0x8000_0000n,
    0x3f80_0000n,
    0x7ff0_0000_0000_0000n,
    0x4010_0000_0000_0000n,
  ];
  return spec.functions
    .filter((f) => f.name.startsWith('e'))
    .flatMap((f) =>
      Array.from({ length: CALLS_PER_FUNCTION }, () => ({
        name: f.name,
        args: f.params.map((type) => {
          const pick =
            interesting[Math.floor(next() * 9)] ?? BigInt(Math.floor(next() * 2 ** 32)) * 0x1_0000_0001n;
          return BigInt.asUintN(type === 'u32' ? 32 : 64, pick);
        }),
      })),
    );
}

describe('random functions', () => {
  it.each(Array.from({ length: 12 }, (_, i) => [i + 1, i % 4 === 0 ? '-O0' : '-O2'] as const))(
    'seed %i gives what V8 gives, compiled with %s',
    (seed, optimize) => {
      const spec = randomModule(seed, FUNCTIONS);
      const calls = callsOf(spec, seed);
      const wasm = buildModule(spec);
      const v8 = runInV8(wasm, calls);
      const native = runNatively(wasm, calls, optimize);
      const wrong = calls.flatMap(({ name, args }, i) =>
        v8.outcomes[i] === native.outcomes[i]
          ? []
          : [
              `${name}(${args.map((a) => a.toString(16)).join(', ')}): ${v8.outcomes[i]} ${native.outcomes[i]}`,
            ],
      );
      expect(wrong).toEqual([]);
      expect(native.memory.equals(v8.memory)).toBe(true);
    },
  );

  it('reach results and every kind of trap', () => {
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const spec = randomModule(seed, FUNCTIONS);
      for (const o of runInV8(buildModule(spec), callsOf(spec, seed)).outcomes)
        kinds.add(o.startsWith('0x') ? 'result' : o);
    }
    expect([...kinds].sort()).toEqual(['result', 'trap 0', 'trap 1', 'trap 2', 'trap 3', 'trap 4']);
  });
});
