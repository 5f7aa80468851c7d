// time before a pipeline: a reserved word, so that it can time builtins, compound commands and whole pipelines.
// Source: POSIX time (RATIONALE: the reserved word of ksh), the form of -p.

import { monotonicNs } from '../lib/time';
import { childrenUsage, ownUsage, printTimes, Usage } from '../lib/usage';
import { stderr, stdout } from '../lib/stream';
import { Node } from './ast';
import { execute } from './execute';
import { stackMark, stackRelease, stackTake } from './stack';

/** What this process and those that it has waited for have used so far. */
function used(): Usage {
  const all = changetype<Usage>(stackTake(offsetof<Usage>()));
  const children = changetype<Usage>(stackTake(offsetof<Usage>()));
  ownUsage(all);
  childrenUsage(children);
  all.userMs += children.userMs;
  all.systemMs += children.systemMs;
  return all;
}

export function executeTimed(node: Node): i32 {
  const mark = stackMark();
  const start = monotonicNs();
  const before = used();
  const status = execute(node.left, false);
  const after = used();
  stdout.flush();
  after.userMs -= before.userMs;
  after.systemMs -= before.systemMs;
  printTimes((monotonicNs() - start) / 1000000, after);
  stderr.flush();
  stackRelease(mark);
  return status;
}
