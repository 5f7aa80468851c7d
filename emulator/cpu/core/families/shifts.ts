/** Shifts, rotates, bit tests and scans. Rows: table/shifts.ts. */
import { REGS, UOP_ADDRESS_SIZE, UOP_IMMEDIATE, UOP_SEGMENT, UOP_SIZE } from '../../layout';
import { effectiveOffset, linearAddress, maskAddress } from '../address';
import { RCX } from '../bits';
import { Flags, writeArithmeticFlags, writeEflagsMasked } from '../flags';
import { Memory } from '../memory';
import { Operand, readRm, readRmForWrite, writeRm } from '../operands';
import { Registers } from '../registers';
import { Shift } from '../shift';

export function rolEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.rol<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function rolEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.rol<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function rorEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.ror<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function rorEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.ror<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function rclEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.rcl<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function rclEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.rcl<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function rcrEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.rcr<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function rcrEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.rcr<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function shlEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.shl<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function shlEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.shl<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function shrEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.shr<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function shrEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.shr<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function sarEI<T>(p: usize): usize {
  writeRm<T>(p, Shift.sar<T>(readRmForWrite<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function sarEC<T>(p: usize): usize {
  writeRm<T>(p, Shift.sar<T>(readRmForWrite<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function shldI<T>(p: usize): usize {
  writeRm<T>(p, Shift.shld<T>(readRmForWrite<T>(p), Registers.reg<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function shldC<T>(p: usize): usize {
  writeRm<T>(p, Shift.shld<T>(readRmForWrite<T>(p), Registers.reg<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

export function shrdI<T>(p: usize): usize {
  writeRm<T>(p, Shift.shrd<T>(readRmForWrite<T>(p), Registers.reg<T>(p), load<u32>(p, UOP_IMMEDIATE)));
  return p + UOP_SIZE;
}
export function shrdC<T>(p: usize): usize {
  writeRm<T>(p, Shift.shrd<T>(readRmForWrite<T>(p), Registers.reg<T>(p), load<u8>(REGS + RCX)));
  return p + UOP_SIZE;
}

/** Where a bit string's element lies: the bit offset reaches beyond the operand (SDM vol. 2, BT). */
function bitAddress<T>(p: usize): u64 {
  const shift: i64 = sizeof<T>() == 8 ? 6 : sizeof<T>() == 4 ? 5 : 4;
  let offset: i64;
  if (sizeof<T>() == 8) offset = Registers.reg<i64>(p);
  else if (sizeof<T>() == 4) offset = Registers.reg<i32>(p);
  else offset = Registers.reg<i16>(p);
  const more = (offset >> shift) * <i64>sizeof<T>();
  const segment = load<u8>(p, UOP_SEGMENT);
  const at = maskAddress(effectiveOffset(p) + <u64>more, load<u8>(p, UOP_ADDRESS_SIZE));
  return linearAddress(segment & 7, at, sizeof<T>(), (segment & 0x40) != 0);
}

export function btsEG<T>(p: usize): usize {
  const n = (<u32>Registers.reg<T>(p)) & (sizeof<T>() * 8 - 1);
  const bit = <T>((<u64>1) << n);
  if (Operand.inMemory(p)) {
    const address = bitAddress<T>(p);
    const value = Memory.readForWrite<T>(p, address);
    Memory.write<T>(p, address, <T>(value | bit));
    Flags.carry(u32((value & bit) != 0));
  } else {
    const value = Registers.rm<T>(p);
    Registers.setRm<T>(p, <T>(value | bit));
    Flags.carry(u32((value & bit) != 0));
  }
  return p + UOP_SIZE;
}
export function btsEI<T>(p: usize): usize {
  const n = load<u32>(p, UOP_IMMEDIATE) & (sizeof<T>() * 8 - 1);
  const bit = <T>(u64(1) << n);
  const value = readRmForWrite<T>(p);
  writeRm<T>(p, <T>(value | bit));
  Flags.carry(u32((value & bit) != 0));
  return p + UOP_SIZE;
}

export function btrEG<T>(p: usize): usize {
  const n = (<u32>Registers.reg<T>(p)) & (sizeof<T>() * 8 - 1);
  const bit = <T>((<u64>1) << n);
  if (Operand.inMemory(p)) {
    const address = bitAddress<T>(p);
    const value = Memory.readForWrite<T>(p, address);
    Memory.write<T>(p, address, <T>(value & ~bit));
    Flags.carry(u32((value & bit) != 0));
  } else {
    const value = Registers.rm<T>(p);
    Registers.setRm<T>(p, <T>(value & ~bit));
    Flags.carry(u32((value & bit) != 0));
  }
  return p + UOP_SIZE;
}
export function btrEI<T>(p: usize): usize {
  const n = load<u32>(p, UOP_IMMEDIATE) & (sizeof<T>() * 8 - 1);
  const bit = <T>(u64(1) << n);
  const value = readRmForWrite<T>(p);
  writeRm<T>(p, <T>(value & ~bit));
  Flags.carry(u32((value & bit) != 0));
  return p + UOP_SIZE;
}

export function btcEG<T>(p: usize): usize {
  const n = (<u32>Registers.reg<T>(p)) & (sizeof<T>() * 8 - 1);
  const bit = <T>((<u64>1) << n);
  if (Operand.inMemory(p)) {
    const address = bitAddress<T>(p);
    const value = Memory.readForWrite<T>(p, address);
    Memory.write<T>(p, address, <T>(value ^ bit));
    Flags.carry(u32((value & bit) != 0));
  } else {
    const value = Registers.rm<T>(p);
    Registers.setRm<T>(p, <T>(value ^ bit));
    Flags.carry(u32((value & bit) != 0));
  }
  return p + UOP_SIZE;
}
export function btcEI<T>(p: usize): usize {
  const n = load<u32>(p, UOP_IMMEDIATE) & (sizeof<T>() * 8 - 1);
  const bit = <T>(u64(1) << n);
  const value = readRmForWrite<T>(p);
  writeRm<T>(p, <T>(value ^ bit));
  Flags.carry(u32((value & bit) != 0));
  return p + UOP_SIZE;
}

export function btEG<T>(p: usize): usize {
  const n = (<u32>Registers.reg<T>(p)) & (sizeof<T>() * 8 - 1);
  const value = Operand.inMemory(p) ? Memory.read<T>(p, bitAddress<T>(p)) : Registers.rm<T>(p);
  Flags.carry((<u32>((<u64>value) >> n)) & 1);
  return p + UOP_SIZE;
}
export function btEI<T>(p: usize): usize {
  const n = load<u32>(p, UOP_IMMEDIATE) & (sizeof<T>() * 8 - 1);
  Flags.carry((<u32>((<u64>readRm<T>(p)) >> n)) & 1);
  return p + UOP_SIZE;
}

/** With a zero source ZF is set and the destination stays (SDM: undefined; AMD: unchanged). */
export function bsf<T>(p: usize): usize {
  const value = readRm<T>(p);
  writeEflagsMasked(value ? 0 : 0x40, 0x40);
  if (value) Registers.setReg<T>(p, <T>ctz<u64>(<u64>value));
  return p + UOP_SIZE;
}
export function bsr<T>(p: usize): usize {
  const value = readRm<T>(p);
  writeEflagsMasked(value ? 0 : 0x40, 0x40);
  if (value) Registers.setReg<T>(p, <T>(63 - clz<u64>(<u64>value)));
  return p + UOP_SIZE;
}

export function popcount<T>(p: usize): usize {
  const value = readRm<T>(p);
  Registers.setReg<T>(p, <T>popcnt<u64>(<u64>value));
  writeArithmeticFlags(value ? 0 : 0x40);
  return p + UOP_SIZE;
}
