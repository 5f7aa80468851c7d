// Dates and times as people write them: date -d and -s, touch -d and -t.
//
// Rules: the result is in parsedSeconds() and parsedNanoseconds(). What parseTime() understands: ISO 8601 dates and times
// (2020-02-29, 2020-02-29T12:34:56.5Z, +01:00), @SECONDS, `29 Feb 2020`, `Feb 29 2020`, 2/29/2020, 12:34[:56] [am|pm],
// now, today, yesterday, tomorrow, noon, midnight, names of weekdays, `N unit [ago]`, `next unit`, `last unit`, UTC and
// offsets, in any order and number. Source: POSIX touch (-d, -t), date; ISO 8601.

import { make } from './malloc';
import { CalendarTime, secondsSince1970 } from './time';
import { localSeconds, localTime } from './zone';

let seconds: i64 = 0;
let nanoseconds: i64 = 0;

export function parsedSeconds(): i64 {
  return seconds;
}

export function parsedNanoseconds(): i64 {
  return nanoseconds;
}

const calendar = make<CalendarTime>();
let at: usize = 0;
let value: i64 = 0;
let digits: i32 = 0;

function number(): bool {
  value = 0;
  digits = 0;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
    if (value > 100000000000000000) return false;
    value = value * 10 + load<u8>(at) - 0x30;
    digits++;
  }
  return digits > 0;
}

/** Two digits; -1 when they are not there. */
function pair(): i32 {
  const first = <i32>load<u8>(at) - 0x30;
  const second = first >= 0 && first <= 9 ? <i32>load<u8>(at, 1) - 0x30 : -1;
  if (second < 0 || second > 9) return -1;
  at += 2;
  return first * 10 + second;
}

/** How many digits the text begins with. */
function begin(text: usize): i32 {
  at = text;
  let length = 0;
  while (load<u8>(at + <usize>length) >= 0x30 && load<u8>(at + <usize>length) <= 0x39) length++;
  return length;
}

/** MMDDhhmm */
function monthToMinute(): void {
  calendar.month = pair();
  calendar.day = pair();
  calendar.hour = pair();
  calendar.minute = pair();
  calendar.second = 0;
}

/** [.SS] and the end of the text: whether it was a time. */
function endTime(): bool {
  if (load<u8>(at) == 0x2e) {
    at++;
    calendar.second = pair();
    if (calendar.second < 0) return false;
  }
  if (load<u8>(at) || !inRange()) return false;
  seconds = localSeconds(calendar);
  nanoseconds = 0;
  return true;
}

/** touch -t: [[CC]YY]MMDDhhmm[.SS]. `now` is the present, whose year is the default. */
export function parseTouchTime(text: usize, now: i64): bool {
  const length = begin(text);
  localTime(now, calendar);
  if (length == 12) {
    calendar.year = <i64>pair() * 100;
    calendar.year += pair();
  } else if (length == 10) {
    const year = pair();
    calendar.year = year + (year < 69 ? 2000 : 1900);
  } else if (length != 8) return false;
  monthToMinute();
  return endTime();
}

/** date's operand: MMDDhhmm[[CC]YY][.SS]. */
export function parseDateOperand(text: usize, now: i64): bool {
  const length = begin(text);
  if (length != 8 && length != 10 && length != 12) return false;
  localTime(now, calendar);
  monthToMinute();
  if (length > 8) {
    const first = pair();
    calendar.year = length == 12 ? <i64>first * 100 + pair() : first + (first < 69 ? 2000 : 1900);
  }
  return endTime();
}

function inRange(): bool {
  return (
    calendar.month >= 1 &&
    calendar.month <= 12 &&
    calendar.day >= 1 &&
    calendar.day <= 31 &&
    calendar.hour >= 0 &&
    calendar.hour < 24 &&
    calendar.minute >= 0 &&
    calendar.minute < 60 &&
    calendar.second >= 0 &&
    calendar.second <= 60 &&
    dayExists()
  );
}

/** A date that the calendar does not have would silently become another. */
function dayExists(): bool {
  if (calendar.day <= 28) return true;
  if (calendar.month != 2) return calendar.day <= 30 || (0b1010110101010 >> calendar.month) % 2 == 1;
  const leap = calendar.year % 4 == 0 && (calendar.year % 100 != 0 || calendar.year % 400 == 0);
  return leap && calendar.day == 29;
}

/** Words, three letters each with what they stand for: months 1-12, days 20-26, units 30-37, others from 40. */
const WORDS =
  'jan01feb02mar03apr04may05jun06jul07aug08sep09oct10nov11dec12sun20mon21tue22wed23thu24fri25sat26yea30mon31wee32day33hou34min35sec36for37now40tod40yes41tom42noo43mid44ago45nex46las47utc48gmt48';

/** Seconds of a unit from weeks down. */
const enum Unit {
  year = 30,
  month = 31,
  week = 32,
  day = 33,
  hour = 34,
  minute = 35,
  second = 36,
  fortnight = 37,
}

function wordMatches(start: usize, length: usize, index: i32): bool {
  if (length < 3) return false;
  for (let i = 0; i < 3; i++) {
    if ((load<u8>(start + <usize>i) | 0x20) != <u8>WORDS.charCodeAt(index + i)) return false;
  }
  return true;
}

/** Date in free form, relative to `now` seconds. */
export function parseTime(text: usize, now: i64, nowNanoseconds: i64): bool {
  at = text;
  while (load<u8>(at) == 0x20) at++;
  if (load<u8>(at) == 0x40) return parseEpoch();
  localTime(now, calendar);
  let hasTime = false;
  let hasDate = false;
  let hasZone = false;
  let hasYear = false;
  let isNow = false;
  let zone: i64 = 0;
  let weekday = -1;
  let relative: i64 = 0;
  let relativeDays: i64 = 0;
  let relativeMonths: i64 = 0;
  // The amount before a unit.
  let amount: i64 = 1;
  let hasAmount = false;
  let weekdayShift: i64 = 0;
  let lastUnit = 0;
  let lastAmount: i64 = 0;
  nanoseconds = 0;
  while (load<u8>(at)) {
    const byte = load<u8>(at);
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (byte == 0x20 || byte == 9 || byte == 0x2c) {
      at++;
      continue;
    }
    if (letter) {
      const start = at;
      while ((load<u8>(at) | 0x20) >= 0x61 && (load<u8>(at) | 0x20) <= 0x7a) at++;
      const length = at - start;
      if (load<u8>(at) == 0x2e) at++;
      if (length == 1) {
        const single = byte | 0x20;
        if (single == 0x74 && hasDate) continue; // T between date and time
        if (single == 0x7a) {
          hasZone = true;
          continue;
        }
        return false;
      }
      if (
        length == 2 &&
        (load<u8>(start, 1) | 0x20) == 0x6d &&
        ((byte | 0x20) == 0x61 || (byte | 0x20) == 0x70)
      ) {
        if (!hasTime || calendar.hour < 1 || calendar.hour > 12) return false;
        calendar.hour = (calendar.hour % 12) + ((byte | 0x20) == 0x70 ? 12 : 0);
        continue;
      }
      let kind = 0;
      for (let i = 0; i < WORDS.length; i += 5) {
        if (!wordMatches(start, length, i)) continue;
        kind = (WORDS.charCodeAt(i + 3) - 0x30) * 10 + WORDS.charCodeAt(i + 4) - 0x30;
        // `month` and `monday` begin alike.
        if (kind == 21 && length > 3 && (load<u8>(start, 3) | 0x20) == 0x74) kind = Unit.month;
        break;
      }
      if (kind >= 1 && kind <= 12) {
        calendar.month = kind;
        if (hasAmount) {
          calendar.day = <i32>amount;
          hasAmount = false;
        } else {
          while (load<u8>(at) == 0x20 || load<u8>(at) == 0x2d) at++;
          if (!number() || digits > 2) return false;
          calendar.day = <i32>value;
        }
        while (load<u8>(at) == 0x20 || load<u8>(at) == 0x2d || load<u8>(at) == 0x2c) at++;
        const mark = at;
        hasYear = number() && digits == 4 && load<u8>(at) != 0x3a;
        if (hasYear) calendar.year = value;
        else at = mark;
        hasDate = true;
        amount = 1;
      } else if (kind >= 20 && kind <= 26) {
        weekday = kind - 20;
        if (hasAmount) weekdayShift = amount > 0 ? amount - 1 : amount;
        hasAmount = false;
      } else if (kind >= 30 && kind <= 37) {
        lastUnit = kind;
        lastAmount = amount;
        if (kind == Unit.year) relativeMonths += amount * 12;
        else if (kind == Unit.month) relativeMonths += amount;
        else if (kind == Unit.week) relativeDays += amount * 7;
        else if (kind == Unit.fortnight) relativeDays += amount * 14;
        else if (kind == Unit.day) relativeDays += amount;
        else relative += amount * (kind == Unit.hour ? 3600 : kind == Unit.minute ? 60 : 1);
        hasAmount = false;
        amount = 1;
      } else if (kind == 40) isNow = true;
      else if (kind == 41) relativeDays--;
      else if (kind == 42) relativeDays++;
      else if (kind == 43 || kind == 44) {
        calendar.hour = kind == 43 ? 12 : 0;
        calendar.minute = calendar.second = 0;
        hasTime = true;
      } else if (kind == 45) {
        if (!lastUnit) return false;
        const back = -2 * lastAmount;
        if (lastUnit == Unit.year) relativeMonths += back * 12;
        else if (lastUnit == Unit.month) relativeMonths += back;
        else if (lastUnit == Unit.week) relativeDays += back * 7;
        else if (lastUnit == Unit.fortnight) relativeDays += back * 14;
        else if (lastUnit == Unit.day) relativeDays += back;
        else relative += back * (lastUnit == Unit.hour ? 3600 : lastUnit == Unit.minute ? 60 : 1);
        lastUnit = 0;
      } else if (kind == 46 || kind == 47) {
        amount = kind == 46 ? 1 : -1;
        hasAmount = true;
      } else if (kind == 48) hasZone = true;
      else return false;
      continue;
    }
    if ((byte == 0x2b || byte == 0x2d) && hasTime && !hasZone && isZone(at)) {
      at++;
      number();
      zone = digits <= 2 ? value * 3600 : (value / 100) * 3600 + (value % 100) * 60;
      if (load<u8>(at) == 0x3a) {
        at++;
        number();
        zone += value * 60;
      }
      if (byte == 0x2d) zone = -zone;
      hasZone = true;
      continue;
    }
    let sign: i64 = 1;
    if (byte == 0x2b || byte == 0x2d) {
      at++;
      while (load<u8>(at) == 0x20) at++;
      sign = byte == 0x2d ? -1 : 1;
    }
    if (!number()) return false;
    const next = load<u8>(at);
    if (next == 0x3a) {
      // hh:mm[:ss[.fraction]]
      calendar.hour = <i32>value;
      at++;
      if (!number()) return false;
      calendar.minute = <i32>value;
      calendar.second = 0;
      if (load<u8>(at) == 0x3a) {
        at++;
        if (!number()) return false;
        calendar.second = <i32>value;
        if (load<u8>(at) == 0x2e || load<u8>(at) == 0x2c) fraction();
      }
      hasTime = true;
    } else if (next == 0x2d && digits >= 3) {
      calendar.year = value;
      at++;
      if (!number() || load<u8>(at) != 0x2d) return false;
      calendar.month = <i32>value;
      at++;
      if (!number()) return false;
      calendar.day = <i32>value;
      hasDate = hasYear = true;
    } else if (next == 0x2f) {
      const first = value;
      const yearFirst = digits >= 3;
      at++;
      if (!number()) return false;
      const second = value;
      let third = calendar.year;
      if (load<u8>(at) == 0x2f) {
        at++;
        if (!number()) return false;
        third = digits == 2 ? value + (value < 69 ? 2000 : 1900) : value;
      }
      calendar.year = yearFirst ? first : third;
      calendar.month = <i32>(yearFirst ? second : first);
      calendar.day = <i32>(yearFirst ? third : second);
      hasDate = true;
    } else if (digits == 8 && !hasDate) {
      hasYear = true;
      calendar.year = value / 10000;
      calendar.month = <i32>((value / 100) % 100);
      calendar.day = <i32>(value % 100);
      hasDate = true;
    } else if (digits == 4 && hasDate && !hasYear && byte != 0x2b && byte != 0x2d) {
      calendar.year = value;
      hasYear = true;
    } else {
      amount = sign * value;
      hasAmount = true;
      // `3pm`
      let mark = at;
      while (load<u8>(mark) == 0x20) mark++;
      const meridian = load<u8>(mark) | 0x20;
      const after = load<u8>(mark, 1) ? load<u8>(mark, 2) | 0x20 : 0;
      if (
        (meridian == 0x61 || meridian == 0x70) &&
        (load<u8>(mark, 1) | 0x20) == 0x6d &&
        (after < 0x61 || after > 0x7a)
      ) {
        calendar.hour = <i32>value;
        calendar.minute = calendar.second = 0;
        hasTime = true;
        hasAmount = false;
        amount = 1;
      }
    }
  }
  if (hasAmount) return false;
  const anything = hasTime || hasDate || isNow || weekday >= 0;
  if (!hasTime && (hasDate || weekday >= 0)) calendar.hour = calendar.minute = calendar.second = 0;
  if (!hasTime && !hasDate && weekday < 0) nanoseconds = nowNanoseconds;
  if (!anything && !load<u8>(text)) calendar.hour = calendar.minute = calendar.second = 0;
  if (!inRange()) return false;
  calendar.year += relativeMonths / 12;
  calendar.month += <i32>(relativeMonths % 12);
  if (weekday >= 0 && !hasDate) {
    let shift = (weekday - calendar.weekday + 7) % 7;
    if (weekdayShift > 0 && !shift) shift = 0;
    relativeDays += shift + 7 * weekdayShift;
  }
  calendar.day += <i32>relativeDays;
  seconds = (hasZone ? secondsSince1970(calendar) - zone : localSeconds(calendar)) + relative;
  return true;
}

/** Whether the sign begins an offset from UTC and no amount: 4 digits, hh:mm, or 2 digits at the end. */
function isZone(sign: usize): bool {
  let length = 0;
  while (load<u8>(sign + 1 + <usize>length) >= 0x30 && load<u8>(sign + 1 + <usize>length) <= 0x39) length++;
  const after = load<u8>(sign + 1 + <usize>length);
  if (length == 4) return true;
  return length <= 2 && length > 0 && (after == 0x3a || !after);
}

function fraction(): void {
  let unit: i64 = 100000000;
  nanoseconds = 0;
  for (at++; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++) {
    nanoseconds += unit * (<i64>load<u8>(at) - 0x30);
    unit /= 10;
  }
}

function parseEpoch(): bool {
  at++;
  const negative = load<u8>(at) == 0x2d;
  if (negative || load<u8>(at) == 0x2b) at++;
  if (!number()) return false;
  seconds = negative ? -value : value;
  nanoseconds = 0;
  if (load<u8>(at) == 0x2e) fraction();
  if (negative && nanoseconds) {
    seconds--;
    nanoseconds = 1000000000 - nanoseconds;
  }
  return !load<u8>(at);
}
