/** All families of system cases. */
import {
  controlRegisters,
  debugRegisters,
  fastCalls,
  modelSpecificRegisters,
  ports,
  singleStep,
  tableRegisters,
  virtualInterrupts,
} from './control.ts';
import type { SystemFamily } from './family.ts';
import { pagingFamily } from './paging.ts';
import { descriptorQueries, segmentLoads } from './segments.ts';
import { vexPrefixes } from './vex.ts';
import { farReturns, farTransfers, interrupts, taskSwitches } from './transfers.ts';

export const SYSTEM_FAMILIES: readonly SystemFamily[] = [
  segmentLoads,
  descriptorQueries,
  farTransfers,
  farReturns,
  interrupts,
  taskSwitches,
  controlRegisters,
  debugRegisters,
  modelSpecificRegisters,
  tableRegisters,
  fastCalls,
  ports,
  virtualInterrupts,
  singleStep,
  pagingFamily,
  vexPrefixes,
];
