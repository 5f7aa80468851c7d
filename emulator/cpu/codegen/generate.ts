/**
 * Turns the instruction table into AssemblyScript: `core/generated.ts` (never on disk; build/emulator.ts hands it
 * to the compiler) with the decode tables, the handlers' instances and the run loop.
 *
 * Tables are emitted as stores by `installTables`, run once at instantiation.
 */
import { ROW_FLAGS, ROW_IMMEDIATE, ROW_MEMORY_SIZE, ROW_REG_SOURCE, ROW_RM_SOURCE, ROW_SIZE } from '../core/decode-flags.ts';
import { DECODE_ROWS, DECODE_TREE, FIRST_HANDLER, FUSED, TLB } from '../layout.ts';
import { FAMILIES } from '../table/families.ts';
import { buildDecodeTree } from './decode-tree.ts';
import { HOT_IMPORTS, hotForms } from './hot-forms.ts';
import { planRow } from './syntax.ts';

/** Cases 0 and 1 are fixed: the end of a block, and code that was dropped while it ran (core/fixed-ops.ts). */
const FIRST_HOT = 2;

interface Case {
  readonly number: number;
  readonly body: string;
}

function runLoop(cases: readonly Case[]): string {
  return `
/** Runs micro-ops from \`p\` until the slice is over. */
function loop(p: usize): void {
  for (;;) {
    switch (<u32>load<u16>(p)) {
      case 0: {
        store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - (<i32>load<u8>(p, UOP_COUNT) - 1));
        const linear = load<u64>(PAGE_BASE) + <u64>(<i64>load<i32>(p, UOP_TARGET));
        if (load<i32>(COUNTDOWN) > 0 && load<u32>(p, UOP_LINK_STAMP) == load<u32>(GENERATION)) {
          store<u64>(PAGE_BASE, linear & ~4095);
          p = <usize>load<u32>(p, UOP_LINK);
          continue;
        }
        p = branchLinear(p, linear);
        if (p == 0) return;
        continue;
      }
      case 1: {
        store<i32>(COUNTDOWN, load<i32>(COUNTDOWN) - (<i32>load<u8>(p, UOP_COUNT) - 1));
        p = branchLinear(0, load<u64>(PAGE_BASE) + <u64>load<u16>(p, UOP_OFFSET));
        if (p == 0) return;
        continue;
      }
${cases.map(({ number, body }) => `      case ${number}: { ${body} }`).join('\n')}
      default: {
        store<u32>(CURRENT_UOP, p);
        p = call_indirect<usize>(<u32>load<u16>(p), p);
        if (p == 0) return;
      }
    }
  }
}

export function runSlice(): void {
  const p = enter();
  if (p) loop(p);
}
`;
}

export function generateCore(): string {
  const forms = hotForms();
  const hotNumber = new Map<string, number>();
  const cases: Case[] = [];
  const fusedBases: string[] = [];
  let next = FIRST_HOT;
  for (const form of forms) {
    if (hotNumber.has(form.name)) throw new Error(`run loop: two cases named ${form.name}`);
    hotNumber.set(form.name, next);
    cases.push({ number: next++, body: form.body });
  }
  for (const form of forms) {
    const { fused } = form;
    if (fused === undefined) continue;
    fusedBases.push(`  store<u16>(${FUSED + 2 * (hotNumber.get(form.name) ?? 0)}, ${next});`);
    for (let code = 0; code < 16; code++) cases.push({ number: next++, body: fused(code) });
  }
  if (next > FIRST_HANDLER) throw new Error(`run loop: ${next} cases, room for ${FIRST_HANDLER}`);

  const rows = FAMILIES.flatMap((family) => family.rows);
  const tree = buildDecodeTree(rows);
  if (DECODE_TREE + tree.length * 4 > DECODE_ROWS) throw new Error('decode tree: too large');
  if (DECODE_ROWS + (rows.length + 1) * ROW_SIZE > TLB) throw new Error('decode rows: too many');

  const imports = new Map<string, Set<string>>();
  const instances = new Map<string, string>();
  const wrappers: string[] = [];
  const stores: string[] = [];
  tree.forEach((node, index) => {
    if (node) stores.push(`  store<u32>(${DECODE_TREE + index * 4}, ${node});`);
  });

  /** The function-table index of a handler's instance, as an expression. */
  const instance = (family: string, expression: string): string => {
    const key = `${family}:${expression}`;
    let name = instances.get(key);
    if (name === undefined) {
      const functionName = expression.replace(/<.*/, '');
      let names = imports.get(family);
      if (names === undefined) imports.set(family, (names = new Set()));
      names.add(functionName);
      name = `h${instances.size}`;
      instances.set(key, name);
      wrappers.push(`function ${name}(p: usize): usize { return ${expression}(p); }`);
    }
    return `handler(${name})`;
  };

  let rowNumber = 1;
  for (const family of FAMILIES) {
    for (const row of family.rows) {
      const at = DECODE_ROWS + rowNumber++ * ROW_SIZE;
      const plan = planRow(row);
      const handler = row[2];
      plan.types.forEach((type, size) => {
        for (const kind of ['r', 'm'] as const) {
          const bits = type.slice(1);
          const base = handler.replace(/<.*/, '').replace('hot:', '');
          const hot = handler.includes('<T>') ? hotNumber.get(`${base}_${bits}_${kind}`) : hotNumber.get(base);
          const usable = hot !== undefined && (handler.startsWith('hot:') || handler.includes('<T>'));
          if (handler.startsWith('hot:') && hot === undefined) throw new Error(`no run loop case for ${handler}`);
          const op = usable ? String(hot) : instance(family.name, handler.replace('<T>', `<${type}>`));
          stores.push(`  store<u16>(${at + (size * 2 + (kind === 'm' ? 1 : 0)) * 2}, <u16>${op});`);
        }
      });
      stores.push(
        `  store<u32>(${at + ROW_FLAGS}, ${plan.flags});`,
        `  store<u8>(${at + ROW_IMMEDIATE}, ${plan.immediate});`,
        `  store<u8>(${at + ROW_REG_SOURCE}, ${plan.regSource});`,
        `  store<u8>(${at + ROW_RM_SOURCE}, ${plan.rmSource});`,
        `  store<u8>(${at + ROW_MEMORY_SIZE}, ${plan.memorySize});`,
      );
    }
  }
  stores.push(...fusedBases);

  const special = (name: string, family: string, expression: string): string => {
    const op = instance(family, expression);
    return `export let ${name}: u32 = 0;\nfunction install${name}(): void { ${name} = ${op}; }`;
  };
  const specials = [
    special('UNDEFINED_HANDLER', 'invalid', 'undefinedOpcode'),
    special('FETCH_FAULT_HANDLER', 'invalid', 'fetchLimit'),
    special('GUARD_HANDLER', 'invalid', 'guardSecondPage'),
  ];
  // Many small functions: one with thousands of stores takes the optimiser long.
  const chunks: string[] = [];
  for (let i = 0; i < stores.length; i += 500) chunks.push(stores.slice(i, i + 500).join('\n'));
  const jcc = hotNumber.get('jcc0') ?? 0;
  return [
    '// Generated from emulator/cpu/table by emulator/cpu/codegen/generate.ts.',
    ...Object.entries(HOT_IMPORTS).map(([file, names]) => `import { ${names.join(', ')} } from '${file}';`),
    ...[...imports].map(([file, names]) => `import { ${[...names].join(', ')} } from './families/${file}';`),
    `export const HOT_JCC_FIRST: u32 = ${jcc};`,
    'function handler(f: (p: usize) => usize): u32 { return f.index; }',
    ...wrappers,
    ...specials,
    ...chunks.map((chunk, i) => `function install${i}(): void {\n${chunk}\n}`),
    `export function installTables(): void {\n  installUNDEFINED_HANDLER();\n  installFETCH_FAULT_HANDLER();\n  installGUARD_HANDLER();\n${chunks.map((_, i) => `  install${i}();`).join('\n')}\n}`,
    runLoop(cases),
  ].join('\n');
}
