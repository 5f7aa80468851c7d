// A sed script as a list of commands. Source: POSIX sed.

import { Buffer } from '../lib/buffer';
import { Regex } from '../lib/regex';
import { Stream } from '../lib/stream';

export const enum Address {
  none,
  line,
  last,
  regex,
  /** first~step */
  step,
  /** addr1,+N and addr1,~N */
  plus,
  multiple,
}

@unmanaged
@final
export class Place {
  kind: i32;
  number: i64;
  step: i64;
  /** null: the last expression that was used. */
  regex: Regex | null;
}

@unmanaged
@final
export class Command {
  letter: u8;
  negated: bool;
  /** A range that has begun and not ended. */
  inRange: bool;
  first: Place;
  second: Place;
  /** The line at which the range ends, for numbers. */
  rangeEnd: i64;
  /** { b t T: the index where it goes on. */
  target: i32;
  /** Text of a c i, label of b t :, file name of r. */
  text: usize;
  textLength: usize;
  /** q Q l: a number, -1 without. */
  number: i64;
  regex: Regex | null;
  /** s: parts of the replacement, see script.ts. */
  replacement: Buffer;
  globally: bool;
  prints: bool;
  /** s: which match is replaced. */
  which: i64;
  output: Stream | null;
  /** y: pairs of u32. */
  pairs: usize;
  pairCount: i32;
}

/** In a replacement: what follows MARK. Literal bytes equal to MARK are doubled. */
export const MARK: u8 = 1;
