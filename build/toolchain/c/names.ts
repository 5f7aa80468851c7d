/**
 * C names of a module's functions, globals and static data, and the translation unit that each function is in.
 *
 * Names depend only on the TypeScript name, never on a position in the module, so that adding a function leaves
 * the C of all others as it is and their objects stay in the build cache.
 */
import { createHash } from 'node:crypto';
import type { WasmFunction, WasmGlobal, WasmModule } from '../wasm/types.ts';

/** Unit of what belongs to no source file, such as the start function. */
export const MODULE_UNIT = 'module';

export function sanitize(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Gives each key a C name of its own: a name that two keys would share gets a hash of the key. */
function assign<T>(items: readonly T[], key: (item: T) => string, prefix: string): Map<T, string> {
  const users = new Map<string, number>();
  const plain = (item: T): string => prefix + sanitize(key(item).replace(/^~lib\//, 'lib_'));
  for (const item of items) users.set(plain(item), (users.get(plain(item)) ?? 0) + 1);
  const names = new Map<T, string>();
  const taken = new Set<string>();
  for (const item of items) {
    let name = plain(item);
    if (users.get(name) !== 1) name = `${name}_${shortHash(key(item))}`;
    for (let n = 2; taken.has(name); n++) name = `${plain(item)}_${n}`;
    taken.add(name);
    names.set(item, name);
  }
  return names;
}

export class Names {
  readonly #functions: Map<WasmFunction, string>;
  readonly #globals: Map<WasmGlobal, string>;

  constructor(module: WasmModule) {
    this.#functions = assign(
      module.functions.filter((f) => !f.imported && f.exports.length === 0),
      (f) => f.name,
      'ts_',
    );
    const imports = new Map<string, WasmFunction>();
    for (const f of module.functions) {
      if (f.imported) {
        const name = sanitize(`${f.imported.module}_${f.imported.field}`);
        const other = imports.get(name);
        if (other)
          throw new Error(`${other.name} and ${f.name} are both declared: both would be ${name} in C`);
        imports.set(name, f);
        this.#functions.set(f, name);
      } else if (f.exports[0] !== undefined) this.#functions.set(f, f.exports[0]);
    }
    this.#globals = assign(module.globals, (g) => g.name, 'g_');
  }

  function(f: WasmFunction): string {
    return this.#functions.get(f) ?? f.name;
  }

  global(g: WasmGlobal): string {
    return this.#globals.get(g) ?? g.name;
  }
}

/** The source file that a function's name starts with: `kernel/mm/frames/allocFrame` is in kernel/mm/frames. */
export function unitOf(functionName: string, sourceFiles: ReadonlySet<string>): string {
  for (let end = functionName.lastIndexOf('/'); end > 0; end = functionName.lastIndexOf('/', end - 1)) {
    const file = functionName.slice(0, end);
    if (sourceFiles.has(file)) return file;
  }
  return functionName.startsWith('~lib/') ? '~lib' : MODULE_UNIT;
}
