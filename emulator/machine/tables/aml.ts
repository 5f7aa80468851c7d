/**
 * A small emitter of ACPI machine language: each function gives the bytes of one term.
 *
 * - Names are given as in ASL: segments of up to four characters, `\` for the root, `.` between segments.
 * Source: ACPI specification 1.0b, chapter 16 "AML"; ACPI 6.5, chapter 20.
 */

export type Aml = readonly number[];

const flat = (terms: readonly Aml[]): number[] => terms.flat();

const ascii = (s: string): number[] => Array.from(s, (c) => c.charCodeAt(0));

function nameString(name: string): number[] {
  const root = name.startsWith('\\');
  const path = root ? name.slice(1) : name;
  const prefix = root ? [0x5c] : [];
  if (path === '') return [...prefix, 0];
  const segments = path.split('.');
  const bytes = segments.flatMap((s) => ascii(s.padEnd(4, '_')));
  if (segments.length === 1) return [...prefix, ...bytes];
  if (segments.length === 2) return [...prefix, 0x2e, ...bytes];
  return [...prefix, 0x2f, segments.length, ...bytes];
}

/** PkgLength counts itself: one byte up to 63, else a length nibble and one to three more bytes. */
function packageLength(contentBytes: number): number[] {
  if (contentBytes + 1 < 0x40) return [contentBytes + 1];
  for (let extra = 1; extra <= 3; extra++) {
    const total = contentBytes + 1 + extra;
    if (total >= 2 ** (4 + 8 * extra)) continue;
    const bytes = [(extra << 6) | (total & 15)];
    for (let i = 0; i < extra; i++) bytes.push((total >> (4 + 8 * i)) & 0xff);
    return bytes;
  }
  throw new RangeError(`AML package of ${String(contentBytes)} bytes`);
}

function block(opcode: readonly number[], content: readonly number[]): Aml {
  return [...opcode, ...packageLength(content.length), ...content];
}

export function integer(value: number): Aml {
  if (value === 0) return [0x00];
  if (value === 1) return [0x01];
  if (value <= 0xff) return [0x0a, value];
  if (value <= 0xffff) return [0x0b, value & 0xff, value >> 8];
  return [0x0c, value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

export function string(value: string): Aml {
  return [0x0d, ...ascii(value), 0];
}

/** "PNP0A03" as the compressed EISA identifier. */
export function eisaId(id: string): Aml {
  const letter = (i: number): number => id.charCodeAt(i) - 0x40;
  const product = Number.parseInt(id.slice(3), 16);
  const vendor = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  return [0x0c, vendor >> 8, vendor & 0xff, product >> 8, product & 0xff];
}

export const path = (name: string): Aml => nameString(name);
export const arg = (index: number): Aml => [0x68 + index];

export const name = (n: string, value: Aml): Aml => [0x08, ...nameString(n), ...value];
export const scope = (n: string, ...terms: Aml[]): Aml => block([0x10], [...nameString(n), ...flat(terms)]);
export const device = (n: string, ...terms: Aml[]): Aml =>
  block([0x5b, 0x82], [...nameString(n), ...flat(terms)]);
export const method = (
  n: string,
  args: number,
  serialized: 'serialized' | 'reentrant',
  ...terms: Aml[]
): Aml => block([0x14], [...nameString(n), args | (serialized === 'serialized' ? 8 : 0), ...flat(terms)]);
export const packageOf = (...elements: Aml[]): Aml => block([0x12], [elements.length, ...flat(elements)]);
export const buffer = (bytes: readonly number[]): Aml => block([0x11], [...integer(bytes.length), ...bytes]);
export const returnValue = (value: Aml): Aml => [0xa4, ...value];
export const store = (value: Aml, target: Aml): Aml => [0x70, ...value, ...target];
export const and = (a: Aml, b: Aml, target: Aml = [0]): Aml => [0x7b, ...a, ...b, ...target];
export const or = (a: Aml, b: Aml, target: Aml = [0]): Aml => [0x7d, ...a, ...b, ...target];
export const ifThen = (condition: Aml, ...terms: Aml[]): Aml => block([0xa0], [...condition, ...flat(terms)]);
export const elseThen = (...terms: Aml[]): Aml => block([0xa1], flat(terms));
export const createDwordField = (source: Aml, byteIndex: Aml, n: string): Aml => [
  0x8a,
  ...source,
  ...byteIndex,
  ...nameString(n),
];

export const REGION = { memory: 0, io: 1, pciConfig: 2 } as const;
export const operationRegion = (n: string, space: number, offset: number, length: number): Aml => [
  0x5b,
  0x80,
  ...nameString(n),
  space,
  ...integer(offset),
  ...integer(length),
];

/** Byte-access fields: [name or null for a gap, bits]. */
export function byteField(region: string, ...fields: readonly (readonly [string | null, number])[]): Aml {
  const list = fields.flatMap(([n, bits]) =>
    n === null ? [0x00, ...fieldLength(bits)] : [...nameString(n), ...fieldLength(bits)],
  );
  return block([0x5b, 0x81], [...nameString(region), 0x01, ...list]);
}

/** A field's width uses PkgLength's form, but does not count itself. */
function fieldLength(bits: number): number[] {
  if (bits < 0x40) return [bits];
  if (bits < 0x1000) return [0x40 | (bits & 15), bits >> 4];
  return [0x80 | (bits & 15), (bits >> 4) & 0xff, bits >> 12];
}
