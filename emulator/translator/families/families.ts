/** All emitters, by handler. A handler that is not here runs in the interpreter (Emitter.fallback). */
import { absolute } from './absolute.ts';
import { bitManipulation } from './bit-manipulation.ts';
import { direct } from './direct.ts';
import { integer } from './integer.ts';
import { multiplyDivide } from './multiply-divide.ts';
import { packedInteger } from './packed-integer.ts';
import { shifts } from './shifts.ts';
import { sseArithmetic, sseCompare } from './sse-arithmetic.ts';
import { sseMove } from './sse-move.ts';
import { stack } from './stack.ts';
import { strings } from './strings.ts';
import type { InstructionEmitter } from './table.ts';

export const EMITTERS: ReadonlyMap<string, InstructionEmitter> = new Map(
  [
    direct,
    absolute,
    integer,
    shifts,
    bitManipulation,
    multiplyDivide,
    stack,
    strings,
    sseMove,
    sseArithmetic,
    sseCompare,
    packedInteger,
  ].flatMap((table) => Object.entries(table)),
);
