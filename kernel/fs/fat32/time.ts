/** DOS dates and times of directory entries (FAT32 specification 1.03, "Date and Time Formats"), taken as UTC. */
import { unixSeconds } from '../../lib/calendar';

const EPOCH_YEAR: u32 = 1980;

/** Seconds since 1970; a date that does not exist is the DOS epoch. */
export function fatTimeToUnix(date: u16, time: u16): u64 {
  const month: u32 = (date >> 5) & 15;
  const day: u32 = date & 31;
  if (month < 1 || month > 12 || day < 1) return unixSeconds(EPOCH_YEAR, 1, 1, 0, 0, 0);
  const seconds: u32 = min<u32>((time & 31) * 2, 59);
  const minutes: u32 = min<u32>((time >> 5) & 63, 59);
  const hours: u32 = min<u32>(time >> 11, 23);
  return unixSeconds(EPOCH_YEAR + (date >> 9), month, day, hours, minutes, seconds);
}

/** A DOS date and time as one number, the date in the upper half; years outside of 1980 to 2107 are the nearest one. */
export function fatTimeFromUnix(seconds: i64): u32 {
  const first = <i64>unixSeconds(EPOCH_YEAR, 1, 1, 0, 0, 0);
  const last = <i64>unixSeconds(EPOCH_YEAR + 127, 12, 31, 23, 59, 58);
  const at = <u64>max(first, min(last, seconds));
  const day = at / 86400;
  const rest = <u32>(at % 86400);
  // Days since 0000-03-01, in years that begin with March (H. Hinnant, "chrono-compatible low-level date algorithms").
  const z = day + 719468;
  const era = z / 146097;
  const dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = <u32>(dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100));
  const shifted = (5 * dayOfYear + 2) / 153;
  const dayOfMonth = dayOfYear - (153 * shifted + 2) / 5 + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = <u32>(yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
  const date = ((year - EPOCH_YEAR) << 9) | (month << 5) | dayOfMonth;
  const time = ((rest / 3600) << 11) | (((rest / 60) % 60) << 5) | ((rest % 60) / 2);
  return (date << 16) | time;
}
