// Commands that a program lets the shell run. Source: POSIX system(), sh -c.

import { exitNow } from './exit';
import { literal } from './literal';
import { execSearch } from './process';
import { reportError } from './report';

/** In a child: the shell, which is found along PATH, runs `command` in place of this process. Never returns. */
export function becomeShell(command: usize): void {
  const words = memory.data(32, 8);
  store<usize>(words, literal('sh'));
  store<usize>(words, literal('-c'), 8);
  store<usize>(words, command, 16);
  store<usize>(words, 0, 24);
  reportError(literal('sh'), execSearch(literal('sh'), words));
  exitNow(127);
}
