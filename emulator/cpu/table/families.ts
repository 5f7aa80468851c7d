/** The instruction table: all families. Add yours here (README.md tells how). */
import { arithmetic } from './arithmetic.ts';
import { bitManipulation } from './bit-manipulation.ts';
import { control } from './control.ts';
import { fpuState } from './fpu-state.ts';
import { dataMovement } from './data-movement.ts';
import { packedInteger } from './packed-integer.ts';
import { packedShift } from './packed-shift.ts';
import { packedShuffle } from './packed-shuffle.ts';
import { sseArithmetic } from './sse-arithmetic.ts';
import { sseCompare } from './sse-compare.ts';
import { sseConvert } from './sse-convert.ts';
import { sseMove } from './sse-move.ts';
import { x87Arithmetic } from './x87-arithmetic.ts';
import { x87Compare } from './x87-compare.ts';
import { x87Move } from './x87-move.ts';
import { x87Environment } from './x87-environment.ts';
import { x87Transcendental } from './x87-transcendental.ts';
import { sse3Float } from './sse3-float.ts';
import { sse42String } from './sse42-string.ts';
import { sse4Integer } from './sse4-integer.ts';
import { ssse3 } from './ssse3.ts';
import type { Family } from './row.ts';
import { segmentLoads } from './segment-loads.ts';
import { shifts } from './shifts.ts';
import { system } from './system.ts';
import { multiplyDivide } from './multiply-divide.ts';
import { stack } from './stack.ts';
import { xsave } from './xsave.ts';
import { strings } from './strings.ts';

export const FAMILIES: readonly Family[] = [
  dataMovement,
  arithmetic,
  shifts,
  bitManipulation,
  multiplyDivide,
  stack,
  strings,
  control,
  segmentLoads,
  system,
  fpuState,
  xsave,
  packedInteger,
  packedShift,
  packedShuffle,
  sseArithmetic,
  sseCompare,
  sseConvert,
  sseMove,
  x87Arithmetic,
  x87Compare,
  x87Move,
  x87Environment,
  x87Transcendental,
  sse3Float,
  sse42String,
  sse4Integer,
  ssse3,
];
