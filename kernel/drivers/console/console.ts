/**
 * The screen as a terminal: the framebuffer that the boot loader set up, else VGA text mode.
 *
 * - consoleWrite() changes cells only. Painting is the work of a kernel task, at most fifty times a second, however much is
 *   written; before the task exists each write paints at once.
 * - Log lines may come with any lock held: they wake nobody, a timer looks whether there is something to paint.
 * - consoleFlush() paints everything now, for a panic.
 */
import { bootInfo } from '../../arch/x86_64/boot-info';
import { write16 } from '../../arch/x86_64/mmio';
import { outb } from '../../arch/x86_64/ports';
import { registerConsole } from '../../lib/log';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { CACHE_UNCACHED, CACHE_WRITE_COMBINING, mapDevice } from '../../mm/device-map';
import { kmalloc } from '../../mm/kmalloc';
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { TIMER_SIZE, Timer, timerStart } from '../../sched/timer';
import { nowNs } from '../../sched/clock';
import { ByteQueue, byteQueueInit, byteQueuePop, byteQueuePush } from '../byte-queue';
import { PARAMETER_BYTES, Terminal, terminalWrite } from './escape';
import { GLYPH_ROWS, fontInit } from './font';
import { GLYPH_COLUMNS, Painter, PixelLayout, paintForget, paintRow, paintSetPalette } from './paint';
import { CELL_BYTES, MAX_COLUMNS, MAX_ROWS, Screen, screenInit } from './screen';

const FRAME_NS: u64 = 20_000_000;
const VGA_TEXT: u64 = 0xb8000;
const VGA_TEXT_COLUMNS: u32 = 80;
const VGA_TEXT_ROWS: u32 = 25;
const CRTC_INDEX: u16 = 0x3d4;
const CRTC_DATA: u16 = 0x3d5;
/** Cursor start register; bit 5 turns the hardware's cursor off. */
const CRTC_CURSOR_START: u8 = 0x0a;
const CRTC_CURSOR_OFF: u8 = 0x20;
const REPLY_BYTES: u32 = 64;

const lock = memory.data(4, 4);
const screen = changetype<Screen>(memory.data(offsetof<Screen>(), 8));
const painter = changetype<Painter>(memory.data(offsetof<Painter>(), 8));
const terminal = changetype<Terminal>(memory.data(offsetof<Terminal>(), 8));
const layout = changetype<PixelLayout>(memory.data(offsetof<PixelLayout>(), 8));
const replies = changetype<ByteQueue>(memory.data(offsetof<ByteQueue>(), 8));
const timer = changetype<Timer>(memory.data(48, 8));
const paletteBytes = memory.data(16 * 4, 8);
const pairBytes = memory.data(4 * 8, 8);
const CARRIAGE_RETURN: u8 = 0x0d;
const LINE_FEED: u8 = 0x0a;

let present = false;
let task: i32 = -1;
let lastPaintNs: u64 = 0;
/** Cells have changed that nobody was woken for: set and read in different contexts. */
const pending = memory.data(4, 4);
/** The sink has been given a part of a line: the rest follows it. */
let lineOpen = false;
/** Function index of () => void: there is an answer for the program that reads the keyboard. */
let replyWake: u32 = 0;

/** Whether there is a screen. */
export function consolePresent(): bool {
  return present;
}

export function consoleRows(): u32 {
  return screen.rows;
}

export function consoleColumns(): u32 {
  return screen.columns;
}

/** Programs have asked for the cursor keys' application form. */
export function consoleApplicationCursor(): bool {
  return screen.applicationCursor;
}

/** Paints what has changed. */
export function consoleFlush(): void {
  if (!present) return;
  for (let row: u32 = 0; row < screen.rows; row++) {
    const flags = lockIrqSave(lock);
    paintRow(painter, screen, row);
    unlockIrqRestore(lock, flags);
  }
}

function startTimer(): void {
  const callback: (argument: usize) => void = onTimer;
  timerStart(timer, nowNs() + FRAME_NS, callback.index, 0);
}

function onTimer(_argument: usize): void {
  if (atomic.load<u32>(pending) != 0) wakeTask(task);
  startTimer();
}

/** The painting task: not before the frame's time, for which the timer wakes it again. */
function poll(_argument: usize): i32 {
  const now = nowNs();
  if (now - lastPaintNs < FRAME_NS) return TASK_PENDING;
  lastPaintNs = now;
  atomic.store<u32>(pending, 0);
  consoleFlush();
  return TASK_PENDING;
}

/** Terminal output: escape sequences are obeyed, a line feed is only that. */
export function consoleWrite(bytes: usize, count: usize): void {
  if (!present) return;
  const flags = lockIrqSave(lock);
  for (let i: usize = 0; i < count; i++) terminalWrite(terminal, load<u8>(bytes + i));
  unlockIrqRestore(lock, flags);
  atomic.store<u32>(pending, 1);
  if (task >= 0) wakeTask(task);
  else consoleFlush();
}

function startLine(): void {
  terminalWrite(terminal, CARRIAGE_RETURN);
  terminalWrite(terminal, LINE_FEED);
}

/** Log lines: they end in a line feed that means a new line, and begin one. */
function logSink(text: usize, length: usize): void {
  const flags = lockIrqSave(lock);
  if (!lineOpen && screen.column != 0) startLine();
  lineOpen = length != 0 && load<u8>(text + length - 1) != LINE_FEED;
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(text + i);
    if (byte == LINE_FEED) terminalWrite(terminal, CARRIAGE_RETURN);
    terminalWrite(terminal, byte);
  }
  unlockIrqRestore(lock, flags);
  atomic.store<u32>(pending, 1);
  if (task < 0) consoleFlush();
}

function onReply(bytes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) byteQueuePush(replies, load<u8>(bytes + i));
  if (replyWake != 0) call_indirect<void>(replyWake);
}

/** The next byte of the terminal's answers to programs, or -1. */
export function consoleReply(): i32 {
  return byteQueuePop(replies);
}

/** A linear framebuffer that this code can paint; false when there is none. */
function useFramebuffer(): bool {
  const info = bootInfo();
  const bytes = (info.fbBpp + 7) / 8;
  if (info.fbAddress == 0 || bytes < 2 || bytes > 4) return false;
  const size = <u64>info.fbPitch * info.fbHeight;
  painter.memory = mapDevice(info.fbAddress, size, CACHE_WRITE_COMBINING);
  if (painter.memory == 0) return false;
  painter.pitch = info.fbPitch;
  painter.bytesPerPixel = bytes;
  layout.redPosition = info.redPosition;
  layout.redSize = info.redSize;
  layout.greenPosition = info.greenPosition;
  layout.greenSize = info.greenSize;
  layout.bluePosition = info.bluePosition;
  layout.blueSize = info.blueSize;
  paintSetPalette(painter, layout);
  fontInit();
  return true;
}

/** Text memory that holds what is written to it. */
function useVgaText(): bool {
  const memory = mapDevice(VGA_TEXT, VGA_TEXT_COLUMNS * VGA_TEXT_ROWS * 2, CACHE_UNCACHED);
  if (memory == 0) return false;
  write16(memory, 0x0720);
  painter.memory = memory;
  painter.pitch = VGA_TEXT_COLUMNS * 2;
  painter.textMode = true;
  outb(CRTC_INDEX, CRTC_CURSOR_START);
  outb(CRTC_DATA, CRTC_CURSOR_OFF);
  return true;
}

function setUp(columns: u32, rows: u32): bool {
  const cellBytes = <usize>MAX_ROWS * MAX_COLUMNS * CELL_BYTES;
  const cells = kmalloc(cellBytes);
  painter.shown = kmalloc(cellBytes);
  const small = kmalloc(MAX_ROWS + PARAMETER_BYTES + REPLY_BYTES);
  if (cells == 0 || painter.shown == 0 || small == 0) return false;
  screenInit(screen, columns, rows, cells, small);
  paintForget(painter, screen.rows);
  terminal.screen = screen;
  terminal.parameters = (small + MAX_ROWS + 7) & ~7;
  byteQueueInit(replies, small + MAX_ROWS + PARAMETER_BYTES, REPLY_BYTES);
  const replyFunction: (bytes: usize, count: u32) => void = onReply;
  terminal.reply = replyFunction.index;
  return true;
}

/** Finds the screen and shows the log on it. Needs memory, no interrupts. */
export function consoleInit(): void {
  painter.palette = paletteBytes;
  painter.pairs = pairBytes;
  const graphics = useFramebuffer();
  if (!graphics && !useVgaText()) return;
  const info = bootInfo();
  const columns = graphics ? info.fbWidth / GLYPH_COLUMNS : VGA_TEXT_COLUMNS;
  const rows = graphics ? info.fbHeight / GLYPH_ROWS : VGA_TEXT_ROWS;
  if (columns == 0 || rows == 0) return;
  present = setUp(columns, rows);
  if (present) registerConsole(logSink);
}

/** From here on a task paints. `wake` is a function index of () => void, called when consoleReply() has something. */
export function consoleStart(wake: u32): void {
  if (!present) return;
  assert(TIMER_SIZE <= 48);
  replyWake = wake;
  task = spawnTask(poll, 0);
  if (task >= 0) startTimer();
}
