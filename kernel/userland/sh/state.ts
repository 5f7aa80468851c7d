// What the whole shell knows: options, the last status, positional parameters, what is being left.

import { List } from '../lib/list';
import { make } from '../lib/malloc';

/** Options of set, by the number of their place in OPTION_LETTERS. Source: POSIX set. */
export const enum Option {
  allexport,
  notify,
  noclobber,
  errexit,
  noglob,
  hashall,
  monitor,
  noexec,
  nounset,
  verbose,
  xtrace,
  ignoreeof,
  interactive,
  stdin,
  pipefail,
  nolog,
  vi,
  emacs,
}

export const OPTION_COUNT: i32 = 18;
/** A blank: no letter. */
export const OPTION_LETTERS = 'abCefhmnuvxIis    ';
const OPTION_NAMES =
  'allexport notify noclobber errexit noglob hashall monitor noexec nounset verbose xtrace ignoreeof interactive stdin pipefail nolog vi emacs ';
const options = memory.data(32);

export function option(number: i32): bool {
  return load<u8>(options + <usize>number) != 0;
}

export function setOption(number: i32, on: bool): void {
  store<u8>(options + <usize>number, on ? 1 : 0);
}

/** Writes the name of an option to `to` as a byte string. */
export function optionName(number: i32, to: usize): void {
  let at = 0;
  for (let i = 0; i < number; at++) if (OPTION_NAMES.charCodeAt(at) == 0x20) i++;
  for (; OPTION_NAMES.charCodeAt(at) != 0x20; at++) store<u8>(to++, <u8>OPTION_NAMES.charCodeAt(at));
  store<u8>(to, 0);
}

/** $? */
export let lastStatus: i32 = 0;
/** $! ; 0 before the first background command. */
export let lastBackground: i32 = 0;
/** $$ : a subshell keeps that of the shell. */
export let shellPid: i32 = 0;
/** Prompts, and errors that do not end the shell. */
export let interactive: bool = false;
/** True in a child of the shell. */
export let inChild: bool = false;
/** $0 */
export let shellName: usize = 0;
/** $1…; a function has its own, see swapParameters(). */
export let parameters: List = make<List>();
/** LINENO */
export let lineNumber: i32 = 1;
/** The status of the last command substitution: that of a command which consists of nothing else. */
export let substitutionStatus: i32 = 0;

/** What execute() returns early for. */
export const enum Leaving {
  nothing,
  /** `levels` loops; the last of them goes on for `goOn`. */
  breakLoop,
  goOn,
  /** The function or the dot script. */
  returning,
  /** Everything, to the prompt of an interactive shell: an error, or ^C. */
  toPrompt,
}

export let leaving: i32 = Leaving.nothing;
export let levels: i32 = 0;
export let loopDepth: i32 = 0;
/** Functions and dot scripts that are running. */
export let callDepth: i32 = 0;
/** Inside conditions, where `set -e` does not count. */
export let tested: i32 = 0;

export function setLastStatus(status: i32): void {
  lastStatus = status;
}
export function setSubstitutionStatus(status: i32): void {
  substitutionStatus = status;
}
export function setLastBackground(pid: i32): void {
  lastBackground = pid;
}
export function setShellPid(pid: i32): void {
  shellPid = pid;
}
export function setInteractive(value: bool): void {
  interactive = value;
  setOption(Option.interactive, value);
}
export function enterChild(): void {
  inChild = true;
  interactive = false;
  loopDepth = 0;
}
export function setLeaving(what: i32, count: i32): void {
  leaving = what;
  levels = count;
}
export function setLoopDepth(depth: i32): void {
  loopDepth = depth;
}
export function setCallDepth(depth: i32): void {
  callDepth = depth;
}
export function setTested(depth: i32): void {
  tested = depth;
}
export function setLineNumber(line: i32): void {
  lineNumber = line;
}
export function setShellName(name: usize): void {
  shellName = name;
}

/** Makes `fresh` the positional parameters; returns those before. */
export function swapParameters(fresh: List): List {
  const before = parameters;
  parameters = fresh;
  return before;
}
