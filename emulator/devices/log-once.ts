/** Names each distinct thing once in the log: what a guest does a million times is one line for a developer. */
import type { Log } from '../machine/bus.ts';

const MOST_NAMES = 1000;

export function logOnce(log: Log): (message: string) => void {
  const named = new Set<string>();
  return (message) => {
    // A guest that makes up new names must not fill the host's memory.
    if (named.has(message) || named.size >= MOST_NAMES) return;
    named.add(message);
    log('info', message);
  };
}
