/** The rm operand, register or memory, and writing it back. */
import { UOP_IMMEDIATE, UOP_SEGMENT } from '../layout';
import { Address } from './address';
import { Memory } from './memory';
import { Registers } from './registers';

export class Operand {
  @inline static inMemory(p: usize): bool {
    return (load<u8>(p, UOP_SEGMENT) & 0x80) != 0;
  }
  @inline static immediate<T>(p: usize): T {
    return <T>(<i64>load<i32>(p, UOP_IMMEDIATE));
  }
}

export function readRm<T>(p: usize): T {
  if (Operand.inMemory(p)) return Memory.read<T>(p, Address.of(p));
  return Registers.rm<T>(p);
}

/** Reads an operand that `writeRm` will replace. */
export function readRmForWrite<T>(p: usize): T {
  if (Operand.inMemory(p)) return Memory.readForWrite<T>(p, Address.of(p));
  return Registers.rm<T>(p);
}

export function writeRm<T>(p: usize, value: T): void {
  if (Operand.inMemory(p)) Memory.write<T>(p, Address.of(p), value);
  else Registers.setRm<T>(p, value);
}
