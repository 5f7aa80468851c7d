/** ADD OR ADC SBB AND SUB XOR CMP, TEST, INC, DEC, NEG, NOT. Rows: table/arithmetic.ts. */
import { UOP_SIZE } from '../../layout';
import { Alu } from '../alu';
import { Operand, readRm, readRmForWrite, writeRm } from '../operands';
import { Registers } from '../registers';

export function addEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.add<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function addGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.add<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function addEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.add<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function orEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.or<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function orGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.or<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function orEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.or<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function adcEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.adc<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function adcGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.adc<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function adcEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.adc<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function sbbEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.sbb<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function sbbGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.sbb<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function sbbEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.sbb<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function andEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.and<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function andGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.and<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function andEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.and<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function subEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.sub<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function subGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.sub<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function subEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.sub<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function xorEG<T>(p: usize): usize {
  writeRm<T>(p, Alu.xor<T>(readRmForWrite<T>(p), Registers.reg<T>(p)));
  return p + UOP_SIZE;
}
export function xorGE<T>(p: usize): usize {
  Registers.setReg<T>(p, Alu.xor<T>(Registers.reg<T>(p), readRm<T>(p)));
  return p + UOP_SIZE;
}
export function xorEI<T>(p: usize): usize {
  writeRm<T>(p, Alu.xor<T>(readRmForWrite<T>(p), Operand.immediate<T>(p)));
  return p + UOP_SIZE;
}

export function cmpEG<T>(p: usize): usize {
  Alu.cmp<T>(readRm<T>(p), Registers.reg<T>(p));
  return p + UOP_SIZE;
}
export function cmpGE<T>(p: usize): usize {
  Alu.cmp<T>(Registers.reg<T>(p), readRm<T>(p));
  return p + UOP_SIZE;
}
export function cmpEI<T>(p: usize): usize {
  Alu.cmp<T>(readRm<T>(p), Operand.immediate<T>(p));
  return p + UOP_SIZE;
}

export function testEG<T>(p: usize): usize {
  Alu.test<T>(readRm<T>(p), Registers.reg<T>(p));
  return p + UOP_SIZE;
}
export function testEI<T>(p: usize): usize {
  Alu.test<T>(readRm<T>(p), Operand.immediate<T>(p));
  return p + UOP_SIZE;
}

export function notE<T>(p: usize): usize {
  writeRm<T>(p, <T>~readRmForWrite<T>(p));
  return p + UOP_SIZE;
}
export function negE<T>(p: usize): usize {
  writeRm<T>(p, Alu.neg<T>(readRmForWrite<T>(p)));
  return p + UOP_SIZE;
}
export function incE<T>(p: usize): usize {
  writeRm<T>(p, Alu.inc<T>(readRmForWrite<T>(p)));
  return p + UOP_SIZE;
}
export function decE<T>(p: usize): usize {
  writeRm<T>(p, Alu.dec<T>(readRmForWrite<T>(p)));
  return p + UOP_SIZE;
}
