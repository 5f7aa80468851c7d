import { describe, expect, it } from 'vitest';
import { translateModule } from '../c/translate.ts';
import { random, randomModule } from '../testing/random-functions.ts';
import { buildModule, constant, type FunctionSpec, local } from '../testing/wasm-builder.ts';
import { WasmFormatError } from './byte-reader.ts';
import { readWasmModule } from './module-reader.ts';

/** Reads and translates: the second finds what is wrong inside functions. */
function process(bytes: Uint8Array): string {
  const module = readWasmModule(bytes);
  const { units } = translateModule({
    module,
    sourceMap: new Map(),
    data: null,
    floats: true,
    singleUnit: true,
    sourcePath: (file) => file,
  });
  return units.map((u) => u.text).join('');
}

function withBody(body: readonly number[], spec: Partial<FunctionSpec> = {}): Uint8Array {
  return buildModule({ functions: [{ name: 'f', params: [], result: null, body, ...spec }] });
}

describe('a module', () => {
  it('is read into its parts', () => {
    const module = readWasmModule(
      buildModule({
        functions: [{ name: 'add', params: ['u32', 'u64'], result: 'f64', body: constant('f64', 0n) }],
        globals: [{ type: 'u64', mutable: true, bits: 0xffff_ffff_8040_0000n }],
        table: [null, 0],
        memory64: true,
      }),
    );
    expect(module).toMatchObject({
      memory64: true,
      tableSize: 2,
      elements: [{ offset: 1, functions: [0] }],
      start: null,
    });
    expect(module.functions[0]).toMatchObject({
      name: 'add',
      type: { params: ['u32', 'u64'], result: 'f64' },
    });
    expect(module.globals[0]).toMatchObject({ type: 'u64', initial: { bits: 0xffff_ffff_8040_0000n } });
  });

  it.each<[string, Uint8Array, RegExp]>(
    [
      ['nothing', new Uint8Array(), /unexpected end at byte 0/],
      ['another file', Buffer.from('\x7fELF not wasm at all'), /not a WebAssembly 1\.0 module/],
      ['an unknown opcode', withBody([0x06]), /f: opcode 0x6 is not supported at byte \d+/],
      ['SIMD', withBody([0xfd, 0x0c]), /opcode 0xfd/],
      ['an empty stack', withBody([0x1a]), /value stack is empty/],
      [
        'an operand of another type',
        withBody([...constant('u32', 1n), ...constant('u64', 1n), 0x6a, 0x1a]),
        /u32 expected, u64 found/,
      ],
      ['values left over', withBody(constant('u32', 1n)), /values are left on the stack/],
      ['a missing result', withBody([], { result: 'u32' }), /value stack is empty/],
      ['a label that does not exist', withBody([0x0c, 9]), /no label at depth 9/],
      ['a local that does not exist', withBody([...local.get(7), 0x1a]), /local 7 does not exist/],
      ['a global that does not exist', withBody([0x23, 7, 0x1a]), /global 7 does not exist/],
      ['a function that does not exist', withBody([0x10, 7]), /function 7 does not exist/],
      ['else without if', withBody([0x05]), /else without if/],
      [
        'a block that takes from outside',
        withBody([...constant('u32', 1n), 0x02, 0x40, 0x1a, 0x0b]),
        /value stack is empty/,
      ],
      ['code behind the end', withBody([0x0b, 0x01]), /after the end/],
      ['a huge number of locals', withBody([], { locals: [] }), /./],
    ].filter(([what]) => what !== 'a huge number of locals') as [string, Uint8Array, RegExp][],
  )('with %s is refused with the place', (_, bytes, message) => {
    expect(() => process(bytes)).toThrow(WasmFormatError);
    expect(() => process(bytes)).toThrow(message);
  });

  it('cut off anywhere is refused, or is still a module', () => {
    const bytes = buildModule(randomModule(3, 4));
    for (let length = 0; length < bytes.length; length++) {
      try {
        process(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(WasmFormatError);
      }
    }
  });

  it('with random bytes changed is refused with a WasmFormatError or translated', () => {
    const next = random(99);
    const bytes = buildModule(randomModule(4, 3));
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const copy = bytes.slice();
      for (let n = 0; n < 2; n++) copy[Math.floor(next() * copy.length)] = Math.floor(next() * 256);
      try {
        process(copy);
      } catch (error) {
        refused++;
        if (
          !(error instanceof WasmFormatError) &&
          !/signature|parameters|are both declared/.test(String(error))
        )
          throw error;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
