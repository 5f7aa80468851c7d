import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Linter } from 'eslint';
import ts from 'typescript-eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemblyScriptPlugin } from './plugin.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'breenix-lint-'));
  writeFileSync(
    path.join(directory, 'base.ts'),
    `@unmanaged export class Base { size(): u32 { return 1; } }
     export function withDefault(a: u32, b: u32 = 2): u32 { return a + b; }`,
  );
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Messages of the rules for a file beside base.ts. */
function lint(code: string): string[] {
  const linter = new Linter({ cwd: directory });
  const rules = Object.keys(assemblyScriptPlugin.rules ?? {}).map((rule) => [`as/${rule}`, 'error'] as const);
  const messages = linter.verify(
    code,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: ts.parser },
        plugins: { as: assemblyScriptPlugin },
        rules: Object.fromEntries(rules),
      },
    ],
    path.join(directory, 'file.ts'),
  );
  return messages.map((m) => `${m.line}: ${m.message}`);
}

describe('overridden methods', () => {
  it.each([
    [
      '@unmanaged class A { f(): u32 { return 1; } }\n@unmanaged class B extends A { f(): u32 { return 2; } }',
      /^2: 'f' overrides a method of A/,
    ],
    [
      'class A { f(): u32 { return 1; } }\nclass B extends A {}\n@unmanaged class C extends B { f(): u32 { return 2; } }',
      /^3: 'f'/,
    ],
    [
      'import { Base } from "./base";\n@unmanaged class B extends Base { size(): u32 { return 2; } }',
      /^2: 'size' overrides a method of Base/,
    ],
    ['@unmanaged abstract class A { abstract f(): u32; }', /^1: 'f' is abstract/],
  ])('are found: %s', (code, message) => {
    expect(lint(code)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    'class A { f(): u32 { return 1; } }\nclass B extends A { f(): u32 { return 2; } }',
    '@unmanaged class A { constructor() {} static make(): A { return new A(); } }\n@unmanaged class B extends A { constructor() { super(); } static make(): A { return new B(); } }',
    'import { Base } from "./base";\n@unmanaged class B extends Base { other(): u32 { return 2; } }',
    'import { Gone } from "./gone";\n@unmanaged class B extends Gone { f(): u32 { return 2; } }',
  ])('are not seen where there are none: %s', (code) => {
    expect(lint(code)).toEqual([]);
  });
});

describe('default parameters', () => {
  it.each([
    'function f(a: u32 = 1): u32 { return a; }\nconst g = f;',
    'function f(a: u32, b?: u32): u32 { return a; }\nregister(f);',
    'function f(a: u32 = 1): u32 { return a; }\nconst i = f.index;',
    'import { withDefault } from "./base";\nregister(withDefault);',
    'function f(a: u32 = 1): u32 { return a; }\ntable.handler = f;',
  ])('of functions used as values are found: %s', (code) => {
    expect(lint(code)).toEqual([expect.stringMatching(/^2: '\w+' has default parameters/)]);
  });

  it.each([
    'function f(a: u32 = 1): u32 { return a; }\nconst g = f(2);',
    'function f(a: u32): u32 { return a; }\nconst g = f;',
    'import { withDefault } from "./base";\nexport { withDefault };\nwithDefault(1);',
    'function f(a: u32 = 1): u32 { return a; }\nclass C { f: u32 = 0; }\nobject.f = 3;',
    'function f(a: u32 = 1): u32 { return a; }\nfunction g(f: u32): u32 { return h(f); }',
  ])('of functions that are only called are fine: %s', (code) => {
    expect(lint(code)).toEqual([]);
  });
});

describe('device memory', () => {
  it.each([
    'const r = mapDevice(pa, 8, CACHE_UNCACHED);\nstore<u32>(r, 1);',
    'timer.registers = mapDevice(pa, 8, CACHE_UNCACHED);\nconst x = load<u32>(timer.registers + 4);',
  ])('with plain access is found: %s', (code) => {
    expect(lint(code)).toEqual([expect.stringMatching(/^2: '\w+' is device memory/)]);
  });

  it.each([
    'const r = mapDevice(pa, 8, CACHE_WRITE_BACK);\nstore<u32>(r, 1);',
    'const r = mapDevice(pa, 8, CACHE_UNCACHED);\nmmioWrite32(r, 1);\nstore<u32>(other, r);',
  ])('is not seen elsewhere: %s', (code) => {
    expect(lint(code)).toEqual([]);
  });
});

it('decorators on functions and variables do not even parse', () => {
  expect(lint('@inline function f(): void {}')).toEqual([expect.stringMatching(/Decorators are not valid/i)]);
  expect(lint('@lazy const x = 1;')).toEqual([expect.stringMatching(/Decorators are not valid/i)]);
});
