// Clocks, sleeping, and calendar dates.
//
// Rules: times are nanoseconds in i64. Source: POSIX clock_gettime(), nanosleep(); the calendar computation is
// H. Hinnant, "chrono-compatible low-level date algorithms" (civil_from_days).

import { Errno } from './errno';
import { Sys, syscall } from './syscall';

export const enum Clock {
  realtime = 0,
  monotonic = 1,
}

const pair = memory.data(16, 8);

/** Nanoseconds of `clock`, or negative errno. */
export function clockTime(clock: u32): i64 {
  const error = syscall(Sys.clock_gettime, clock, pair);
  return error < 0 ? error : load<i64>(pair) * 1000000000 + load<i64>(pair, 8);
}

/** Nanoseconds since boot. */
export function monotonicNs(): i64 {
  return clockTime(Clock.monotonic);
}

/** Sleeps on, whatever interrupts. 0 or negative errno. */
export function sleepNs(nanoseconds: i64): i64 {
  if (nanoseconds <= 0) return 0;
  store<i64>(pair, nanoseconds / 1000000000);
  store<i64>(pair, nanoseconds % 1000000000, 8);
  let error: i64;
  do error = syscall(Sys.nanosleep, pair, pair);
  while (error == -Errno.INTR);
  return error;
}

/** A calendar date and time, UTC. */
@unmanaged
@final
export class CalendarTime {
  year: i64;
  /** 1–12 */
  month: i32;
  /** 1–31 */
  day: i32;
  hour: i32;
  minute: i32;
  second: i32;
  /** 0 is Sunday. */
  weekday: i32;
  /** Since the first of January. */
  yearDay: i32;
}

/** Fills `to` from seconds since 1970. */
export function calendarTime(seconds: i64, to: CalendarTime): void {
  let days = seconds / 86400;
  let rest = <i32>(seconds % 86400);
  if (rest < 0) {
    rest += 86400;
    days--;
  }
  to.hour = rest / 3600;
  to.minute = (rest / 60) % 60;
  to.second = rest % 60;
  to.weekday = <i32>((((days + 4) % 7) + 7) % 7);
  const shifted = days + 719468;
  const era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shiftedMonth = (5 * dayOfYear + 2) / 153;
  to.day = <i32>(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1);
  to.month = <i32>(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9);
  to.year = yearOfEra + era * 400 + (to.month <= 2 ? 1 : 0);
  to.yearDay = <i32>(days - daysSince1970(to.year, 1, 1));
}

/** Days from 1970-01-01 to a date of the Gregorian calendar; months and days beyond their range count on. */
export function daysSince1970(year: i64, month: i64, day: i64): i64 {
  const months = month - 1;
  year += months >= 0 ? months / 12 : (months - 11) / 12;
  month = (((months % 12) + 12) % 12) + 1;
  const shifted = month <= 2 ? year - 1 : year;
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468 + day - 1;
}

/** Seconds since 1970 of a date and time, UTC; `weekday` and `yearDay` do not count. */
export function secondsSince1970(at: CalendarTime): i64 {
  const days = daysSince1970(at.year, at.month, at.day);
  return days * 86400 + <i64>at.hour * 3600 + <i64>at.minute * 60 + at.second;
}

/** Three letters of a weekday (0–6), month names alike (1–12). */
export function weekdayName(weekday: i32): string {
  switch (weekday) {
    case 0:
      return 'Sun';
    case 1:
      return 'Mon';
    case 2:
      return 'Tue';
    case 3:
      return 'Wed';
    case 4:
      return 'Thu';
    case 5:
      return 'Fri';
    default:
      return 'Sat';
  }
}

export function monthName(month: i32): string {
  switch (month) {
    case 1:
      return 'Jan';
    case 2:
      return 'Feb';
    case 3:
      return 'Mar';
    case 4:
      return 'Apr';
    case 5:
      return 'May';
    case 6:
      return 'Jun';
    case 7:
      return 'Jul';
    case 8:
      return 'Aug';
    case 9:
      return 'Sep';
    case 10:
      return 'Oct';
    case 11:
      return 'Nov';
    default:
      return 'Dec';
  }
}
