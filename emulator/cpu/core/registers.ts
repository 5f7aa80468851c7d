/** Registers as operands: byte offsets in REGS; a 32-bit write clears the upper half (SDM vol. 1, 3.4.1.1). */
import { REGS, UOP_REG, UOP_RM, UOP_VVVV } from '../layout';

export class Registers {
  @inline static read<T>(offset: usize): T {
    return load<T>(offset, REGS);
  }
  @inline static write<T>(offset: usize, value: T): void {
    if (sizeof<T>() == 4) store<u64>(offset, <u64>(<u32>value), REGS);
    else store<T>(offset, value, REGS);
  }
  /** The operand that ModRM.reg names. */
  @inline static reg<T>(p: usize): T {
    return load<T>(load<u8>(p, UOP_REG), REGS);
  }
  @inline static setReg<T>(p: usize, value: T): void {
    Registers.write<T>(load<u8>(p, UOP_REG), value);
  }
  /** The operand that VEX.vvvv names. */
  @inline static vvvv<T>(p: usize): T {
    return load<T>(load<u8>(p, UOP_VVVV), REGS);
  }
  @inline static setVvvv<T>(p: usize, value: T): void {
    Registers.write<T>(load<u8>(p, UOP_VVVV), value);
  }
  /** The operand that ModRM.rm names, when it is a register. */
  @inline static rm<T>(p: usize): T {
    return load<T>(load<u8>(p, UOP_RM), REGS);
  }
  @inline static setRm<T>(p: usize, value: T): void {
    Registers.write<T>(load<u8>(p, UOP_RM), value);
  }
}
