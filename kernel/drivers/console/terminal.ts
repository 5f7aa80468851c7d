/**
 * What a terminal keeps between bytes: its screen, and the sequence that is under way with its parameters (ECMA-48, 5.4).
 */
import { Screen } from './screen';

export const MAX_PARAMETERS: u32 = 16;
/** What may stand behind CSI and make a sequence private. */
export const QUESTION: u8 = 0x3f;
export const GREATER: u8 = 0x3e;

@unmanaged
export class Terminal {
  screen: Screen;
  state: u32;
  /** MAX_PARAMETERS u32 values, and how many there are. */
  parameters: usize;
  count: u32;
  /** The byte after CSI that makes it private: `?`, `>`, `=`, `<`; 0: none. */
  marker: u8;
  /** The intermediate byte before the final one, 0: none. */
  intermediate: u8;
  /** Of the text after OSC. */
  textLength: u32;
  /** The character printed last, for REP. */
  last: u32;
  /** The cursor blinks (DECSCUSR, mode 12). */
  blink: bool;
  /** Function index of () => void: BEL. 0: none. */
  bell: u32;
  /** UTF-8: what is gathered, how many bytes follow, the smallest value that their number allows. */
  code: u32;
  expected: u32;
  smallest: u32;
  /** Given to `reply`: which console this is. */
  console: u32;
  /** Function index of (console: u32, bytes: usize, count: u32) => void: answers to the program's questions. 0: none. */
  reply: u32;
}

export const PARAMETER_BYTES: usize = MAX_PARAMETERS * 4;

/** Parameter `index`, or `fallback` when it is missing or 0. */
export function parameter(t: Terminal, index: u32, fallback: u32): u32 {
  if (index >= t.count) return fallback;
  const value = load<u32>(t.parameters + index * 4);
  return value == 0 ? fallback : value;
}
