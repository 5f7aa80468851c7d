/**
 * The console's text: a grid of cells, the cursor, and the operations that escape sequences are made of. Nothing here
 * knows pixels.
 *
 * - A cell is 32 bits: glyph, foreground, background. The rows are a ring: scrolling the whole screen moves no cell.
 * - A row that changes is marked dirty; who paints compares it with what it painted last (paint.ts).
 */
export const CELL_BYTES: u32 = 4;
/** Room for a screen of 1920 by 1200 pixels. */
export const MAX_COLUMNS: u32 = 240;
export const MAX_ROWS: u32 = 75;

const BLANK_GLYPH: u32 = 0;
const DEFAULT_FOREGROUND: u32 = 7;
const DEFAULT_BACKGROUND: u32 = 0;

@unmanaged
export class Screen {
  columns: u32;
  rows: u32;
  /** MAX_ROWS * MAX_COLUMNS cells. */
  cells: usize;
  /** MAX_ROWS flags. */
  dirty: usize;
  /** Ring row of screen row 0. */
  top: u32;
  row: u32;
  column: u32;
  /** The last column was written: the next character goes to the next line first. */
  wrapPending: bool;
  cursorVisible: bool;
  autoWrap: bool;
  insertMode: bool;
  originMode: bool;
  applicationCursor: bool;
  bold: bool;
  inverse: bool;
  foreground: u32;
  background: u32;
  /** Scroll region, inclusive. */
  regionTop: u32;
  regionBottom: u32;
  savedRow: u32;
  savedColumn: u32;
  savedForeground: u32;
  savedBackground: u32;
  savedBold: bool;
  savedInverse: bool;
}

export function makeCell(glyph: u32, foreground: u32, background: u32): u32 {
  return glyph | (foreground << 16) | (background << 24);
}

export function cellGlyph(cell: u32): u32 {
  return cell & 0xffff;
}

export function cellForeground(cell: u32): u32 {
  return (cell >> 16) & 0xff;
}

export function cellBackground(cell: u32): u32 {
  return cell >> 24;
}

/** Address of the cells of a screen row. */
export function rowCells(s: Screen, row: u32): usize {
  let ring = s.top + row;
  if (ring >= s.rows) ring -= s.rows;
  return s.cells + <usize>(ring * MAX_COLUMNS * CELL_BYTES);
}

export function markDirty(s: Screen, row: u32): void {
  store<u8>(s.dirty + row, 1);
}

function markAllDirty(s: Screen): void {
  memory.fill(s.dirty, 1, s.rows);
}

/** What erasing leaves: a blank on the current background, as xterm does. */
function blank(s: Screen): u32 {
  return makeCell(BLANK_GLYPH, s.foreground, s.inverse ? s.foreground : s.background);
}

export function resetAttributes(s: Screen): void {
  s.bold = false;
  s.inverse = false;
  s.foreground = DEFAULT_FOREGROUND;
  s.background = DEFAULT_BACKGROUND;
}

export function setDefaultForeground(s: Screen): void {
  s.foreground = DEFAULT_FOREGROUND;
}

export function setDefaultBackground(s: Screen): void {
  s.background = DEFAULT_BACKGROUND;
}

/** Blank cells from `from` up to `to`, exclusive, of one row. */
export function eraseCells(s: Screen, row: u32, from: u32, to: u32): void {
  const cells = rowCells(s, row);
  const cell = blank(s);
  for (let c = from; c < to && c < s.columns; c++) store<u32>(cells + c * CELL_BYTES, cell);
  markDirty(s, row);
}

export function eraseRows(s: Screen, from: u32, to: u32): void {
  for (let row = from; row < to && row < s.rows; row++) eraseCells(s, row, 0, s.columns);
}

/** RIS: everything as at the start. */
export function screenReset(s: Screen): void {
  resetAttributes(s);
  s.top = 0;
  s.row = 0;
  s.column = 0;
  s.wrapPending = false;
  s.cursorVisible = true;
  s.autoWrap = true;
  s.insertMode = false;
  s.originMode = false;
  s.applicationCursor = false;
  s.regionTop = 0;
  s.regionBottom = s.rows - 1;
  screenSave(s);
  eraseRows(s, 0, s.rows);
}

/** `cells` has room for the largest screen, `dirty` MAX_ROWS bytes. */
export function screenInit(s: Screen, columns: u32, rows: u32, cells: usize, dirty: usize): void {
  s.columns = min(columns, MAX_COLUMNS);
  s.rows = min(rows, MAX_ROWS);
  s.cells = cells;
  s.dirty = dirty;
  screenReset(s);
}

/** DECSC: cursor and attributes. */
export function screenSave(s: Screen): void {
  s.savedRow = s.row;
  s.savedColumn = s.column;
  s.savedForeground = s.foreground;
  s.savedBackground = s.background;
  s.savedBold = s.bold;
  s.savedInverse = s.inverse;
}

export function screenRestore(s: Screen): void {
  s.foreground = s.savedForeground;
  s.background = s.savedBackground;
  s.bold = s.savedBold;
  s.inverse = s.savedInverse;
  moveTo(s, s.savedRow, s.savedColumn);
}

/** Moves the cursor, kept on the screen. */
export function moveTo(s: Screen, row: u32, column: u32): void {
  markDirty(s, s.row);
  s.row = min(row, s.rows - 1);
  s.column = min(column, s.columns - 1);
  s.wrapPending = false;
  markDirty(s, s.row);
}

function copyRow(s: Screen, to: u32, from: u32): void {
  memory.copy(rowCells(s, to), rowCells(s, from), s.columns * CELL_BYTES);
  markDirty(s, to);
}

/** Moves the lines `from` to `to` (inclusive) up by `count`; blank ones come in below. */
export function scrollUp(s: Screen, from: u32, to: u32, count: u32): void {
  const height = to - from + 1;
  const n = min(count, height);
  if (from == 0 && to == s.rows - 1) {
    s.top = (s.top + n) % s.rows;
    markAllDirty(s);
  } else {
    for (let row = from; row + n <= to; row++) copyRow(s, row, row + n);
  }
  eraseRows(s, to + 1 - n, to + 1);
}

/** Moves the lines down; blank ones come in above. */
export function scrollDown(s: Screen, from: u32, to: u32, count: u32): void {
  const height = to - from + 1;
  const n = min(count, height);
  for (let row = to; row >= from + n && row <= to; row--) copyRow(s, row, row - n);
  eraseRows(s, from, from + n);
}

/** LF and IND: down one line, scrolling at the bottom of the region. */
export function lineFeed(s: Screen): void {
  if (s.row == s.regionBottom) {
    scrollUp(s, s.regionTop, s.regionBottom, 1);
    s.wrapPending = false;
  } else moveTo(s, s.row + 1, s.column);
}

/** RI: up one line, scrolling at the top of the region. */
export function reverseLineFeed(s: Screen): void {
  if (s.row == s.regionTop) {
    scrollDown(s, s.regionTop, s.regionBottom, 1);
    s.wrapPending = false;
  } else if (s.row > 0) moveTo(s, s.row - 1, s.column);
}

/** Opens `count` blank cells at the cursor. */
export function insertCells(s: Screen, count: u32): void {
  const n = min(count, s.columns - s.column);
  const at = rowCells(s, s.row) + s.column * CELL_BYTES;
  memory.copy(at + n * CELL_BYTES, at, (s.columns - s.column - n) * CELL_BYTES);
  eraseCells(s, s.row, s.column, s.column + n);
}

/** Takes `count` cells at the cursor out; blank ones come in at the end of the line. */
export function deleteCells(s: Screen, count: u32): void {
  const n = min(count, s.columns - s.column);
  const at = rowCells(s, s.row) + s.column * CELL_BYTES;
  memory.copy(at, at + n * CELL_BYTES, (s.columns - s.column - n) * CELL_BYTES);
  eraseCells(s, s.row, s.columns - n, s.columns);
}

/** One character at the cursor. */
export function putGlyph(s: Screen, glyph: u32): void {
  if (s.wrapPending && s.autoWrap) {
    moveTo(s, s.row, 0);
    lineFeed(s);
  }
  if (s.insertMode) insertCells(s, 1);
  const bright: u32 = s.bold && s.foreground < 8 ? 8 : 0;
  const cell = s.inverse
    ? makeCell(glyph, s.background, s.foreground + bright)
    : makeCell(glyph, s.foreground + bright, s.background);
  store<u32>(rowCells(s, s.row) + s.column * CELL_BYTES, cell);
  markDirty(s, s.row);
  if (s.column + 1 < s.columns) s.column++;
  else s.wrapPending = true;
}
