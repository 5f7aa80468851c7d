/** C literals of WebAssembly constants. Integers are unsigned; floats keep every bit, NaN payloads included. */
import type { ValueType } from '../wasm/types.ts';

const view = new DataView(new ArrayBuffer(8));

export function floatFromBits(type: 'f32' | 'f64', bits: bigint): number {
  if (type === 'f32') {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** An expression inside a function. */
export function literal(type: ValueType, bits: bigint): string {
  if (type === 'u32') return `0x${bits.toString(16)}u`;
  if (type === 'u64') return `0x${bits.toString(16)}ull`;
  const value = floatFromBits(type, bits);
  if (!Number.isFinite(value))
    return `rt_${type}_from_bits(0x${bits.toString(16)}u${type === 'f64' ? 'll' : ''})`;
  return finite(type, value);
}

/** An initialiser at file level, where no function may be called; the payload of a NaN is not kept. */
export function initializer(type: ValueType, bits: bigint): string {
  if (type === 'u32' || type === 'u64') return literal(type, bits);
  const value = floatFromBits(type, bits);
  if (Number.isNaN(value)) return '__builtin_nan("")';
  if (!Number.isFinite(value)) return value > 0 ? '__builtin_inf()' : '-__builtin_inf()';
  return finite(type, value);
}

function finite(type: 'f32' | 'f64', value: number): string {
  const digits = Object.is(value, -0) ? '-0.0' : value.toExponential(type === 'f32' ? 9 : 17);
  return `(${digits}${type === 'f32' ? 'f' : ''})`;
}
