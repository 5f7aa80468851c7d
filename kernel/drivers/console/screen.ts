/**
 * The console's text: a grid of cells, the cursor, and the operations that escape sequences are made of. Nothing here
 * knows pixels.
 *
 * - A cell is 64 bits: glyph, flags, foreground, background, sixteen each. The rows are a ring with room for lines that
 *   have scrolled off: scrolling the whole screen moves no cell.
 * - The alternate screen (full-screen programs) is a second ring without such room; it is allocated when first used.
 * - A row that changes is marked dirty; who paints compares it with what it painted last (paint.ts).
 */
import { kmalloc } from '../../mm/kmalloc';
import { BLANK_GLYPH } from './font';

export const CELL_BYTES: u32 = 8;
/** Room for a screen of 1920 by 1200 pixels. */
export const MAX_COLUMNS: u32 = 240;
export const MAX_ROWS: u32 = 75;

/** A colour: below 256 of the palette; the default one; or five bits each of red, green and blue. */
export const COLOUR_DEFAULT: u32 = 0x100;
export const COLOUR_DIRECT: u32 = 0x8000;

/** Flags of a cell. */
export const BOLD: u32 = 1;
export const DIM: u32 = 2;
export const ITALIC: u32 = 4;
export const UNDERLINE: u32 = 8;
export const BLINK: u32 = 16;
export const REVERSE: u32 = 32;
export const INVISIBLE: u32 = 64;
export const STRIKE: u32 = 128;
/** The two halves of a wide character. */
export const WIDE_LEFT: u32 = 256;
export const WIDE_RIGHT: u32 = 512;

@unmanaged
export class Screen {
  columns: u32;
  rows: u32;
  /** `capacity` rows of `columns` cells. */
  cells: usize;
  capacity: u32;
  /** Ring row of screen row 0. */
  top: u32;
  /** Rows above it that have scrolled off and are still there. */
  history: u32;
  /** How many rows back the user looks; 0: at the end. */
  view: u32;
  /** MAX_ROWS flags. */
  dirty: usize;
  /** Bytes, 1 where a tab stops: MAX_COLUMNS. */
  tabs: usize;
  row: u32;
  column: u32;
  /** The last column was written: the next character goes to the next line first. */
  wrapPending: bool;
  cursorVisible: bool;
  autoWrap: bool;
  insertMode: bool;
  originMode: bool;
  newLineMode: bool;
  applicationCursor: bool;
  applicationKeypad: bool;
  bracketedPaste: bool;
  /** DECSCNM: all colours exchanged. */
  reverseScreen: bool;
  onAlternate: bool;
  flags: u32;
  foreground: u32;
  background: u32;
  /** Scroll region, inclusive. */
  regionTop: u32;
  regionBottom: u32;
  /** Character sets in G0 and G1 (1: line drawing), and which of them is in use. */
  g0: u32;
  g1: u32;
  shifted: bool;
  savedRow: u32;
  savedColumn: u32;
  savedFlags: u32;
  savedForeground: u32;
  savedBackground: u32;
  savedG0: u32;
  savedG1: u32;
  savedShifted: bool;
  savedOrigin: bool;
  /** The screen that is not in use: the main one while the alternate is shown, or the alternate's memory. */
  otherCells: usize;
  mainCapacity: u32;
  mainTop: u32;
  mainHistory: u32;
  /** Where the cursor was on the main screen (mode 1049). */
  mainRow: u32;
  mainColumn: u32;
}

export function makeCell(glyph: u32, flags: u32, foreground: u32, background: u32): u64 {
  return (<u64>(glyph | (flags << 16))) | ((<u64>(foreground | (background << 16))) << 32);
}

export function cellGlyph(cell: u64): u32 {
  return (<u32>cell) & 0xffff;
}

export function cellFlags(cell: u64): u32 {
  return ((<u32>cell) >> 16) & 0xffff;
}

export function cellForeground(cell: u64): u32 {
  return (<u32>(cell >> 32)) & 0xffff;
}

export function cellBackground(cell: u64): u32 {
  return <u32>(cell >> 48);
}

function ringRow(s: Screen, at: u32): usize {
  const ring = at >= s.capacity ? at - s.capacity : at;
  return s.cells + <usize>(ring * s.columns * CELL_BYTES);
}

/** Address of the cells of a screen row. */
export function rowCells(s: Screen, row: u32): usize {
  return ringRow(s, s.top + row);
}

/** Address of the cells that the user sees in a row: scrolled back or not. */
export function viewCells(s: Screen, row: u32): usize {
  return ringRow(s, s.view > s.top ? s.top + s.capacity - s.view + row : s.top - s.view + row);
}

export function markDirty(s: Screen, row: u32): void {
  store<u8>(s.dirty + row, 1);
}

export function markAllDirty(s: Screen): void {
  memory.fill(s.dirty, 1, s.rows);
}

/** What erasing leaves: a blank on the current background, as xterm does. */
function blank(s: Screen): u64 {
  return makeCell(BLANK_GLYPH, 0, COLOUR_DEFAULT, s.background);
}

export function resetAttributes(s: Screen): void {
  s.flags = 0;
  s.foreground = COLOUR_DEFAULT;
  s.background = COLOUR_DEFAULT;
}

/** Blank cells from `from` up to `to`, exclusive, of one row. */
export function eraseCells(s: Screen, row: u32, from: u32, to: u32): void {
  const cells = rowCells(s, row);
  const cell = blank(s);
  const end = min(to, s.columns);
  for (let c = from; c < end; c++) store<u64>(cells + c * CELL_BYTES, cell);
  markDirty(s, row);
}

export function eraseRows(s: Screen, from: u32, to: u32): void {
  for (let row = from; row < to && row < s.rows; row++) eraseCells(s, row, 0, s.columns);
}

/** ED 3: what has scrolled off is forgotten. */
export function forgetHistory(s: Screen): void {
  s.history = 0;
  s.view = 0;
  markAllDirty(s);
}

/** Every eighth column. */
export function resetTabs(s: Screen): void {
  for (let c: u32 = 0; c < MAX_COLUMNS; c++) store<u8>(s.tabs + c, (c & 7) == 0 ? 1 : 0);
}

/** DECSTR: modes and attributes as at the start, the text stays. */
export function screenSoftReset(s: Screen): void {
  resetAttributes(s);
  s.cursorVisible = true;
  s.autoWrap = true;
  s.insertMode = false;
  s.originMode = false;
  s.newLineMode = false;
  s.applicationCursor = false;
  s.applicationKeypad = false;
  s.bracketedPaste = false;
  s.regionTop = 0;
  s.regionBottom = s.rows - 1;
  s.g0 = 0;
  s.g1 = 0;
  s.shifted = false;
  s.wrapPending = false;
}

/** RIS: everything as at the start. */
export function screenReset(s: Screen): void {
  leaveAlternate(s);
  screenSoftReset(s);
  s.reverseScreen = false;
  s.row = 0;
  s.column = 0;
  resetTabs(s);
  screenSave(s);
  eraseRows(s, 0, s.rows);
}

/** `cells` has `capacity` rows of `columns` cells, at least `rows`; `small` MAX_ROWS + MAX_COLUMNS bytes. */
export function screenInit(
  s: Screen,
  columns: u32,
  rows: u32,
  cells: usize,
  capacity: u32,
  small: usize,
): void {
  s.columns = min(columns, MAX_COLUMNS);
  s.rows = min(rows, MAX_ROWS);
  s.cells = cells;
  s.capacity = capacity;
  s.dirty = small;
  s.tabs = small + MAX_ROWS;
  screenReset(s);
}

/** DECSC: cursor, attributes, character sets. */
export function screenSave(s: Screen): void {
  s.savedRow = s.row;
  s.savedColumn = s.column;
  s.savedFlags = s.flags;
  s.savedForeground = s.foreground;
  s.savedBackground = s.background;
  s.savedG0 = s.g0;
  s.savedG1 = s.g1;
  s.savedShifted = s.shifted;
  s.savedOrigin = s.originMode;
}

export function screenRestore(s: Screen): void {
  s.flags = s.savedFlags;
  s.foreground = s.savedForeground;
  s.background = s.savedBackground;
  s.g0 = s.savedG0;
  s.g1 = s.savedG1;
  s.shifted = s.savedShifted;
  s.originMode = s.savedOrigin;
  moveTo(s, s.savedRow, s.savedColumn);
}

/** Full-screen programs draw on a screen of their own. Nothing happens when there is no memory for it. */
export function enterAlternate(s: Screen): void {
  if (s.onAlternate) return;
  if (s.otherCells == 0) s.otherCells = kmalloc(<usize>(s.rows * s.columns * CELL_BYTES));
  if (s.otherCells == 0) return;
  s.view = 0;
  s.mainCapacity = s.capacity;
  s.mainTop = s.top;
  s.mainHistory = s.history;
  s.mainRow = s.row;
  s.mainColumn = s.column;
  const main = s.cells;
  s.cells = s.otherCells;
  s.otherCells = main;
  s.capacity = s.rows;
  s.top = 0;
  s.history = 0;
  s.onAlternate = true;
  markAllDirty(s);
}

export function leaveAlternate(s: Screen): void {
  if (!s.onAlternate) return;
  const alternate = s.cells;
  s.cells = s.otherCells;
  s.otherCells = alternate;
  s.capacity = s.mainCapacity;
  s.top = s.mainTop;
  s.history = s.mainHistory;
  s.onAlternate = false;
  markAllDirty(s);
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

/** The whole screen goes up: its top rows become history. A user who looks back goes on seeing the same lines. */
function advance(s: Screen, n: u32): void {
  s.top += n;
  if (s.top >= s.capacity) s.top -= s.capacity;
  s.history = min(s.history + n, s.capacity - s.rows);
  if (s.view != 0) s.view = min(s.view + n, s.history);
  markAllDirty(s);
}

/** Moves the lines `from` to `to` (inclusive) up by `count`; blank ones come in below. */
export function scrollUp(s: Screen, from: u32, to: u32, count: u32): void {
  const height = to - from + 1;
  const n = min(count, height);
  if (from == 0 && to == s.rows - 1) advance(s, n);
  else for (let row = from; row + n <= to; row++) copyRow(s, row, row + n);
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

/** Half of a wide character is none: the other half of what is overwritten at `column` becomes blank. */
function splitWide(s: Screen, cells: usize, column: u32): void {
  const flags = cellFlags(load<u64>(cells + column * CELL_BYTES));
  if ((flags & WIDE_LEFT) != 0 && column + 1 < s.columns)
    store<u64>(cells + (column + 1) * CELL_BYTES, blank(s));
  if ((flags & WIDE_RIGHT) != 0 && column > 0) store<u64>(cells + (column - 1) * CELL_BYTES, blank(s));
}

function wrap(s: Screen): void {
  moveTo(s, s.row, 0);
  lineFeed(s);
}

/** One character of `width` columns (1 or 2) at the cursor. */
export function putGlyph(s: Screen, glyph: u32, width: u32): void {
  if (s.wrapPending && s.autoWrap) wrap(s);
  if (width == 2 && s.column + 1 >= s.columns && s.autoWrap) wrap(s);
  if (s.insertMode) insertCells(s, width);
  const cells = rowCells(s, s.row);
  splitWide(s, cells, s.column);
  const at = cells + s.column * CELL_BYTES;
  if (width == 2 && s.column + 1 < s.columns) {
    splitWide(s, cells, s.column + 1);
    store<u64>(at, makeCell(glyph, s.flags | WIDE_LEFT, s.foreground, s.background));
    store<u64>(at + CELL_BYTES, makeCell(BLANK_GLYPH, s.flags | WIDE_RIGHT, s.foreground, s.background));
  } else store<u64>(at, makeCell(glyph, s.flags, s.foreground, s.background));
  markDirty(s, s.row);
  if (s.column + width < s.columns) s.column += width;
  else {
    s.column = s.columns - 1;
    s.wrapPending = true;
  }
}

/** Printable ASCII, as much of it as fits on the line; how many bytes that was. Not in insert mode. */
export function putRun(s: Screen, bytes: usize, count: u32): u32 {
  if (s.wrapPending && s.autoWrap) wrap(s);
  const n = min(count, s.columns - s.column);
  const cells = rowCells(s, s.row);
  splitWide(s, cells, s.column);
  splitWide(s, cells, s.column + n - 1);
  const style = makeCell(0, s.flags, s.foreground, s.background);
  const at = cells + s.column * CELL_BYTES;
  for (let i: u32 = 0; i < n; i++)
    store<u64>(at + i * CELL_BYTES, style | (<u64>(load<u8>(bytes + i) - 0x20)));
  markDirty(s, s.row);
  if (s.column + n < s.columns) s.column += n;
  else {
    s.column = s.columns - 1;
    s.wrapPending = true;
  }
  return n;
}

/** Looks `rows` further back (negative: forward); true when the view changed. */
export function screenLookBack(s: Screen, rows: i32): bool {
  const wanted = <i32>s.view + rows;
  const view = <u32>max(0, min(wanted, <i32>s.history));
  if (view == s.view) return false;
  s.view = view;
  markAllDirty(s);
  return true;
}
