/**
 * Reads the source map that binaryen writes beside a wasm module: one generated line whose columns are byte
 * offsets in the module. Source: ECMA-426 (source map format), WebAssembly tool conventions (Debugging).
 */

export interface SourcePosition {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export type SourceMap = ReadonlyMap<number, SourcePosition>;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS = new Map(Array.from(BASE64, (c, i) => [c, i]));

function decodeSegment(segment: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let shift = 0;
  for (const c of segment) {
    const digit = DIGITS.get(c);
    if (digit === undefined) throw new Error(`source map: '${c}' is no base64 digit`);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    fields.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return fields;
}

/** Byte offset of an instruction to its position. Offsets without an entry continue the one before. */
export function readSourceMap(json: string): SourceMap {
  const map = JSON.parse(json) as { sources: string[]; mappings: string };
  const positions = new Map<number, SourcePosition>();
  let offset = 0;
  let source = 0;
  let line = 0;
  for (const segment of map.mappings.split(',')) {
    if (segment === '') continue;
    const [offsetDelta = 0, sourceDelta, lineDelta = 0] = decodeSegment(segment);
    offset += offsetDelta;
    if (sourceDelta === undefined) continue;
    source += sourceDelta;
    line += lineDelta;
    const file = map.sources[source];
    if (file === undefined) throw new Error(`source map: source ${source} does not exist`);
    positions.set(offset, { file, line: line + 1 });
  }
  return positions;
}
