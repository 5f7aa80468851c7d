/**
 * The form of a family's emitters: by the name of the handler in core/families (without its type). `op.bits` is the
 * operand size that the handler was instantiated for, 0 when it has none.
 */
import type { Emitter } from '../emitter.ts';
import type { MicroOp } from '../micro-op.ts';

export type InstructionEmitter = (e: Emitter, op: MicroOp) => void;
export type EmitterTable = Readonly<Record<string, InstructionEmitter>>;
