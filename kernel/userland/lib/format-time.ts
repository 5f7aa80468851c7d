// strftime(): dates and times by a format.
//
// Rules: the conversions of POSIX strftime() in the POSIX locale, %k %l %N %P %q %s %v %h as elsewhere, and the flags
// `-` (no padding), `_` (spaces), `0`, `^` (capitals) with a width. What is no conversion is written as it stands.

import { literal } from './literal';
import { snprintf } from './printf';
import { Stream } from './stream';
import { CalendarTime, daysSince1970 } from './time';
import { zoneName, zoneOffset } from './zone';

const DAYS = 'Sunday   Monday   Tuesday  WednesdayThursday Friday   Saturday ';
const MONTHS =
  'January  February March    April    May      June     July     August   SeptemberOctober  November December ';
const NAME = 9;

const piece = memory.data(64);

let flag: u8 = 0;
let width: i32 = 0;
let capitals = false;

/** `calendar` is the date of `seconds` since 1970 in the zone that lib/zone.ts used last. */
export function formatTime(
  out: Stream,
  format: usize,
  calendar: CalendarTime,
  seconds: i64,
  nanoseconds: i64,
): void {
  for (; load<u8>(format); format++) {
    const byte = load<u8>(format);
    if (byte != 0x25 || !load<u8>(format, 1)) {
      out.byte(byte);
      continue;
    }
    const start = format++;
    flag = 0;
    width = 0;
    capitals = false;
    for (;;) {
      const letter = load<u8>(format);
      if (letter == 0x2d || letter == 0x5f || letter == 0x30 || letter == 0x2b) flag = letter;
      else if (letter == 0x5e) capitals = true;
      else if (letter != 0x23) break;
      format++;
    }
    for (; load<u8>(format) >= 0x30 && load<u8>(format) <= 0x39; format++) {
      width = min<i32>(width * 10 + load<u8>(format) - 0x30, 1000);
    }
    if (load<u8>(format) == 0x45 || load<u8>(format) == 0x4f) format++;
    let colons = 0;
    while (load<u8>(format) == 0x3a) {
      colons++;
      format++;
    }
    if (!convert(out, load<u8>(format), colons, calendar, seconds, nanoseconds)) {
      const end = load<u8>(format) ? format + 1 : format;
      out.range(start, end - start);
      if (!load<u8>(format)) return;
    }
  }
}

/** `digits` wide, filled with `fill` unless a flag says otherwise. */
function number(out: Stream, value: i64, digits: i32, fill: u8): bool {
  if (flag == 0x5f) fill = 0x20;
  else if (flag == 0x30 || flag == 0x2b) fill = 0x30;
  const least = flag == 0x2d ? 0 : max<i32>(width, digits);
  const size = snprintf(piece, 64, '%d', value < 0 ? -value : value) + (value < 0 ? 1 : 0);
  const padding = <i64>least - <i64>size;
  if (fill == 0x20) out.fill(fill, padding);
  if (value < 0) out.byte(0x2d);
  if (fill != 0x20) out.fill(fill, padding);
  out.bytes(piece);
  return true;
}

function name(out: Stream, names: string, index: i32, length: i32): bool {
  let end = index * NAME;
  while (end < (index + 1) * NAME && names.charCodeAt(end) != 0x20 && end - index * NAME < length) end++;
  out.fill(flag == 0x30 ? 0x30 : 0x20, width - (end - index * NAME));
  for (let i = index * NAME; i < end; i++) {
    const byte = <u8>names.charCodeAt(i);
    out.byte(capitals && byte >= 0x61 ? byte - 32 : byte);
  }
  return true;
}

function nested(out: Stream, format: string, at: CalendarTime, seconds: i64): bool {
  const least = width;
  width = 0;
  flag = 0;
  const text = literal(format);
  out.fill(0x20, <i64>least - 8);
  formatTime(out, text, at, seconds, 0);
  return true;
}

/** False for an unknown letter. */
function convert(
  out: Stream,
  letter: u8,
  colons: i32,
  at: CalendarTime,
  seconds: i64,
  nanoseconds: i64,
): bool {
  const hour12 = at.hour % 12 ? at.hour % 12 : 12;
  switch (letter) {
    case 0x61: // a
      return name(out, DAYS, at.weekday, 3);
    case 0x41: // A
      return name(out, DAYS, at.weekday, NAME);
    case 0x62: // b
    case 0x68: // h
      return name(out, MONTHS, at.month - 1, 3);
    case 0x42: // B
      return name(out, MONTHS, at.month - 1, NAME);
    case 0x63: // c
      return nested(out, '%a %b %e %H:%M:%S %Y', at, seconds);
    case 0x43: // C
      return number(out, at.year / 100, 2, 0x30);
    case 0x64: // d
      return number(out, at.day, 2, 0x30);
    case 0x44: // D
    case 0x78: // x
      return nested(out, '%m/%d/%y', at, seconds);
    case 0x65: // e
      return number(out, at.day, 2, 0x20);
    case 0x46: // F
      return nested(out, '%Y-%m-%d', at, seconds);
    case 0x67: // g
      return number(out, isoYear(at) % 100, 2, 0x30);
    case 0x47: // G
      return number(out, isoYear(at), 4, 0x30);
    case 0x48: // H
      return number(out, at.hour, 2, 0x30);
    case 0x49: // I
      return number(out, hour12, 2, 0x30);
    case 0x6a: // j
      return number(out, at.yearDay + 1, 3, 0x30);
    case 0x6b: // k
      return number(out, at.hour, 2, 0x20);
    case 0x6c: // l
      return number(out, hour12, 2, 0x20);
    case 0x6d: // m
      return number(out, at.month, 2, 0x30);
    case 0x4d: // M
      return number(out, at.minute, 2, 0x30);
    case 0x6e: // n
      out.newline();
      return true;
    case 0x4e: // N
      return fraction(out, nanoseconds);
    case 0x70: // p
    case 0x50: // P
      out.text(letter == 0x70 ? (at.hour < 12 ? 'AM' : 'PM') : at.hour < 12 ? 'am' : 'pm');
      return true;
    case 0x71: // q
      return number(out, (at.month + 2) / 3, 1, 0x30);
    case 0x72: // r
      return nested(out, '%I:%M:%S %p', at, seconds);
    case 0x52: // R
      return nested(out, '%H:%M', at, seconds);
    case 0x73: // s
      return number(out, seconds, 1, 0x30);
    case 0x53: // S
      return number(out, at.second, 2, 0x30);
    case 0x74: // t
      out.byte(9);
      return true;
    case 0x54: // T
    case 0x58: // X
      return nested(out, '%H:%M:%S', at, seconds);
    case 0x75: // u
      return number(out, at.weekday ? at.weekday : 7, 1, 0x30);
    case 0x55: // U
      return number(out, (at.yearDay + 7 - at.weekday) / 7, 2, 0x30);
    case 0x56: // V
      return number(out, isoWeek(at), 2, 0x30);
    case 0x76: // v
      return nested(out, '%e-%b-%Y', at, seconds);
    case 0x77: // w
      return number(out, at.weekday, 1, 0x30);
    case 0x57: // W
      return number(out, (at.yearDay + 7 - ((at.weekday + 6) % 7)) / 7, 2, 0x30);
    case 0x79: // y
      return number(out, ((at.year % 100) + 100) % 100, 2, 0x30);
    case 0x59: // Y
      return number(out, at.year, at.year > 9999 ? 0 : 1, 0x30);
    case 0x7a: // z
      return offset(out, colons);
    case 0x5a: // Z
      out.bytes(zoneName());
      return true;
    case 0x25:
      out.byte(letter);
      return true;
    default:
      return false;
  }
}

/** The first digits of the nanoseconds, as many as the width says. */
function fraction(out: Stream, nanoseconds: i64): bool {
  snprintf(piece, 64, '%09d', nanoseconds);
  const digits = width ? min<i32>(width, 9) : 9;
  let used = digits;
  if (flag == 0x2d) while (used > 1 && load<u8>(piece + <usize>used - 1) == 0x30) used--;
  out.range(piece, <usize>used);
  out.fill(0x30, width - 9);
  return true;
}

function offset(out: Stream, colons: i32): bool {
  const east = zoneOffset();
  const size = east < 0 ? -east : east;
  out.byte(east < 0 ? 0x2d : 0x2b);
  two(out, size / 3600);
  if (colons) out.byte(0x3a);
  two(out, (size / 60) % 60);
  if (colons > 1) {
    out.byte(0x3a);
    two(out, size % 60);
  }
  return true;
}

function two(out: Stream, value: i32): void {
  out.byte(<u8>(0x30 + value / 10)).byte(<u8>(0x30 + (value % 10)));
}

/** ISO 8601: the week of the first Thursday is the first; days before it belong to the year before. */
function isoWeek(at: CalendarTime): i32 {
  const monday = (at.weekday + 6) % 7;
  const week = (at.yearDay - monday + 10) / 7;
  if (week < 1) return weeksOf(at.year - 1);
  return week > weeksOf(at.year) ? 1 : week;
}

function isoYear(at: CalendarTime): i64 {
  const week = (at.yearDay - ((at.weekday + 6) % 7) + 10) / 7;
  if (week < 1) return at.year - 1;
  return week > weeksOf(at.year) ? at.year + 1 : at.year;
}

/** 53 for years that begin on a Thursday, or on a Wednesday and are leap years. */
function weeksOf(year: i64): i32 {
  const first = daysSince1970(year, 1, 1);
  const weekday = (((first + 4) % 7) + 7) % 7;
  const leap = daysSince1970(year + 1, 1, 1) - first == 366;
  return weekday == 4 || (leap && weekday == 3) ? 53 : 52;
}
