// What reading one command has come to: the arena that its tree goes into, and the first error.
//
// Rules: startSyntax() before a command is read. A syntax error is noted once (syntaxError()); from then on every token
// is `end`, and whoever loops over bytes stops.

import { Arena } from '../lib/arena';

export let arena: Arena = changetype<Arena>(<usize>0);
/** 0, or what is wrong: `unexpected "…"`, a byte string. */
export let syntaxError: usize = 0;

export function setArena(to: Arena): void {
  arena = to;
}

/** Notes an error: the first one counts. */
export function failSyntax(what: usize): void {
  if (!syntaxError) syntaxError = what;
}

/** Puts another state of things in its place: 0 for a fresh begin. */
export function setSyntaxError(what: usize): void {
  syntaxError = what;
}
