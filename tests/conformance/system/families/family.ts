/** A family of system cases: what it tests, where, and how one is made. */
import type { Random } from '../../random.ts';
import type { Environment, SystemCase } from '../case.ts';

export interface SystemFamily {
  readonly name: string;
  readonly environments: readonly Environment[];
  make(random: Random, environment: Environment): SystemCase;
}
