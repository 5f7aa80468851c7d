/**
 * Translates a wasm module to C: one translation unit for each TypeScript source file, and one for what belongs
 * to none (globals, the function table, the start function).
 *
 * Rules for callers: compile every unit with runtime/ and the directory of imports.h on the include path; define
 * RT_NO_FLOATS for code that must not touch floating-point registers.
 */
import { RUNTIME_MODULE } from '../asc/compile.ts';
import type { SourceMap } from '../source-map.ts';
import type { WasmFunction, WasmModule } from '../wasm/types.ts';
import type { StaticData } from './data.ts';
import { FunctionTranslator } from './function.ts';
import { initializer } from './literal.ts';
import { MODULE_UNIT, Names, unitOf } from './names.ts';
import { type ModuleContext, prototype, signature, UnitContext } from './unit-context.ts';

export interface TranslateOptions {
  readonly module: WasmModule;
  readonly sourceMap: SourceMap;
  readonly data: StaticData | null;
  readonly floats: boolean;
  /** One unit for the whole module: faster to compile when it is small, and clang sees all of it. */
  readonly singleUnit: boolean;
  /** Path of a source file for debuggers. */
  sourcePath(file: string): string;
}

export interface CUnit {
  /** Source file without extension, or `module`. */
  readonly name: string;
  readonly text: string;
}

export interface Translation {
  readonly units: readonly CUnit[];
  /** C (and so ELF) symbol to TypeScript name, for backtraces. */
  readonly symbols: ReadonlyMap<string, string>;
}

function header(module: WasmModule): string {
  return `#define RT_MEMORY64 ${module.memory64 ? 1 : 0}\n#include "rt.h"\n#include "imports.h"\n`;
}

/** Binaryen merges functions with the same body: every further export becomes an alias. */
function aliases(f: WasmFunction, names: Names): string {
  return f.exports
    .filter((name) => name !== names.function(f))
    .map((name) => `${prototype(f.type, name)} __attribute__((alias("${names.function(f)}")));\n`)
    .join('');
}

/** Globals, the function table and the start function. */
function moduleParts(context: ModuleContext, unit: UnitContext): string[] {
  const { module, names } = context;
  const globals = module.globals
    .filter((g) => g.mutable)
    .map((g) => `${g.type} ${names.global(g)} = ${initializer(g.type, g.initial.bits)};`);
  const slots = new Map<number, WasmFunction>();
  for (const segment of module.elements) {
    segment.functions.forEach((index, i) => {
      const f = module.functions[index];
      if (f) slots.set(segment.offset + i, f);
    });
  }
  const table = [...slots].map(([slot, f]) => {
    unit.useFunction(f.index, f);
    return `[${slot}] = { (void (*)(void))${names.function(f)}, ${signature(f.type)}ull },`;
  });
  const size = Math.max(module.tableSize, 1);
  const startFunction = module.start === null ? undefined : module.functions[module.start];
  if (startFunction) unit.useFunction(startFunction.index, startFunction);
  const start = startFunction ? `${names.function(startFunction)}();` : '';
  return [
    ...globals,
    `const u32 rt_table_size = ${size};`,
    `const struct rt_table_entry rt_table[${size}] = {`,
    ...table,
    '};',
    `void wasm_start(void) { ${start} }`,
    '',
  ];
}

function functionParts(
  context: ModuleContext,
  unit: UnitContext,
  functions: readonly WasmFunction[],
): string[] {
  return functions.map((f) => {
    unit.useFunction(f.index, f);
    return new FunctionTranslator(unit, f).translate() + aliases(f, context.names);
  });
}

/** Bytes of wasm up to which a function of another unit is worth a copy that clang can inline. */
const INLINE_BYTES = 16;
/** GNU inline: the body is only for inlining, the function itself is in its own unit. */
const INLINE_ONLY = 'extern inline __attribute__((gnu_inline)) ';

/**
 * Copies of the small functions that a unit calls in others. asc leaves inlining to clang, because its own takes
 * longer than all the rest and makes more C depend on one changed line.
 */
function inlineCopies(unit: UnitContext, own: readonly WasmFunction[]): string[] {
  const copied = new Set(own);
  const copies: string[] = [];
  const pending = (): WasmFunction | undefined =>
    unit.usedFunctions.find((f) => !copied.has(f) && f.bodyEnd - f.bodyStart <= INLINE_BYTES);
  for (let f = pending(); f; f = pending()) {
    copied.add(f);
    copies.push(new FunctionTranslator(unit, f).translate(INLINE_ONLY));
  }
  return copies;
}

function unitText(context: ModuleContext, make: (unit: UnitContext) => readonly string[]): string {
  const unit = new UnitContext(context);
  const parts = make(unit);
  return [header(context.module), ...unit.declarations, ...parts].join('\n');
}

export function translateModule(options: TranslateOptions): Translation {
  const { module } = options;
  const context: ModuleContext = {
    ...options,
    names: new Names(module),
    forbiddenModule: RUNTIME_MODULE,
    sourcePath: (file) => options.sourcePath(file),
  };
  const defined = module.functions.filter((f) => !f.imported);
  const symbols = new Map(defined.map((f) => [context.names.function(f), f.name] as const));
  if (options.singleUnit) {
    const text = unitText(context, (unit) => [
      ...functionParts(context, unit, defined),
      '#line 1 "generated"',
      ...moduleParts(context, unit),
    ]);
    return { units: [{ name: MODULE_UNIT, text }], symbols };
  }
  const files = new Set([...options.sourceMap.values()].map((p) => p.file.replace(/\.ts$/, '')));
  const groups = Map.groupBy(defined, (f) => unitOf(f.name, files));
  const units = [...groups].map(([name, functions]) => ({
    name: name === MODULE_UNIT ? `${MODULE_UNIT}-functions` : name,
    text: unitText(context, (unit) => {
      const parts = functionParts(context, unit, functions);
      return [...inlineCopies(unit, functions), ...parts];
    }),
  }));
  const text = unitText(context, (unit) => moduleParts(context, unit));
  return { units: [...units, { name: MODULE_UNIT, text }], symbols };
}
