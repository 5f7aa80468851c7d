/** CMPPS and its like, COMISS, UCOMISS, COMISD, UCOMISD (SDM vol. 2). Rows: table/sse-compare.ts. */
import { FLAG_AUX, FLAG_RESULT, UOP_IMMEDIATE, UOP_SIZE } from '../../layout';
import { Address } from '../address';
import { CF, PF, ZF } from '../bits';
import { writeArithmeticFlags } from '../flags';
import { compare, EQUAL, GREATER, holds, LESS } from '../float80/compare';
import { Memory } from '../memory';
import { Mxcsr } from '../mxcsr';
import { Operand } from '../operands';
import { Packed, Sse, Xmm } from '../vectors';

const spill = memory.data(32, 16);

/** Compares each element of the two vectors; `T` is the element's bit pattern. */
export function cmpPacked<T>(p: usize): usize {
  const b = Packed.source<v128>(p);
  v128.store(spill, Packed.reg<v128>(p));
  v128.store(spill, b, 16);
  const predicate = load<u32>(p, UOP_IMMEDIATE) & 7;
  Mxcsr.begin();
  for (let i: usize = 0; i < 16; i += sizeof<T>()) {
    const value = holds<T>(predicate, <u64>load<T>(spill + i), <u64>load<T>(spill + i, 16));
    store<T>(spill + i, <T>(value ? ~(<u64>0) : 0));
  }
  Mxcsr.commit();
  return Packed.put<v128>(p, v128.load(spill));
}

function scalarSource<T>(p: usize): T {
  Sse.ready();
  return Operand.inMemory(p) ? Memory.read<T>(p, Address.of(p)) : load<T>(Xmm.rm(p));
}

export function cmpScalar<T>(p: usize): usize {
  const b = scalarSource<T>(p);
  Mxcsr.begin();
  const value = holds<T>(load<u32>(p, UOP_IMMEDIATE) & 7, <u64>load<T>(Xmm.reg(p)), <u64>b);
  Mxcsr.commit();
  store<T>(Xmm.reg(p), <T>(value ? ~(<u64>0) : 0));
  return p + UOP_SIZE;
}

/** ZF, PF and CF by the order; OF, SF and AF clear. */
function setFlags(order: u32): void {
  switch (order) {
    case GREATER:
      // The frequent ones without going through EFLAGS: a result that is neither zero nor negative, odd parity.
      store<u64>(FLAG_RESULT, 1);
      store<u32>(FLAG_AUX, 0);
      break;
    case LESS:
      writeArithmeticFlags(CF);
      break;
    case EQUAL:
      writeArithmeticFlags(ZF);
      break;
    default:
      writeArithmeticFlags(ZF | PF | CF);
  }
}

function comi<T>(p: usize, signals: bool): usize {
  const b = <u64>scalarSource<T>(p);
  const a = <u64>load<T>(Xmm.reg(p));
  if (Mxcsr.plain()) {
    // Numbers that are no NaN and no denormal raise nothing.
    const x = sizeof<T>() == 8 ? reinterpret<f64>(a) : <f64>reinterpret<f32>(<u32>a);
    const y = sizeof<T>() == 8 ? reinterpret<f64>(b) : <f64>reinterpret<f32>(<u32>b);
    const smallest: f64 = sizeof<T>() == 8 ? 2.2250738585072014e-308 : 1.1754943508222875e-38;
    if ((abs(x) >= smallest || x == 0) && (abs(y) >= smallest || y == 0)) {
      setFlags(x > y ? GREATER : x < y ? LESS : EQUAL);
      return p + UOP_SIZE;
    }
  }
  Mxcsr.begin();
  const order = compare<T>(a, b, signals);
  Mxcsr.commit();
  setFlags(order);
  return p + UOP_SIZE;
}

export function comiSignaling<T>(p: usize): usize {
  return comi<T>(p, true);
}
export function comiQuiet<T>(p: usize): usize {
  return comi<T>(p, false);
}
