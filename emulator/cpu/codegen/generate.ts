/**
 * Turns the instruction table into AssemblyScript: `core/generated.ts` (never on disk; build/emulator.ts hands it
 * to the compiler) with the decode tables, the handlers' instances and the run loop.
 *
 * Tables are static data that `installTables` copies into place. Function-table indices follow the order in which
 * the compiler first meets a function as a value: `checkHandlers` mentions them in order, and checks it.
 */
import {
  ROW_ENDS_BLOCK,
  ROW_FLAGS,
  ROW_IMMEDIATE,
  ROW_MEMORY_SIZE,
  ROW_REG_SOURCE,
  ROW_RM_SOURCE,
  ROW_SIZE,
  ROW_VVVV_SOURCE,
} from '../core/decode-flags.ts';
import { DECODE_ROWS, DECODE_TREE, FUSED, ITLB } from '../layout.ts';
import { FAMILIES } from '../table/families.ts';
import { buildDecodeTree } from './decode-tree.ts';
import { HOT_IMPORTS, hotForms } from './hot-forms.ts';
import { planRow } from './syntax.ts';

/** Function-table index 0 stays empty: it is the null function. */
const FIRST_OP = 1;

const RUN_LOOP = `
export function runSlice(): void {
  let p = enter();
  while (p) {
    store<u32>(CURRENT_UOP, p);
    p = call_indirect<usize>(<u32>load<u16>(p), p);
  }
}`;

/** What a number in UOP_OP means, for the translator. */
export interface OpDescription {
  /** A handler of core/families or a case of the run loop, without its type and form. */
  readonly handler: string;
  /** Operand size in bits; 0 when it has none of its own. */
  readonly bits: number;
  /** Condition of the Jcc that is fused behind it, -1 for none. */
  readonly condition: number;
  /** It ends its block. */
  readonly ends: boolean;
  /** The file of core/families; '' for cases that stand for no instruction. */
  readonly family: string;
}

const TYPE_BITS: Readonly<Record<string, number>> = { u8: 8, u16: 16, u32: 32, u64: 64 };

/** Micro-ops 1 to `caseCount` are cases of the run loop (build/emulator/run-loop.ts joins them). */
export function generateCore(): {
  readonly source: string;
  readonly caseCount: number;
  /** By number, from 1. */
  readonly ops: readonly OpDescription[];
} {
  const forms = hotForms();
  const hotNumber = new Map<string, number>();
  const bodies: string[] = [];
  const fusedStores: string[] = [];
  const ops: OpDescription[] = [];
  let next = FIRST_OP;
  for (const form of forms) {
    if (hotNumber.has(form.name)) throw new Error(`run loop: two cases named ${form.name}`);
    hotNumber.set(form.name, next);
    next++;
    bodies.push(form.body);
    const [handler = '', bits = '0'] = form.name.split('_');
    ops.push({ handler, bits: Number(bits), condition: -1, ends: false, family: '' });
  }
  for (const form of forms) {
    const { fused } = form;
    if (fused === undefined) continue;
    const first = FUSED + 32 * (hotNumber.get(form.name) ?? 0);
    for (let code = 0; code < 16; code++) {
      const body = fused(code);
      if (body === null) continue;
      fusedStores.push(`  store<u16>(${first + 2 * code}, ${next++});`);
      bodies.push(body);
      const single = ops[(hotNumber.get(form.name) ?? 0) - FIRST_OP];
      if (single !== undefined) ops.push({ ...single, condition: code });
    }
  }
  const firstHandler = next;

  const rows = FAMILIES.flatMap((family) => family.rows);
  const tree = buildDecodeTree(rows);
  if (DECODE_TREE + tree.length * 4 > DECODE_ROWS) throw new Error('decode tree: too large');
  if (DECODE_ROWS + (rows.length + 1) * ROW_SIZE > ITLB) throw new Error('decode rows: too many');

  const imports = new Map<string, Set<string>>();
  const instances = new Map<string, number>();
  const wrappers: string[] = [];
  const rowWords = new Uint8Array((rows.length + 1) * ROW_SIZE);
  const rowView = new DataView(rowWords.buffer);

  /** The number of a handler's instance; `installTables` turns it into a function-table index. */
  const instance = (family: string, expression: string): number => {
    const key = `${family}:${expression}`;
    let number = instances.get(key);
    if (number === undefined) {
      const functionName = expression.replace(/<.*/, '');
      let names = imports.get(family);
      if (names === undefined) imports.set(family, (names = new Set()));
      names.add(functionName);
      // Families may use the same name.
      const local = `${family.replaceAll('-', '_')}__${expression}`;
      number = instances.size;
      instances.set(key, number);
      const bits = TYPE_BITS[/<(.*)>/.exec(expression)?.[1] ?? ''] ?? 0;
      ops.push({ handler: functionName, bits, condition: -1, ends: false, family });
      wrappers.push(`function h${number}(p: usize): usize { return ${local}(p); }`);
    }
    return firstHandler + number;
  };

  let rowNumber = 1;
  for (const family of FAMILIES) {
    for (const row of family.rows) {
      const at = rowNumber++ * ROW_SIZE;
      const plan = planRow(row);
      const handler = row[2];
      plan.types.forEach((type, size) => {
        for (const kind of ['r', 'm'] as const) {
          const bits = type.slice(1);
          const base = handler.replace(/<.*/, '').replace('hot:', '');
          const hot = handler.includes('<T>')
            ? hotNumber.get(`${base}_${bits}_${kind}`)
            : hotNumber.get(base);
          const usable = hot !== undefined && (handler.startsWith('hot:') || handler.includes('<T>'));
          if (handler.startsWith('hot:') && hot === undefined)
            throw new Error(`no run loop case for ${handler}`);
          const op = usable ? hot : instance(family.name, handler.replace('<T>', `<${type}>`));
          const described = ops[op - FIRST_OP];
          if (described !== undefined) {
            const ends = described.ends || (plan.flags & ROW_ENDS_BLOCK) !== 0;
            ops[op - FIRST_OP] = { ...described, ends, family: family.name };
          }
          rowView.setUint16(at + (size * 2 + (kind === 'm' ? 1 : 0)) * 2, op, true);
        }
      });
      rowView.setUint32(at + ROW_FLAGS, plan.flags, true);
      rowView.setUint8(at + ROW_IMMEDIATE, plan.immediate);
      rowView.setUint8(at + ROW_REG_SOURCE, plan.regSource);
      rowView.setUint8(at + ROW_RM_SOURCE, plan.rmSource);
      rowView.setUint8(at + ROW_MEMORY_SIZE, plan.memorySize);
      rowView.setUint8(at + ROW_VVVV_SOURCE, plan.vvvvSource);
    }
  }

  const special = (name: string, expression: string): string =>
    `export const ${name}: u32 = ${instance('invalid', expression)};`;
  const specials = [
    special('UNDEFINED_HANDLER', 'undefinedOpcode'),
    special('FETCH_FAULT_HANDLER', 'fetchLimit'),
    special('GUARD_HANDLER', 'guardSecondPage'),
    special('JUMP_LIMIT_HANDLER', 'jumpBeyondLimit'),
  ];
  const data = (words: Iterable<number>): string => `memory.data<u32>([${[...words].join(', ')}])`;
  const install = `
const TREE = ${data(tree.map((node) => node >>> 0))};
const ROWS = ${data(new Uint32Array(rowWords.buffer))};
export function installTables(): void {
  memory.copy(${DECODE_TREE}, TREE, ${tree.length * 4});
  memory.copy(${DECODE_ROWS}, ROWS, ${rowWords.length});
${fusedStores.join('\n')}
}
/** Puts every handler into the function table, in the order of their numbers. */
function touch(f: (p: usize) => usize): u32 { return f.index; }
export function checkHandlers(): bool {
  let next: u32 = ${FIRST_OP};
${bodies.map((_, i) => `  if (touch(c${i}) != next++) return false;`).join('\n')}
${wrappers.map((_, i) => `  if (touch(h${i}) != next++) return false;`).join('\n')}
  return true;
}`;
  const jcc = hotNumber.get('jcc0') ?? 0;
  const source = [
    '// Generated from emulator/cpu/table by emulator/cpu/codegen/generate.ts.',
    ...Object.entries(HOT_IMPORTS).map(([file, names]) => `import { ${names.join(', ')} } from '${file}';`),
    ...[...imports].map(([file, names]) => {
      const prefix = file.replaceAll('-', '_');
      const list = [...names].map((name) => `${name} as ${prefix}__${name}`);
      return `import { ${list.join(', ')} } from './families/${file}';`;
    }),
    `export const HOT_JCC_FIRST: u32 = ${jcc};`,
    ...bodies.map((body, i) => `function c${i}(p: usize): usize { ${body} }`),
    ...wrappers,
    ...specials,
    install,
    RUN_LOOP,
  ].join('\n');
  // A decoder ends the block at what is not valid.
  return {
    source,
    caseCount: bodies.length,
    ops: ops.map((op) => (op.family === 'invalid' ? { ...op, ends: true } : op)),
  };
}
