// Local time: what the environment variable TZ says, UTC without it.
//
// Rules: TZ is read at the first question. Its form is `std offset [dst [offset] [,start[/time],end[/time]]]`, such as
// CET-1CEST,M3.5.0,M10.5.0/3, or UTC0; `:file` and names of a zone database are not, and count as UTC under that name.
// Without dates summer time is that of the United States. Source: POSIX XBD 8.3 (TZ).

import { duplicateRange } from './bytes';
import { getEnvironment } from './environment';
import { literal } from './literal';
import { make, mustAllocate } from './malloc';
import { CalendarTime, calendarTime, daysSince1970, secondsSince1970 } from './time';

/** When summer time begins or ends. */
@unmanaged
@final
class Rule {
  /** `M`, `J`, or 0 for a plain day of the year. */
  form: u8;
  month: i32;
  week: i32;
  day: i32;
  /** Seconds after midnight, local time before the change. */
  time: i32;
}

let ready = false;
let standardName: usize = 0;
let summerName: usize = 0;
/** Seconds east of Greenwich. */
let standardOffset: i32 = 0;
let summerOffset: i32 = 0;
let hasSummer = false;
const begin = make<Rule>();
const end = make<Rule>();

let offset: i32 = 0;
let name: usize = 0;

/** Seconds east of Greenwich, of the time that localTime() or localSeconds() converted last. */
export function zoneOffset(): i32 {
  return offset;
}

/** The abbreviation of the zone of that time. */
export function zoneName(): usize {
  return name;
}

/** Fills `to` with the local date and time of `seconds` since 1970. */
export function localTime(seconds: i64, to: CalendarTime): void {
  prepare();
  calendarTime(seconds + standardOffset, to);
  choose(isSummer(seconds, to.year));
  calendarTime(seconds + offset, to);
}

/** Seconds since 1970 of a local date and time. One that is skipped counts as if the clock had not been set yet. */
export function localSeconds(at: CalendarTime): i64 {
  prepare();
  const plain = secondsSince1970(at);
  const calendar = make<CalendarTime>();
  const guess = plain - standardOffset;
  calendarTime(plain, calendar);
  // In the hour that comes twice, the first is meant, as in mktime() with an unknown tm_isdst.
  const summer = hasSummer && isSummer(plain - summerOffset, calendar.year);
  choose(summer);
  return summer ? plain - summerOffset : guess;
}

/** For `date -u`: TZ counts no more. */
export function useUtc(): void {
  ready = true;
  standardName = literal('UTC');
  standardOffset = 0;
  hasSummer = false;
}

function choose(summer: bool): void {
  offset = summer ? summerOffset : standardOffset;
  name = summer ? summerName : standardName;
}

function isSummer(seconds: i64, year: i64): bool {
  if (!hasSummer) return false;
  const first = ruleSeconds(begin, year) - standardOffset;
  const last = ruleSeconds(end, year) - summerOffset;
  if (first < last) return seconds >= first && seconds < last;
  // South of the equator summer goes over the turn of the year.
  return seconds >= first || seconds < last;
}

/** The moment of a rule in `year`, in local time as seconds since 1970. */
function ruleSeconds(rule: Rule, year: i64): i64 {
  const first = daysSince1970(year, 1, 1);
  let day: i64;
  if (rule.form == 0x4a) {
    const leap = daysSince1970(year, 3, 1) - daysSince1970(year, 2, 28) == 2;
    day = first + rule.day - 1 + (leap && rule.day >= 60 ? 1 : 0);
  } else if (rule.form == 0x4d) {
    const start = daysSince1970(year, rule.month, 1);
    const weekday = (((start + 4) % 7) + 7) % 7;
    day = start + ((rule.day - weekday + 7) % 7) + (rule.week - 1) * 7;
    if (day >= daysSince1970(year, rule.month + 1, 1)) day -= 7;
  } else day = first + rule.day;
  return day * 86400 + rule.time;
}

let at: usize = 0;

function prepare(): void {
  if (ready) return;
  useUtc();
  const zone = getEnvironment(literal('TZ'));
  if (!zone || !load<u8>(zone)) return;
  at = zone;
  if (load<u8>(at) == 0x3a) at++;
  const standard = takeName();
  if (!standard) return;
  if (!startsOffset()) {
    // A name without an offset, such as Europe/Berlin: no database to look it up in.
    return;
  }
  standardName = standard;
  standardOffset = -takeTime();
  if (!load<u8>(at)) return;
  const summer = takeName();
  if (!summer) return;
  summerName = summer;
  summerOffset = startsOffset() ? -takeTime() : standardOffset + 3600;
  setRule(begin, 3, 2);
  setRule(end, 11, 1);
  hasSummer = true;
  if (load<u8>(at) == 0x2c) {
    at++;
    takeRule(begin);
    if (load<u8>(at) == 0x2c) {
      at++;
      takeRule(end);
    }
  }
}

function setRule(rule: Rule, month: i32, week: i32): void {
  rule.form = 0x4d;
  rule.month = month;
  rule.week = week;
  rule.day = 0;
  rule.time = 7200;
}

/** Three letters or more, or anything in <>; 0 when there is no name. */
function takeName(): usize {
  const quoted = load<u8>(at) == 0x3c;
  if (quoted) at++;
  const start = at;
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (quoted ? byte == 0x3e : !letter) break;
  }
  if (at - start < 3) return 0;
  const text = mustAllocate(duplicateRange(start, at - start));
  if (quoted && load<u8>(at)) at++;
  return text;
}

function startsOffset(): bool {
  const byte = load<u8>(at);
  return byte == 0x2b || byte == 0x2d || (byte >= 0x30 && byte <= 0x39);
}

function takeNumber(): i32 {
  let value = 0;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39; at++)
    value = min<i32>(value * 10 + load<u8>(at) - 0x30, 9999);
  return value;
}

/** `[+-]hh[:mm[:ss]]` in seconds. */
function takeTime(): i32 {
  const negative = load<u8>(at) == 0x2d;
  if (negative || load<u8>(at) == 0x2b) at++;
  let seconds = takeNumber() * 3600;
  if (load<u8>(at) == 0x3a) {
    at++;
    seconds += takeNumber() * 60;
    if (load<u8>(at) == 0x3a) {
      at++;
      seconds += takeNumber();
    }
  }
  return negative ? -seconds : seconds;
}

/** `Jn`, `n` or `Mm.w.d`, with `/time`. */
function takeRule(rule: Rule): void {
  rule.form = load<u8>(at);
  if (rule.form == 0x4a || rule.form == 0x4d) at++;
  else rule.form = 0;
  if (rule.form == 0x4d) {
    rule.month = takeNumber();
    if (load<u8>(at) == 0x2e) at++;
    rule.week = takeNumber();
    if (load<u8>(at) == 0x2e) at++;
  }
  rule.day = takeNumber();
  rule.time = 7200;
  if (load<u8>(at) == 0x2f) {
    at++;
    rule.time = takeTime();
  }
}
