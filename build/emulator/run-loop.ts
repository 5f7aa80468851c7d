/**
 * Joins the handlers of frequent micro-ops into the run loop: one function with a br_table over them instead of
 * an indirect call each.
 *
 * AssemblyScript could be given that function as one large switch, but its optimiser takes minutes over it (its
 * passes are quadratic in the locals of a function) and V8 pays for thousands of locals at each merge. Here each
 * handler is optimised by itself first; then the bodies are placed side by side and share their locals.
 *
 * - `loop` is the exported function `runSlice`, which this replaces: call `enter`, then handlers by table index
 *   until one returns 0.
 * - A body returns with `br` to its own block; its locals become the loop's, and those it might read before
 *   writing are cleared first, for wasm promises zeros.
 * - Format: WebAssembly Core Specification 2.0, chapter 5.
 */
import { ByteReader } from '../toolchain/wasm/byte-reader.ts';
import { OP, readInstruction } from '../toolchain/wasm/instructions.ts';
import { leb, sections } from './sections.ts';

const I32 = 0x7f;
const VOID = 0x40;
const SECTION = { import: 2, export: 7, element: 9, code: 10 } as const;

/** What the loop must know of the core's memory. */
export interface RunLoopOptions {
  /** Micro-ops 1 to `count` are cases; the rest go through the table. */
  readonly count: number;
  /** Address where the loop notes the micro-op before it calls a handler. */
  readonly currentUop: number;
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

function sectionReader(bytes: Uint8Array, id: number): ByteReader {
  const section = sections(bytes).find((s) => s.id === id);
  if (section === undefined) throw new Error(`wasm: no section ${id}`);
  return new ByteReader(bytes, section.start, section.end);
}

/** How many functions are imported: the first code body has this index. */
function importedFunctions(bytes: Uint8Array): number {
  const r = sectionReader(bytes, SECTION.import);
  let functions = 0;
  for (let n = r.u32(); n > 0; n--) {
    r.name();
    r.name();
    const kind = r.u8();
    if (kind === 0) {
      r.u32();
      functions++;
    } else if (kind === 2) {
      const flags = r.u8();
      r.u32();
      if (flags & 1) r.u32();
    } else throw new Error(`wasm: import of kind ${kind}`);
  }
  return functions;
}

function exportedFunction(bytes: Uint8Array, wanted: string): number {
  const r = sectionReader(bytes, SECTION.export);
  for (let n = r.u32(); n > 0; n--) {
    const name = r.name();
    const kind = r.u8();
    const index = r.u32();
    if (kind === 0 && name === wanted) return index;
  }
  throw new Error(`wasm: ${wanted} is not exported`);
}

/** Function indices in the table, from index 1. */
function tableFunctions(bytes: Uint8Array): number[] {
  const r = sectionReader(bytes, SECTION.element);
  if (r.u32() !== 1 || r.u32() !== 0) throw new Error('wasm: one active element segment is expected');
  if (readInstruction(r).value !== 1n) throw new Error('wasm: the function table is expected to start at 1');
  r.u8();
  return Array.from({ length: r.u32() }, () => r.u32());
}

interface Body {
  readonly start: number;
  readonly end: number;
  /** Types of its declared locals. */
  readonly locals: readonly number[];
  readonly code: number;
}

function codeBodies(bytes: Uint8Array): Body[] {
  const r = sectionReader(bytes, SECTION.code);
  return Array.from({ length: r.u32() }, () => {
    const size = r.u32();
    const start = r.offset;
    const end = start + size;
    const locals: number[] = [];
    for (let groups = r.u32(); groups > 0; groups--) {
      const count = r.u32();
      const type = r.u8();
      for (let i = 0; i < count; i++) locals.push(type);
    }
    const code = r.offset;
    r.offset = end;
    return { start, end, locals, code };
  });
}

class Pool {
  readonly #sizes = new Map<number, number>();

  /** Makes room for a body's locals. */
  admit(locals: readonly number[]): void {
    for (const type of new Set(locals)) {
      const count = locals.filter((t) => t === type).length;
      this.#sizes.set(type, Math.max(count, this.#sizes.get(type) ?? 0));
    }
  }

  /** The loop's local for each of a body's: parameter 0 is the micro-op, local 0 of the loop. */
  map(locals: readonly number[]): number[] {
    const used = new Map<number, number>();
    const first = new Map<number, number>();
    let next = 1;
    for (const [type, count] of this.#sizes) {
      first.set(type, next);
      next += count;
    }
    return [
      0,
      ...locals.map((type) => {
        const n = used.get(type) ?? 0;
        used.set(type, n + 1);
        return (first.get(type) ?? 0) + n;
      }),
    ];
  }

  declaration(): number[] {
    const groups = [[1, I32], ...[...this.#sizes].map(([type, count]) => [count, type])];
    return [...leb(groups.length), ...groups.flatMap(([count = 0, type = 0]) => [...leb(count), type])];
  }
}

const ZERO: Readonly<Record<number, readonly number[]>> = {
  0x7f: [OP.i32Const, 0],
  0x7e: [OP.i64Const, 0],
  0x7d: [OP.f32Const, 0, 0, 0, 0],
  0x7c: [OP.f64Const, 0, 0, 0, 0, 0, 0, 0, 0],
};

/** The body as the inside of a block with an i32 result. */
function inlineBody(bytes: Uint8Array, body: Body, map: readonly number[]): number[] {
  const out: number[] = [];
  const r = new ByteReader(bytes, body.code, body.end);
  const seen = new Set<number>();
  const cleared: number[] = [];
  let depth = 0;
  while (!r.done) {
    const at = r.offset;
    const { op, index } = readInstruction(r);
    if (op === OP.block || op === OP.loop || op === OP.if) depth++;
    if (op === OP.end) {
      if (depth === 0) break;
      depth--;
    }
    if (op === OP.localGet || op === OP.localSet || op === OP.localTee) {
      if (index > 0 && !seen.has(index)) {
        seen.add(index);
        if (op === OP.localGet || depth > 0) cleared.push(index);
      }
      out.push(op, ...leb(map[index] ?? 0));
    } else if (op === OP.return) out.push(OP.br, ...leb(depth));
    else for (let i = at; i < r.offset; i++) out.push(bytes[i] ?? 0);
  }
  const zeros = cleared.flatMap((index) => [
    ...(ZERO[body.locals[index - 1] ?? 0] ?? []),
    OP.localSet,
    ...leb(map[index] ?? 0),
  ]);
  return [...zeros, ...out];
}

/** The two things that the loop as compiled refers to: the function `enter` and the type of a handler. */
function loopReferences(bytes: Uint8Array, body: Body): { enter: number; handlerType: number } {
  let enter = -1;
  let handlerType = -1;
  const r = new ByteReader(bytes, body.code, body.end);
  while (!r.done) {
    const { op, index } = readInstruction(r);
    if (op === OP.call) {
      if (enter !== -1) throw new Error('run loop: more than one call in runSlice');
      enter = index;
    }
    if (op === OP.callIndirect) handlerType = index;
  }
  if (enter === -1 || handlerType === -1) throw new Error('run loop: runSlice is not as expected');
  return { enter, handlerType };
}

const LOAD_OP = [OP.localGet, 0, 0x2f, 1, 0];

export function joinRunLoop(bytes: Uint8Array, { count, currentUop }: RunLoopOptions): Uint8Array {
  const imported = importedFunctions(bytes);
  const loop = exportedFunction(bytes, 'runSlice') - imported;
  const bodies = codeBodies(bytes);
  const table = tableFunctions(bytes);
  const bodyOf = (index: number): Body => {
    const body = bodies[index];
    if (body === undefined) throw new Error(`run loop: no body ${index}`);
    return body;
  };
  const cases = Array.from({ length: count }, (_, i) => bodyOf((table[i] ?? 0) - imported));
  const { enter, handlerType } = loopReferences(bytes, bodyOf(loop));
  const pool = new Pool();
  for (const body of cases) pool.admit(body.locals);

  const code: number[] = [...pool.declaration()];
  code.push(OP.call, ...leb(enter), OP.localTee, 0, 0x45, OP.if, VOID, OP.return, OP.end);
  code.push(OP.loop, VOID);
  for (let i = 0; i <= count; i++) code.push(OP.block, VOID);
  // Table index n leads to case n - 1; 0 and everything else to the outermost block, the indirect call.
  code.push(...LOAD_OP, OP.brTable, ...leb(count + 1), ...leb(count));
  for (let i = 0; i < count; i++) code.push(...leb(i));
  code.push(...leb(count));
  cases.forEach((body, i) => {
    code.push(OP.end, OP.block, I32, ...inlineBody(bytes, body, pool.map(body.locals)), OP.end);
    // Open blocks around case i: the later cases and the loop itself.
    code.push(OP.localTee, 0, OP.brIf, ...leb(count - i), OP.return);
  });
  code.push(OP.end, OP.i32Const, ...signedLeb(currentUop), OP.localGet, 0, 0x36, 2, 0);
  code.push(OP.localGet, 0, ...LOAD_OP, OP.callIndirect, ...leb(handlerType), 0);
  code.push(OP.localTee, 0, OP.brIf, 0, OP.end, OP.end);

  const replaced = bodyOf(loop);
  const parts: Uint8Array[] = [];
  for (const section of sections(bytes)) {
    if (section.id !== SECTION.code) {
      parts.push(
        Uint8Array.from([section.id, ...leb(section.end - section.start)]),
        bytes.subarray(section.start, section.end),
      );
      continue;
    }
    const content: Uint8Array[] = [Uint8Array.from(leb(bodies.length))];
    for (const body of bodies) {
      const bodyBytes = body === replaced ? Uint8Array.from(code) : bytes.subarray(body.start, body.end);
      content.push(Uint8Array.from(leb(bodyBytes.length)), bodyBytes);
    }
    const size = content.reduce((sum, part) => sum + part.length, 0);
    parts.push(Uint8Array.from([section.id, ...leb(size)]), ...content);
  }
  return Buffer.concat([bytes.subarray(0, 8), ...parts]);
}
