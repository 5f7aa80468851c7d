/** The proleptic Gregorian calendar in UTC, from its own leap-year rule. */

function isLeap(year: u32): bool {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/** Days of the months before `month` (1 to 12) in a common year. */
function daysBefore(month: u32): u32 {
  // Months have 31 and 30 days in turn, beginning again in August, but for February.
  let days: u32 = 0;
  for (let m: u32 = 1; m < month; m++) days += m == 2 ? 28 : 30 + ((m + (m >> 3)) & 1);
  return days;
}

/** Seconds from 1970-01-01 00:00:00 to the given time; years from 1970 on. */
export function unixSeconds(year: u32, month: u32, day: u32, hours: u32, minutes: u32, seconds: u32): u64 {
  const past = year - 1;
  const leapDays = past / 4 - past / 100 + past / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
  let days: u64 = <u64>(year - 1970) * 365 + leapDays + daysBefore(month) + day - 1;
  if (month > 2 && isLeap(year)) days++;
  return days * 86400 + hours * 3600 + minutes * 60 + seconds;
}
