/**
 * Builds the decode tree from the opcodes of the instruction table: seven maps of 256 opcodes, below them
 * nodes that select by mandatory prefix, VEX.L, mode, ModRM.reg (memory and register apart) and ModRM.rm.
 */
import {
  NODE_LENGTH,
  NODE_MODE,
  NODE_MODRM,
  NODE_PREFIX,
  NODE_RM,
  OPCODE_MAPS,
  VEX_MAPS,
} from '../core/decode-flags.ts';
import type { Row } from '../table/row.ts';

interface Opcode {
  readonly map: number;
  readonly byte: number;
  /** 0 none, 1 66, 2 F3, 3 F2; null: any without a row of its own. */
  readonly prefix: number | null;
  /** VEX.L; null: any, or no VEX. */
  readonly length: number | null;
  /** Children of a ModRM node that the row takes: 0-7 memory, 8-15 register; null: all. */
  readonly modrm: readonly number[] | null;
  readonly rm: number | null;
}

const PREFIXES: Readonly<Record<string, number>> = { np: 0, '66': 1, f3: 2, f2: 3 };

function parseOpcode(text: string): Opcode[] {
  const match =
    /^(vex(?:\.l([01]))? )?(?:(np|66|f3|f2) (?=[0-9a-f]{2}))?((?:[0-9a-f]{2} )*)([0-9a-f]{2})(\+r)?(?: \/([mr]?)([0-7])(?:\.([0-7]))?)?$/.exec(
      text,
    );
  if (!match) throw new Error(`instruction table: opcode ${text} is not understood`);
  const [, vex, length, prefixText, escape = '', last = '', plusR, form, reg, rmText] = match;
  const maps: Readonly<Record<string, number>> = { '': 0, '0f': 1, '0f 38': 2, '0f 3a': 3 };
  const escaped = maps[escape.trim()];
  if (escaped === undefined || (vex !== undefined && (escaped === 0 || prefixText === undefined)))
    throw new Error(`instruction table: opcode ${text} has an unknown escape`);
  const map = vex === undefined ? escaped : escaped + VEX_MAPS;
  let modrm: number[] | null = null;
  if (reg !== undefined) {
    const number = Number(reg);
    modrm = [];
    if (form !== 'r' && rmText === undefined) modrm.push(number);
    if (form !== 'm') modrm.push(number + 8);
  }
  const first = parseInt(last, 16);
  return Array.from({ length: plusR ? 8 : 1 }, (_, i) => ({
    map,
    byte: first + i,
    prefix: prefixText === undefined ? null : (PREFIXES[prefixText] ?? null),
    length: length === undefined ? null : Number(length),
    modrm,
    rm: rmText === undefined ? null : Number(rmText),
  }));
}

interface Entry extends Opcode {
  readonly row: number;
  readonly only: 'legacy' | 'long' | null;
  readonly source: string;
}

/** Returns the node array; rows are numbered from 1 in the order given. */
export function buildDecodeTree(rows: readonly Row[]): number[] {
  const nodes = new Array<number>(OPCODE_MAPS * 256).fill(0);
  const byOpcode = new Map<number, Entry[]>();
  rows.forEach(([opcode, syntax, , attributes = ''], index) => {
    const words = attributes.split(' ');
    const only = words.includes('i64') ? 'legacy' : words.includes('o64') ? 'long' : null;
    for (const parsed of parseOpcode(opcode)) {
      const key = parsed.map * 256 + parsed.byte;
      const list = byOpcode.get(key) ?? [];
      list.push({ ...parsed, row: index + 1, only, source: `${opcode} (${syntax})` });
      byOpcode.set(key, list);
    }
  });

  const allocate = (kind: number, children: number[]): number => {
    const at = nodes.length;
    nodes.push(...children);
    return (kind << 24) | at;
  };

  function byMode(entries: Entry[]): number {
    if (entries.length === 0) return 0;
    const [first, second] = entries;
    if (first === undefined) return 0;
    if (second === undefined) return first.row;
    const pick = (mode: 'legacy' | 'long'): number => {
      const fitting = entries.filter((entry) => entry.only === null || entry.only === mode);
      const own = fitting.filter((entry) => entry.only === mode);
      const chosen = own.length > 0 ? own : fitting;
      if (chosen.length > 1) {
        throw new Error(`instruction table: ${chosen.map((entry) => entry.source).join(' and ')} collide`);
      }
      return chosen[0]?.row ?? 0;
    };
    return allocate(NODE_MODE, [pick('legacy'), pick('long')]);
  }

  function byLength(entries: Entry[]): number {
    if (entries.every((entry) => entry.length === null)) return byMode(entries);
    const children = [0, 1].map((length) =>
      byMode(entries.filter((entry) => entry.length === null || entry.length === length)),
    );
    return allocate(NODE_LENGTH, children);
  }

  function byPrefix(entries: Entry[]): number {
    if (entries.every((entry) => entry.prefix === null)) return byLength(entries);
    const children = [0, 1, 2, 3].map((prefix) => {
      const own = entries.filter((entry) => entry.prefix === prefix);
      return byLength(own.length > 0 ? own : entries.filter((entry) => entry.prefix === null));
    });
    return allocate(NODE_PREFIX, children);
  }

  function byRm(entries: Entry[]): number {
    if (entries.every((entry) => entry.rm === null)) return byPrefix(entries);
    const children = Array.from({ length: 8 }, (_, rm) => {
      const own = entries.filter((entry) => entry.rm === rm);
      return byPrefix(own.length > 0 ? own : entries.filter((entry) => entry.rm === null));
    });
    return allocate(NODE_RM, children);
  }

  function byModrm(entries: Entry[]): number {
    if (entries.every((entry) => entry.modrm === null)) return byPrefix(entries);
    const children = Array.from({ length: 16 }, (_, slot) => {
      const own = entries.filter((entry) => entry.modrm?.includes(slot));
      return byRm(own.length > 0 ? own : entries.filter((entry) => entry.modrm === null));
    });
    return allocate(NODE_MODRM, children);
  }

  for (const [key, entries] of byOpcode) nodes[key] = byModrm(entries);
  return nodes;
}
