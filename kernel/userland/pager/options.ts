// How the pager behaves.

import { atEnd } from './view';

/** How the pager behaves. */
export const enum Quit {
  never = 0,
  /** -E and more: at the first end of file. */
  atEnd = 1,
  /** -e: at the second one. */
  atSecondEnd = 2,
}

export let quitMode: i32 = Quit.never;
export let quitIfOneScreen = false;
export let noAlternate = false;
export let ignoreCase = false;

/** -I: even with capitals in the pattern. */
export let ignoreAllCase = false;

export let asMore = false;

export function setQuitMode(mode: i32): void {
  quitMode = mode;
}

export function setQuitIfOneScreen(on: bool): void {
  quitIfOneScreen = on;
}

export function setNoAlternate(on: bool): void {
  noAlternate = on;
}

export function setIgnoreCase(on: bool, all: bool): void {
  ignoreCase = on;
  ignoreAllCase = all;
}

export function setAsMore(on: bool): void {
  asMore = on;
}
