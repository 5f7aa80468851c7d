/** What the command lines of the benchmarks of the machine have in common. */
import { type OptionRow, readCommandLine } from '../lib/command-line.ts';
import { type Peer, peers, type System, systems } from './guests.ts';

export interface MachineOptions {
  readonly rounds: number;
  readonly systems: readonly System[];
  readonly peers: readonly Peer[];
  /** Nothing was left out: the results are worth keeping. */
  readonly complete: boolean;
}

export interface MachineBenchmark {
  /** The part of `npm run bench:NAME` after the colon. */
  readonly name: string;
  readonly purpose: string;
  readonly rounds: number;
  /** False: it has a guest of its own. */
  readonly systems: boolean;
}

export function machineOptions(benchmark: MachineBenchmark): MachineOptions {
  const list = (possible: readonly string[]): string => possible.join(',');
  const systemRow: Record<string, OptionRow> = benchmark.systems
    ? { systems: { value: 'a,b', help: `only these of ${list(systems)}` } }
    : {};
  return readCommandLine<string, MachineOptions>(
    {
      command: `npm run bench:${benchmark.name} --`,
      purpose: benchmark.purpose,
      options: {
        rounds: { value: 'N', byDefault: String(benchmark.rounds), help: 'how often it is measured' },
        ...systemRow,
        peers: { value: 'a,b', help: `only these of ${list(peers)}` },
      },
    },
    (line) => ({
      rounds: line.count('rounds'),
      systems: benchmark.systems ? line.some('systems', systems) : systems,
      peers: line.some('peers', peers),
      complete:
        (!benchmark.systems || line.text('systems') === undefined) && line.text('peers') === undefined,
    }),
  );
}
