/** The instruction table: all families. Add yours here (README.md tells how). */
import { arithmetic } from './arithmetic.ts';
import { control } from './control.ts';
import { fpuState } from './fpu-state.ts';
import { dataMovement } from './data-movement.ts';
import type { Family } from './row.ts';
import { segmentLoads } from './segment-loads.ts';
import { shifts } from './shifts.ts';
import { system } from './system.ts';
import { multiplyDivide } from './multiply-divide.ts';
import { stack } from './stack.ts';
import { strings } from './strings.ts';

export const FAMILIES: readonly Family[] = [
  dataMovement,
  arithmetic,
  shifts,
  multiplyDivide,
  stack,
  strings,
  control,
  segmentLoads,
  system,
  fpuState,
];
