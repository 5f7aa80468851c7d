// Sizes for people: 1.5K, 23M. Rounded up, as everywhere: what takes any space is not shown as taking none.

import { snprintf } from './printf';

const UNITS = 'KMGTPE';

/** Writes `size` with a letter when it is `base` (1024 or 1000) or more; `to` has room for 24 bytes. */
export function humanSize(size: u64, base: u64, to: usize): void {
  if (size < base) {
    snprintf(to, 24, '%u', size);
    return;
  }
  let unit = 0;
  let scale = base;
  while (size / scale >= base && unit < UNITS.length - 1) {
    scale *= base;
    unit++;
  }
  let letter = <u64>UNITS.charCodeAt(unit);
  const tenths = (size / scale) * 10 + ((size % scale) * 10 + scale - 1) / scale;
  if (tenths < 100) {
    snprintf(to, 24, '%u.%u%c', tenths / 10, tenths % 10, letter);
    return;
  }
  let whole = (size + scale - 1) / scale;
  if (whole >= base && unit < UNITS.length - 1) {
    // 1023.5K rounds to the next unit.
    letter = <u64>UNITS.charCodeAt(unit + 1);
    snprintf(to, 24, '1.0%c', letter);
    return;
  }
  snprintf(to, 24, '%u%c', whole, letter);
}
