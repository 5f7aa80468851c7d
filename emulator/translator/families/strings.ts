/**
 * String instructions without a repetition. Repeated ones run in the interpreter's handlers, which copy and fill whole
 * pages and count elements as they go.
 */
import { FLAGS_SUB } from '../../cpu/core/flag-classes.ts';
import { FLAG_SYSTEM } from '../../cpu/layout.ts';
import type { Emitter } from '../emitter.ts';
import { valueType } from '../flags.ts';
import { hostAddress, logWrite } from '../memory.ts';
import type { MicroOp } from '../micro-op.ts';
import { ES, pushLinear } from '../segments.ts';
import { I32, I64, LOAD } from '../wasm/opcodes.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

const RAX = 0;
const RSI = 48;
const RDI = 56;
/** Of UOP_PREFIXES: REP and REPNE. */
const REPEATED = 6;
/** EFLAGS.DF is this bit. */
const DIRECTION_BIT = 10;
const ADDRESS_BITS = [16, 32, 64] as const;

const indexBits = (op: MicroOp): number => ADDRESS_BITS[op.addressSize] ?? 64;

/** Sets the i32 local `host` to where the element at RSI or RDI lies. */
function locate(e: Emitter, op: MicroOp, index: number, segment: number, write: boolean, host: number): void {
  const c = e.code;
  const bytes = op.bits / 8;
  e.pushRegister(index, indexBits(op));
  if (indexBits(op) !== 64) c.extendUnsigned();
  pushLinear(e, e.region.mode, segment, bytes, write);
  hostAddress(e, bytes, write);
  c.set(host);
  if (write && e.checked) logWrite(e, host);
}

/** Moves RSI or RDI to the next element. */
function advance(e: Emitter, op: MicroOp, index: number): void {
  const c = e.code;
  const bits = indexBits(op);
  const type = valueType(bits);
  const bytes = op.bits / 8;
  e.pushRegister(index, bits);
  // bytes - 2 * DF * bytes
  c.i32(bytes).loadAt(LOAD.i32, FLAG_SYSTEM);
  c.i32(DIRECTION_BIT - 1)
    .i32op('shrU')
    .i32(2)
    .i32op('and')
    .i32(bytes)
    .i32op('mul')
    .i32op('sub');
  if (type === I64) c.extendSigned();
  c.integer(type, 'add');
  e.popRegister(index, bits);
}

interface Hosts {
  readonly source: number;
  readonly destination: number;
}

/** `body` works on the elements found; `from` and `to` say which there are. */
function single(
  uses: { readonly from?: true; readonly to?: 'read' | 'written' },
  body: (e: Emitter, op: MicroOp, hosts: Hosts) => void,
): InstructionEmitter {
  return (e, op) => {
    if (op.prefixes & REPEATED) {
      e.fallback(op);
      return;
    }
    const c = e.code;
    const source = c.borrow(I32);
    const destination = c.borrow(I32);
    if (uses.from) locate(e, op, RSI, op.segment, false, source);
    if (uses.to) locate(e, op, RDI, ES, uses.to === 'written', destination);
    body(e, op, { source, destination });
    if (uses.from) advance(e, op, RSI);
    if (uses.to) advance(e, op, RDI);
    c.giveBack(I32, source, destination);
  };
}

/** Sets the flags as the difference of the operands in s and b. */
function compare(e: Emitter, bits: number): void {
  const { flags, code: c } = e;
  c.get(flags.s(bits)).get(flags.b(bits)).integer(valueType(bits), 'sub').set(flags.r(bits));
  flags.define(FLAGS_SUB, bits, true);
}

export const strings: EmitterTable = {
  movs: single({ from: true, to: 'written' }, (e, op, { source, destination }) => {
    e.code.get(destination).get(source);
    e.loadHost(op.bits);
    e.storeHost(op.bits);
  }),
  stos: single({ to: 'written' }, (e, op, { destination }) => {
    e.code.get(destination);
    e.pushRegister(RAX, op.bits);
    e.storeHost(op.bits);
  }),
  lods: single({ from: true }, (e, op, { source }) => {
    e.code.get(source);
    e.loadHost(op.bits);
    e.popRegister(RAX, op.bits);
  }),
  cmps: single({ from: true, to: 'read' }, (e, op, { source, destination }) => {
    const { flags, code: c } = e;
    c.get(source);
    e.loadHost(op.bits);
    c.set(flags.s(op.bits)).get(destination);
    e.loadHost(op.bits);
    c.set(flags.b(op.bits));
    compare(e, op.bits);
  }),
  scas: single({ to: 'read' }, (e, op, { destination }) => {
    const { flags, code: c } = e;
    e.pushRegister(RAX, op.bits);
    c.set(flags.s(op.bits)).get(destination);
    e.loadHost(op.bits);
    c.set(flags.b(op.bits));
    compare(e, op.bits);
  }),
};
