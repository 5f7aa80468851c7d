/**
 * Between Unix seconds and the MC146818's calendar bytes (BCD or binary, 12 or 24 hours).
 * Source: Motorola MC146818 data sheet, "Time, calendar and alarm locations".
 */

export interface CalendarFormat {
  readonly binary: boolean;
  readonly hours24: boolean;
}

const PM = 0x80;

/** Writes the seven calendar bytes and the century byte of `unixSeconds` (UTC) into `registers`. */
export function encodeCalendar(
  unixSeconds: number,
  format: CalendarFormat,
  registers: Uint8Array,
  centuryIndex: number,
): void {
  const date = new Date(unixSeconds * 1000);
  const number = (v: number): number => (format.binary ? v : (Math.floor(v / 10) << 4) | (v % 10));
  const hour = date.getUTCHours();
  registers[0] = number(date.getUTCSeconds());
  registers[2] = number(date.getUTCMinutes());
  registers[4] = format.hours24
    ? number(hour)
    : number(hour % 12 === 0 ? 12 : hour % 12) | (hour >= 12 ? PM : 0);
  registers[6] = number(date.getUTCDay() + 1);
  registers[7] = number(date.getUTCDate());
  registers[8] = number(date.getUTCMonth() + 1);
  registers[9] = number(date.getUTCFullYear() % 100);
  registers[centuryIndex] = number(Math.floor(date.getUTCFullYear() / 100));
}

/** Unix seconds of the calendar bytes; null when they are no date at all. */
export function decodeCalendar(
  registers: Uint8Array,
  format: CalendarFormat,
  centuryIndex: number,
): number | null {
  const number = (index: number, mask = 0xff): number => {
    const v = (registers[index] ?? 0) & mask;
    return format.binary ? v : (v >> 4) * 10 + (v & 15);
  };
  const rawHour = number(4, format.hours24 ? 0xff : 0x7f);
  const afternoon = !format.hours24 && ((registers[4] ?? 0) & PM) !== 0;
  const hour = format.hours24 ? rawHour : (rawHour % 12) + (afternoon ? 12 : 0);
  const year = number(centuryIndex) * 100 + number(9);
  const ms = Date.UTC(year, number(8) - 1, number(7), hour, number(2), number(0));
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
