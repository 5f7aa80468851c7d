// What the whole shell knows: the last status, positional parameters, whether it is interactive.

import { List } from '../lib/list';
import { make } from '../lib/malloc';

/** $? */
export let lastStatus: i32 = 0;
/** $! ; 0 before the first background command. */
export let lastBackground: i32 = 0;
/** $$ : a subshell keeps that of the shell. */
export let shellPid: i32 = 0;
/** Prompts, job control, and errors that do not end the shell. */
export let interactive: bool = false;
/** True in a child of the shell (a subshell or a part of a pipeline): no job control there. */
export let inChild: bool = false;
/** `set -x` */
export let trace: bool = false;
/** How many surrounding loops `break` still has to leave; `continue` leaves all but the last of them. */
export let leaving: i32 = 0;
export let continuing: bool = false;
export let loopDepth: i32 = 0;
/** A foreground command was interrupted from the keyboard: the rest of the line is dropped. */
export let interrupted: bool = false;
/** $0, and $1… */
export let shellName: usize = 0;
export const parameters: List = make<List>();

export function setLastStatus(status: i32): void {
  lastStatus = status;
}

export function setLastBackground(pid: i32): void {
  lastBackground = pid;
}

export function setShellPid(pid: i32): void {
  shellPid = pid;
}

export function setInteractive(value: bool): void {
  interactive = value;
}

export function enterChild(): void {
  inChild = true;
  interactive = false;
}

export function setTrace(value: bool): void {
  trace = value;
}

export function setLeaving(levels: i32, goOn: bool): void {
  leaving = levels;
  continuing = goOn;
}

export function setInterrupted(value: bool): void {
  interrupted = value;
}

export function setLoopDepth(depth: i32): void {
  loopDepth = depth;
}

export function setShellName(name: usize): void {
  shellName = name;
}
