/** Movements of the cursor by escape sequences, which stop at the margins. Source: ECMA-48, 8.3; DEC STD 070, origin mode. */
import { Screen, moveTo } from './screen';

export function up(s: Screen, n: u32): void {
  const limit = s.row >= s.regionTop ? s.regionTop : 0;
  moveTo(s, s.row - min(n, s.row - limit), s.column);
}

export function down(s: Screen, n: u32): void {
  const limit = s.row <= s.regionBottom ? s.regionBottom : s.rows - 1;
  moveTo(s, min(s.row + n, limit), s.column);
}

export function left(s: Screen, n: u32): void {
  moveTo(s, s.row, s.column - min(n, s.column));
}

/** CUP and VPA count from 1, and from the region's top in origin mode. */
export function position(s: Screen, row: u32, column: u32): void {
  const base: u32 = s.originMode ? s.regionTop : 0;
  const limit = s.originMode ? s.regionBottom : s.rows - 1;
  moveTo(s, min(base + row - 1, limit), column - 1);
}
