/**
 * The virtual consoles: terminals that share the screen, of which one is shown. The screen is the framebuffer that the
 * boot loader set up, else VGA text mode.
 *
 * - consoleWrite() changes cells only. Painting is the work of a kernel task, at most fifty times a second and at most a
 *   third of the time, however much is written; before the task exists each write paints at once.
 * - Log lines may come with any lock held: they wake nobody, a timer looks whether there is something to paint. They go to
 *   the first console, as long as no session lives there; in a panic always, and that console is shown.
 * - A console in graphics mode (KD_GRAPHICS) is not painted: its program has the framebuffer.
 * - `lock` guards the cells of all consoles and what was painted.
 */
import { bootInfo } from '../../arch/x86_64/boot-info';
import { write16 } from '../../arch/x86_64/mmio';
import { outb } from '../../arch/x86_64/ports';
import { registerConsole } from '../../lib/log';
import { isPanicking } from '../../lib/panic';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { CACHE_UNCACHED, CACHE_WRITE_COMBINING, mapDevice } from '../../mm/device-map';
import { totalFrameCount } from '../../mm/frames';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { TIMER_SIZE, Timer, timerStart } from '../../sched/timer';
import { nowNs } from '../../sched/clock';
import { ByteQueue, byteQueueInit, byteQueuePop, byteQueuePush } from '../byte-queue';
import { terminalWrite, terminalWriteBytes } from './escape';
import { PARAMETER_BYTES, Terminal } from './terminal';
import { GLYPH_ROWS } from './font';
import {
  GLYPH_COLUMNS,
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
  leaveAlternate,
  markAllDirty,
  markDirty,
  screenInit,
  screenLookBack,
} from './screen';

export const CONSOLES: u32 = 6;
/** For the lines of a console and those it remembers: a power of two, as memory is given out. */
const CELLS_BYTES: u32 = 512 * 1024;
const CELLS_BYTES_SMALL: u32 = 128 * 1024;
/** Below this much memory a console remembers less: 64 MiB. */
const SMALL_MACHINE_FRAMES: u64 = 64 * 256;

const FRAME_NS: u64 = 20_000_000;
/** Half a period of the cursor's blinking, in frames. */
const BLINK_FRAMES: u32 = 25;
/** Painting takes no more than a third of the time. */
const REST: u64 = 2;
const VGA_TEXT: u64 = 0xb8000;
const VGA_TEXT_COLUMNS: u32 = 80;
const VGA_TEXT_ROWS: u32 = 25;
const CRTC_INDEX: u16 = 0x3d4;
const CRTC_DATA: u16 = 0x3d5;
/** Cursor start register; bit 5 turns the hardware's cursor off. */
const CRTC_CURSOR_START: u8 = 0x0a;
const CRTC_CURSOR_OFF: u8 = 0x20;
const REPLY_BYTES: u32 = 64;

@unmanaged
class VirtualConsole {
  number: u32;
  screen: Screen;
  terminal: Terminal;
  replies: ByteQueue;
  /** KD_GRAPHICS. */
  graphics: bool;
}

const lock = memory.data(4, 4);
/** Addresses by number, from 1 on; 0: not made yet. */
const consoles = memory.data(8 * 8, 8);
const painter = changetype<Painter>(memory.data(offsetof<Painter>(), 8));
const layout = changetype<PixelLayout>(memory.data(offsetof<PixelLayout>(), 8));
const timer = changetype<Timer>(memory.data(48, 8));
const paletteBytes = memory.data(256 * 4, 8);
const pairBytes = memory.data(4 * 8, 8);
const CARRIAGE_RETURN: u8 = 0x0d;
const LINE_FEED: u8 = 0x0a;

let present = false;
let columns: u32 = 0;
let rows: u32 = 0;
/** The console that is shown. */
let shown: u32 = 1;
let task: i32 = -1;
let nextPaintNs: u64 = 0;
let blinkFrames: u32 = 0;
/** Cells have changed that nobody was woken for: set and read in different contexts. */
const pending = memory.data(4, 4);
/** The sink has been given a part of a line: the rest follows it. */
let lineOpen = false;
/** Function index of () => void: there is an answer for the program that reads the keyboard. */
let replyWake: u32 = 0;
/** Function index of () => bool: somebody lives on the first console. */
let isOwned: u32 = 0;

function at(n: u32): VirtualConsole {
  return changetype<VirtualConsole>(load<usize>(consoles + n * 8));
}

/** Whether there is a screen. */
export function consolePresent(): bool {
  return present;
}

export function consoleRows(): u32 {
  return rows;
}

export function consoleColumns(): u32 {
  return columns;
}

export function consoleExists(n: u32): bool {
  return n >= 1 && n <= CONSOLES && load<usize>(consoles + n * 8) != 0;
}

export function consoleShown(): u32 {
  return shown;
}

/** Programs have asked for the cursor keys' application form. */
export function consoleApplicationCursor(n: u32): bool {
  return at(n).screen.applicationCursor;
}

export function consoleIsGraphic(n: u32): bool {
  return at(n).graphics;
}

/** Paints what has changed. */
export function consoleFlush(): void {
  if (!present || at(shown).graphics) return;
  for (let row: u32 = 0; row < rows; row++) {
    const flags = lockIrqSave(lock);
    paintRow(painter, at(shown).screen, row);
    unlockIrqRestore(lock, flags);
  }
}

function startTimer(): void {
  const callback: (argument: usize) => void = onTimer;
  timerStart(timer, nowNs() + FRAME_NS, callback.index, 0);
}

function blink(): void {
  const console = at(shown);
  if (++blinkFrames < BLINK_FRAMES) return;
  blinkFrames = 0;
  if (!console.terminal.blink && !painter.cursorHidden) return;
  painter.cursorHidden = !painter.cursorHidden;
  const s = console.screen;
  if (s.row + s.view < s.rows) markDirty(s, s.row + s.view);
  atomic.store<u32>(pending, 1);
}

function onTimer(_argument: usize): void {
  blink();
  if (atomic.load<u32>(pending) != 0) wakeTask(task);
  startTimer();
}

/** The painting task: not before the frame's time, for which the timer wakes it again. */
function poll(_argument: usize): i32 {
  const start = nowNs();
  if (start < nextPaintNs) return TASK_PENDING;
  atomic.store<u32>(pending, 0);
  consoleFlush();
  const end = nowNs();
  nextPaintNs = max(start + FRAME_NS, end + (end - start) * REST);
  return TASK_PENDING;
}

/** Something on console `n` is to be painted. */
function changed(n: u32): void {
  if (n != shown) return;
  painter.cursorHidden = false;
  blinkFrames = 0;
  atomic.store<u32>(pending, 1);
}

/** Terminal output: escape sequences are obeyed, a line feed is only that. */
export function consoleWrite(n: u32, bytes: usize, count: usize): void {
  if (!present) return;
  const flags = lockIrqSave(lock);
  terminalWriteBytes(at(n).terminal, bytes, count);
  changed(n);
  const wake = replied && replyWake != 0;
  replied = false;
  unlockIrqRestore(lock, flags);
  if (wake) call_indirect<void>(replyWake);
  if (n != shown) return;
  if (task < 0) consoleFlush();
  else if (nowNs() >= nextPaintNs) wakeTask(task);
}

function startLine(terminal: Terminal): void {
  terminalWrite(terminal, CARRIAGE_RETURN);
  terminalWrite(terminal, LINE_FEED);
}

/** The first console, with nothing before its text, for the last words. */
function showForPanic(): void {
  const first = at(1);
  if (shown == 1 && !first.graphics && !first.screen.onAlternate && first.screen.view == 0) return;
  first.graphics = false;
  leaveAlternate(first.screen);
  first.screen.view = 0;
  shown = 1;
  paintForget(painter, rows);
  markAllDirty(first.screen);
}

/** Log lines: they end in a line feed that means a new line, and begin one. */
function logSink(text: usize, length: usize): void {
  const panicking = isPanicking();
  if (!panicking && isOwned != 0 && call_indirect<bool>(isOwned)) return;
  const flags = lockIrqSave(lock);
  if (panicking) showForPanic();
  const terminal = at(1).terminal;
  if (!lineOpen && at(1).screen.column != 0) startLine(terminal);
  lineOpen = length != 0 && load<u8>(text + length - 1) != LINE_FEED;
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(text + i);
    if (byte == LINE_FEED) terminalWrite(terminal, CARRIAGE_RETURN);
    terminalWrite(terminal, byte);
  }
  changed(1);
  unlockIrqRestore(lock, flags);
  if (task < 0) consoleFlush();
}

/** Set under the lock; whoever holds it wakes the reader afterwards, because nobody is woken while it is held. */
let replied = false;

function onReply(n: u32, bytes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) byteQueuePush(at(n).replies, load<u8>(bytes + i));
  replied = true;
}

/** The next byte of console `n`'s answers to its programs, or -1. */
export function consoleReply(n: u32): i32 {
  return byteQueuePop(at(n).replies);
}

/** Shows another console, which exists. */
export function consoleShow(n: u32): void {
  const flags = lockIrqSave(lock);
  if (n != shown) {
    shown = n;
    paintForget(painter, rows);
    markAllDirty(at(n).screen);
    changed(n);
  }
  unlockIrqRestore(lock, flags);
}

/** Text or graphics; the way back to text paints everything anew. */
export function consoleSetGraphic(n: u32, graphics: bool): void {
  const flags = lockIrqSave(lock);
  const before = at(n).graphics;
  at(n).graphics = graphics;
  if (before && !graphics) {
    if (n == shown) paintForget(painter, rows);
    markAllDirty(at(n).screen);
    changed(n);
  }
  unlockIrqRestore(lock, flags);
}

/** Looks back (or forward, negative) by half a screen a step; 0: to the end. */
export function consoleLookBack(steps: i32): void {
  const flags = lockIrqSave(lock);
  const s = at(shown).screen;
  const by = steps == 0 ? -(<i32>s.view) : (steps * <i32>s.rows) / 2;
  if (screenLookBack(s, by)) changed(shown);
  unlockIrqRestore(lock, flags);
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
  return true;
}

/** Kernel address of the framebuffer's pixels; 0 in text mode. */
export function consolePixels(): usize {
  return painter.textMode ? 0 : painter.memory;
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

function align(address: usize): usize {
  return (address + 7) & ~7;
}

/** Makes console `n` with about this much room for its lines; false when there is no memory. */
function create(n: u32, bytes: u32): bool {
  const capacity = max(rows, bytes / (columns * CELL_BYTES));
  const cells = kmalloc(<usize>capacity * columns * CELL_BYTES);
  const fixed =
    offsetof<VirtualConsole>() + offsetof<Screen>() + offsetof<Terminal>() + offsetof<ByteQueue>() + 64;
  const small = kmalloc(fixed + MAX_ROWS + MAX_COLUMNS + PARAMETER_BYTES + REPLY_BYTES);
  if (cells == 0 || small == 0) {
    kfree(cells);
    kfree(small);
    return false;
  }
  const console = changetype<VirtualConsole>(small);
  let next = align(small + offsetof<VirtualConsole>());
  console.screen = changetype<Screen>(next);
  next = align(next + offsetof<Screen>());
  console.terminal = changetype<Terminal>(next);
  next = align(next + offsetof<Terminal>());
  console.replies = changetype<ByteQueue>(next);
  next = align(next + offsetof<ByteQueue>());
  console.number = n;
  console.terminal.screen = console.screen;
  console.terminal.parameters = next;
  console.terminal.blink = true;
  console.terminal.console = n;
  next += PARAMETER_BYTES;
  byteQueueInit(console.replies, next, REPLY_BYTES);
  screenInit(console.screen, columns, rows, cells, capacity, next + REPLY_BYTES);
  const replyFunction: (n: u32, bytes: usize, count: u32) => void = onReply;
  console.terminal.reply = replyFunction.index;
  store<usize>(consoles + n * 8, small);
  return true;
}

/** Console `n` of CONSOLES, made when it is not there yet; false when that cannot be. */
export function consoleEnsure(n: u32): bool {
  if (!present || n < 1 || n > CONSOLES) return false;
  if (consoleExists(n)) return true;
  return create(n, totalFrameCount() < SMALL_MACHINE_FRAMES ? CELLS_BYTES_SMALL : CELLS_BYTES);
}

/** Finds the screen and shows the log on it. Needs memory, no interrupts. */
export function consoleInit(): void {
  painter.palette = paletteBytes;
  painter.pairs = pairBytes;
  assert(PALETTE_BYTES == 1024 && PAIRS_BYTES == 32);
  const graphics = useFramebuffer();
  if (!graphics && !useVgaText()) return;
  const info = bootInfo();
  columns = min(graphics ? info.fbWidth / GLYPH_COLUMNS : VGA_TEXT_COLUMNS, MAX_COLUMNS);
  rows = min(graphics ? info.fbHeight / GLYPH_ROWS : VGA_TEXT_ROWS, MAX_ROWS);
  painter.shown = kmalloc(<usize>MAX_ROWS * MAX_COLUMNS * CELL_BYTES);
  if (columns == 0 || rows == 0 || painter.shown == 0) return;
  paintForget(painter, rows);
  present = true;
  present = consoleEnsure(1);
  if (present) registerConsole(logSink, consoleFlush);
}

/**
 * From here on a task paints. `wake` is a function index of () => void, called when consoleReply() has something;
 * `owned` one of () => bool: a session has the first console, log lines stay away.
 */
export function consoleStart(wake: u32, owned: u32): void {
  if (!present) return;
  assert(TIMER_SIZE <= 48);
  replyWake = wake;
  isOwned = owned;
  task = spawnTask(poll, 0);
  if (task >= 0) startTimer();
}
