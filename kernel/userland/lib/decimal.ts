// Decimal numbers as they are written, and the forms of C for them: %f %e %g. Source: C11 7.21.6.1; POSIX printf.
//
// Rules: nothing is turned into binary, so that nothing is lost: what is rounded is what was written, ties to even.
// parseDecimal() leaves a number here that the other functions write out, as often as wanted.

import { Buffer } from './buffer';
import { bytesAre } from './bytes';
import { literal } from './literal';
import { make } from './malloc';

/** The digits as values, without zeros at the begin; the number is 0.D1D2D3… times 10^point. */
const digits = make<Buffer>();
let point: i32 = 0;
/** 0, or the word that it is instead of digits: inf, nan. */
let word: usize = 0;
let isNegative = false;
/** Exponents beyond this count as this: the text would be as long. */
const MOST: i32 = 9999;

/** What has been rounded: digits from `rounded`. */
const kept = make<Buffer>();
let keptPoint: i32 = 0;

export function decimalIsNegative(): bool {
  return isNegative;
}

/** [+-]digits[.digits][e[+-]digits], inf, nan. The address behind what was read; `at` itself when that is no number. */
export function parseDecimal(at: usize): usize {
  const start = at;
  isNegative = load<u8>(at) == 0x2d;
  if (isNegative || load<u8>(at) == 0x2b) at++;
  digits.clear();
  point = 0;
  word = 0;
  if (bytesAre(at, 'inf') || bytesAre(at, 'infinity')) word = literal('inf');
  else if (bytesAre(at, 'nan')) word = literal('nan');
  if (word) {
    while (load<u8>(at)) at++;
    return at;
  }
  let any = false;
  let behind = false;
  for (; isDigit(at) || (load<u8>(at) == 0x2e && !behind); at++) {
    if (load<u8>(at) == 0x2e) {
      behind = true;
      continue;
    }
    any = true;
    const digit = load<u8>(at) - 0x30;
    if (digits.length || digit) {
      digits.byte(digit);
      if (!behind) point++;
    } else if (behind) point--;
  }
  if (!any) return start;
  if ((load<u8>(at) | 0x20) == 0x65) at = exponent(at);
  if (!digits.length) point = 0;
  return at;
}

function isDigit(at: usize): bool {
  return load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39;
}

/** e and what follows; the address of the e when no digits do. */
function exponent(at: usize): usize {
  let digit = at + 1;
  const negative = load<u8>(digit) == 0x2d;
  if (negative || load<u8>(digit) == 0x2b) digit++;
  if (!isDigit(digit)) return at;
  let value = 0;
  for (; isDigit(digit); digit++) value = min<i32>(value * 10 + load<u8>(digit) - 0x30, MOST);
  point += negative ? -value : value;
  return digit;
}

/** Puts the number with so many digits into `kept`; none or less: it may still round up to one. */
function roundTo(count: i32): void {
  kept.clear();
  keptPoint = point;
  const length = <i32>digits.length;
  if (count < 0) return;
  for (let i = 0; i < min<i32>(count, length); i++) kept.byte(load<u8>(digits.at + <usize>i));
  if (count >= length) return;
  const next = load<u8>(digits.at + <usize>count);
  let rest = false;
  for (let i = count + 1; i < length && !rest; i++) rest = load<u8>(digits.at + <usize>i) != 0;
  const odd = count > 0 && (load<u8>(kept.at + <usize>count - 1) & 1) != 0;
  if (next < 5 || (next == 5 && !rest && !odd)) return;
  let i = count - 1;
  for (; i >= 0 && load<u8>(kept.at + <usize>i) == 9; i--) store<u8>(kept.at + <usize>i, 0);
  if (i >= 0) {
    store<u8>(kept.at + <usize>i, load<u8>(kept.at + <usize>i) + 1);
    return;
  }
  kept.insert(0, 1);
  keptPoint++;
}

/** Digit `place` of the rounded number, 0 where there is none. */
function keptDigit(place: i32): u8 {
  return 0x30 + (place >= 0 && place < <i32>kept.length ? load<u8>(kept.at + <usize>place) : 0);
}

/** %f: `places` behind the point; `always` writes a point even without them. */
function fixed(places: i32, always: bool, to: Buffer): void {
  roundTo(point + places);
  if (!kept.length) keptPoint = 0;
  if (keptPoint <= 0) to.byte(0x30);
  for (let i = 0; i < keptPoint; i++) to.byte(keptDigit(i));
  if (places || always) to.byte(0x2e);
  for (let i = 0; i < places; i++) to.byte(keptDigit(keptPoint + i));
}

/** %e: d.ddde±dd; `letter` is e or E. */
function scientific(places: i32, always: bool, letter: u8, to: Buffer): void {
  roundTo(places + 1);
  to.byte(keptDigit(0));
  if (places || always) to.byte(0x2e);
  for (let i = 1; i <= places; i++) to.byte(keptDigit(i));
  const power = kept.length ? keptPoint - 1 : 0;
  to.byte(letter);
  to.byte(power < 0 ? 0x2d : 0x2b);
  const size = power < 0 ? -power : power;
  if (size >= 1000) to.byte(<u8>(0x30 + size / 1000));
  if (size >= 100) to.byte(<u8>(0x30 + ((size / 100) % 10)));
  to.byte(<u8>(0x30 + ((size / 10) % 10)));
  to.byte(<u8>(0x30 + (size % 10)));
}

/** %g: the shorter of the two, without zeros at the end unless `always`. */
function shorter(precision: i32, always: bool, letter: u8, to: Buffer): void {
  const significant = max<i32>(precision, 1);
  roundTo(significant);
  const power = kept.length ? keptPoint - 1 : 0;
  let shown = significant;
  while (!always && shown > 1 && keptDigit(shown - 1) == 0x30) shown--;
  if (power < -4 || power >= significant) scientific(shown - 1, always, letter, to);
  else fixed(max<i32>(shown - 1 - power, 0), always, to);
}

/** Appends the number without its sign as `letter`, one of f e g F E G, has it. */
export function writeDecimal(letter: u8, precision: i32, always: bool, to: Buffer): void {
  const capital = letter & 0x20 ? 0 : 0x20;
  if (word) {
    for (let at = word; load<u8>(at); at++) to.byte(load<u8>(at) ^ (<u8>capital));
    return;
  }
  const kind = letter | 0x20;
  const mark: u8 = <u8>(0x65 ^ capital);
  if (kind == 0x66) fixed(precision, always, to);
  else if (kind == 0x65) scientific(precision, always, mark, to);
  else shorter(precision, always, mark, to);
}

/** Whether it is a number with digits: those may be filled with zeros at the begin. */
export function decimalHasDigits(): bool {
  return !word;
}
