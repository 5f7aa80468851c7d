/** A terminal on a small screen, and a painter on pixels in memory, for the unit test. */
import { kmalloc } from '../../mm/kmalloc';
import { terminalWrite, terminalWriteBytes } from './escape';
import { PARAMETER_BYTES, Terminal } from './terminal';
import { codeOfGlyph } from './font';
import {
  PAIRS_BYTES,
  PALETTE_BYTES,
  Painter,
  PixelLayout,
  paintForget,
  paintRow,
  paintSetPalette,
} from './paint';
import {
  CELL_BYTES,
  MAX_COLUMNS,
  MAX_ROWS,
  Screen,
  cellBackground,
  cellFlags,
  cellForeground,
  cellGlyph,
  rowCells,
  screenInit,
  screenLookBack,
  viewCells,
} from './screen';

declare function replied(bytes: usize, count: u32): void;

function reply(_console: u32, bytes: usize, count: u32): void {
  replied(bytes, count);
}

let screen: Screen = changetype<Screen>(<usize>0);
let terminal: Terminal = changetype<Terminal>(<usize>0);
let painter: Painter = changetype<Painter>(<usize>0);

export function setUp(columns: u32, rows: u32): void {
  screen = changetype<Screen>(kmalloc(offsetof<Screen>()));
  const capacity = rows + 10;
  screenInit(
    screen,
    columns,
    rows,
    kmalloc(capacity * columns * CELL_BYTES),
    capacity,
    kmalloc(MAX_ROWS + MAX_COLUMNS),
  );
  terminal = changetype<Terminal>(kmalloc(offsetof<Terminal>()));
  terminal.screen = screen;
  terminal.parameters = kmalloc(PARAMETER_BYTES);
  const replyFunction: (console: u32, bytes: usize, count: u32) => void = reply;
  terminal.reply = replyFunction.index;
}

export function write(bytes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) terminalWrite(terminal, load<u8>(bytes + i));
}

/** As the console writes: runs of plain text at once. */
export function writeRuns(bytes: usize, count: u32): void {
  terminalWriteBytes(terminal, bytes, count);
}

/** The character in a cell. */
export function codeAt(row: u32, column: u32): u32 {
  return codeOfGlyph(cellGlyph(load<u64>(rowCells(screen, row) + column * CELL_BYTES)));
}

/** The same where the user looks. */
export function viewCodeAt(row: u32, column: u32): u32 {
  return codeOfGlyph(cellGlyph(load<u64>(viewCells(screen, row) + column * CELL_BYTES)));
}

export function flagsAt(row: u32, column: u32): u32 {
  return cellFlags(load<u64>(rowCells(screen, row) + column * CELL_BYTES));
}

export function lookBack(rows: i32): bool {
  return screenLookBack(screen, rows);
}

export function foregroundAt(row: u32, column: u32): u32 {
  return cellForeground(load<u64>(rowCells(screen, row) + column * CELL_BYTES));
}

export function backgroundAt(row: u32, column: u32): u32 {
  return cellBackground(load<u64>(rowCells(screen, row) + column * CELL_BYTES));
}

export function cursorRow(): u32 {
  return screen.row;
}

export function cursorColumn(): u32 {
  return screen.column;
}

export function applicationCursor(): bool {
  return screen.applicationCursor;
}

/** A framebuffer of the screen's size; the address of its pixels. */
export function attachPixels(bytesPerPixel: u32): usize {
  painter = changetype<Painter>(kmalloc(offsetof<Painter>()));
  painter.pitch = screen.columns * 8 * bytesPerPixel;
  painter.bytesPerPixel = bytesPerPixel;
  painter.memory = kmalloc(painter.pitch * screen.rows * 16);
  painter.palette = kmalloc(PALETTE_BYTES);
  painter.pairs = kmalloc(PAIRS_BYTES);
  painter.shown = kmalloc(MAX_ROWS * MAX_COLUMNS * CELL_BYTES);
  const layout = changetype<PixelLayout>(kmalloc(offsetof<PixelLayout>()));
  layout.redPosition = bytesPerPixel == 2 ? 11 : 16;
  layout.redSize = bytesPerPixel == 2 ? 5 : 8;
  layout.greenPosition = bytesPerPixel == 2 ? 5 : 8;
  layout.greenSize = bytesPerPixel == 2 ? 6 : 8;
  layout.blueSize = bytesPerPixel == 2 ? 5 : 8;
  paintSetPalette(painter, layout);
  paintForget(painter, screen.rows);
  return painter.memory;
}

export function paint(): void {
  for (let row: u32 = 0; row < screen.rows; row++) paintRow(painter, screen, row);
}
