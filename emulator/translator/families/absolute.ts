/** MOV between the accumulator and an address in the instruction (A0 to A3): 32-bit code uses them for its variables. */
import type { Emitter } from '../emitter.ts';
import { hostAddress, logWrite } from '../memory.ts';
import type { MicroOp } from '../micro-op.ts';
import { pushLinear } from '../segments.ts';
import { I32 } from '../wasm/opcodes.ts';
import type { EmitterTable } from './table.ts';

const RAX = 0;

/** Pushes the host address of the operand. */
function pushHost(e: Emitter, op: MicroOp, write: boolean): void {
  const bytes = op.bits / 8;
  e.code.i64(BigInt.asIntN(64, op.wide));
  pushLinear(e, e.region.mode, op.segment, bytes, write);
  hostAddress(e, bytes, write);
}

export const absolute: EmitterTable = {
  movAO: (e, op) => {
    pushHost(e, op, false);
    e.loadHost(op.bits);
    e.popRegister(RAX, op.bits);
  },
  movOA: (e, op) => {
    const c = e.code;
    const host = c.borrow(I32);
    pushHost(e, op, true);
    c.set(host);
    if (e.checked) logWrite(e, host);
    c.get(host);
    e.pushRegister(RAX, op.bits);
    e.storeHost(op.bits);
    c.giveBack(I32, host);
  },
};
