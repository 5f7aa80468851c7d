/** What the command lines of the benchmarks of the machine have in common: --rounds N, --systems a,b, --peers a,b. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Peer, peers, type System, systems } from './guests.ts';

export interface MachineOptions {
  readonly rounds: number;
  readonly systems: readonly System[];
  readonly peers: readonly Peer[];
  /** Nothing was left out: the results are worth keeping. */
  readonly complete: boolean;
}

function chosen<T extends string>(
  option: string,
  text: string | undefined,
  possible: readonly T[],
): readonly T[] {
  if (text === undefined) return possible;
  return text.split(',').map((name) => {
    const found = possible.find((candidate) => candidate === name);
    if (found !== undefined) return found;
    process.stderr.write(`--${option} ${name}: possible are ${possible.join(', ')}\n`);
    process.exit(2);
  });
}

export function machineOptions(defaultRounds: number): MachineOptions {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(defaultRounds) },
      systems: { type: 'string' },
      peers: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`--rounds ${values.rounds}: give a number of at least 1\n`);
    process.exit(2);
  }
  return {
    rounds,
    systems: chosen('systems', values.systems, systems),
    peers: chosen('peers', values.peers, peers),
    complete: values.systems === undefined && values.peers === undefined,
  };
}
