/** Reads rows of the instruction table (emulator/cpu/table/row.ts) as what a generator must encode. */
import type { Row } from '../../emulator/cpu/table/row.ts';

export interface Operand {
  /** Where it is: a letter of row.ts. */
  readonly kind: string;
  /** How big it is: a letter of row.ts. */
  readonly size: string;
}

/** A VEX prefix: mmmmm and pp, and what VEX.L must be (null: anything). */
export interface Vex {
  readonly map: number;
  readonly pp: number;
  readonly length: number | null;
}

export interface Form {
  readonly family: string;
  readonly mnemonic: string;
  readonly row: Row;
  readonly vex: Vex | null;
  /** Opcode bytes with their escapes, without prefixes; the last one alone behind VEX. */
  readonly opcode: readonly number[];
  /** Mandatory prefix, 0 for "none of them", null when the row does not care; with VEX as pp says. */
  readonly prefix: number | null;
  readonly plusRegister: boolean;
  /** Fixed ModRM.reg and .rm. */
  readonly reg: number | null;
  readonly rm: number | null;
  readonly hasModrm: boolean;
  readonly memory: 'never' | 'always' | 'may';
  readonly operands: readonly Operand[];
  readonly attributes: ReadonlySet<string>;
}

const PREFIXES: Readonly<Record<string, number>> = { np: 0, '66': 0x66, f3: 0xf3, f2: 0xf2 };
const VEX_PP: Readonly<Record<string, number>> = { np: 0, '66': 1, f3: 2, f2: 3 };
const VEX_MAPS: Readonly<Record<string, number>> = { '0f': 1, '0f 38': 2, '0f 3a': 3 };
const OPCODE =
  /^(vex(?:\.l([01]))? )?(?:(np|66|f3|f2) (?=[0-9a-f]{2}))?((?:[0-9a-f]{2} ?)+?)(\+r)?(?: ?\/([mr]?)([0-7])(?:\.([0-7]))?)?$/;

export function parseRow(family: string, row: Row): Form {
  const [text, syntax, , attributeText = ''] = row;
  const match = OPCODE.exec(text);
  if (!match) throw new Error(`opcode ${text} is not understood`);
  const [, vexText, length, prefix, bytes = '', plus, form, reg, rm] = match;
  const [mnemonic = '', ...rest] = syntax.split(' ');
  const operands = rest
    .join('')
    .split(',')
    .filter(Boolean)
    .map((operand) => ({ kind: operand.charAt(0), size: operand.slice(1) }));
  const attributes = new Set(attributeText.split(' ').filter(Boolean));
  const kinds = operands.map((operand) => operand.kind);
  const hasModrm =
    reg !== undefined ||
    operands.some(({ kind, size }) => 'EMRGSCDQNVWU'.includes(kind) || (kind === 'P' && size !== 'p'));
  let memory: Form['memory'] = 'never';
  if (kinds.some((kind) => 'EQW'.includes(kind))) memory = 'may';
  if (form === 'r' || rm !== undefined) memory = 'never';
  if (form === 'm' || kinds.includes('M')) memory = 'always';
  const opcodeBytes = bytes.trim().split(' ');
  const vex =
    vexText === undefined
      ? null
      : {
          map: VEX_MAPS[opcodeBytes.slice(0, -1).join(' ')] ?? 0,
          pp: VEX_PP[prefix ?? ''] ?? 0,
          length: length === undefined ? null : Number(length),
        };
  return {
    family,
    mnemonic,
    row,
    vex,
    opcode: opcodeBytes.slice(vex === null ? 0 : -1).map((byte) => parseInt(byte, 16)),
    prefix: prefix === undefined ? null : (PREFIXES[prefix] ?? null),
    plusRegister: plus !== undefined,
    reg: reg === undefined ? null : Number(reg),
    rm: rm === undefined ? null : Number(rm),
    hasModrm,
    memory,
    operands,
    attributes,
  };
}

/** Bytes that a memory operand of this size letter takes at most. */
export function operandBytes(size: string): number {
  const sizes: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, o: 16, t: 10, y: 8, a: 16, n: 1 };
  return sizes[size] ?? 8;
}
