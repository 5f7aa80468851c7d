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
