/**
 * Renderer to one running machine's process: screen, keyboard, serial ports.
 *
 * - A new connection is sent the state, the whole screen and the serial backlog without asking.
 * - Frames and serial output share one window: the sender stops while more than WINDOW_BYTES are
 *   unacknowledged, and merges what changes meanwhile. A receiver acknowledges the sum of `bytes` of all the
 *   frame and serial events that it has dealt with.
 */
import * as v from 'valibot';
import { SERIAL_PORT_COUNT } from './machine.ts';
import { action, method } from './rpc.ts';

export const WINDOW_BYTES = 4 * 1024 * 1024;
export const SERIAL_INPUT_MAX_BYTES = 1024 * 1024;

const serialPort = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SERIAL_PORT_COUNT - 1));
const bytes = v.pipe(
  v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'not bytes'),
  v.check((value) => value.byteLength <= SERIAL_INPUT_MAX_BYTES, 'too many bytes at once'),
);
const keyCode = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,32}$/, 'not a key code'));
/** Counts of motion or wheel detents in one event; more is not a hand. */
const motion = v.pipe(v.number(), v.integer(), v.minValue(-32768), v.maxValue(32767));
const place = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));
/** As PointerEvent.buttons: 1 left, 2 right, 4 middle, 8 back, 16 forward. */
const buttons = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(31));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const vmContract = {
  /** The sum of the `bytes` of all events dealt with since the connection was opened. */
  acknowledge: action(count),
  /** A KeyboardEvent.code. */
  key: action(keyCode, v.boolean()),
  /** Lifts every key that this connection holds down. */
  releaseKeys: action(),
  /** Motion to the right and downwards, the wheel downwards, buttons held. */
  mouse: action(motion, motion, motion, buttons),
  /** Where the pointer is on the guest's screen, 0 to 65535 each way, the wheel downwards, buttons held. */
  pointer: action(place, place, motion, buttons),
  serialInput: action(serialPort, bytes),
  /** The screen as it is now, PNG; null when there is none. */
  screenshot: method<Uint8Array | null>()(),
};
export type VmContract = typeof vmContract;

interface Counted {
  /** What this event counts in the window. */
  readonly bytes: number;
}

export interface PixelBandEvent {
  readonly y: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface PixelFrameEvent extends Counted {
  readonly kind: 'pixels';
  readonly width: number;
  readonly height: number;
  readonly bands: readonly PixelBandEvent[];
}

export interface TextFrameEvent extends Counted {
  readonly kind: 'text';
  readonly columns: number;
  readonly rows: number;
  /** Character in the low byte, VGA attribute in the high byte, little endian. */
  readonly cells: Uint8Array;
  readonly font: Uint8Array;
  /** For cells with attribute bit 3, when they have a font of their own. */
  readonly secondFont: Uint8Array | null;
  readonly cellWidth: 8 | 9;
  /** The ninth dot of characters C0h to DFh is like the eighth. */
  readonly joinLines: boolean;
  /** Attribute bit 7 blinks; otherwise it is a colour bit of the background. */
  readonly blinking: boolean;
  /** Row of a glyph that underlines, of cells whose attribute says so. */
  readonly underlineLine: number | null;
  readonly glyphHeight: number;
  readonly palette: Uint8Array;
  readonly cursor: TextCursor | null;
}

export interface TextCursor {
  readonly column: number;
  readonly row: number;
  readonly startLine: number;
  readonly endLine: number;
}

/** One power-on of the machine: offsets count from its start. */
export interface SerialEvent extends Counted {
  readonly session: string;
  readonly port: number;
  /** Position of the first byte in everything that the port has sent; a gap means that bytes were dropped. */
  readonly offset: number;
  readonly data: Uint8Array;
}

export interface StatisticsEvent {
  readonly instructions: number;
  readonly busySeconds: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
}

/** What the guest listens to: no mouse, its motion, or its place on the screen. */
export type PointerMode = 'none' | 'relative' | 'absolute';

export interface VmEvents {
  readonly frame: PixelFrameEvent | TextFrameEvent;
  readonly serial: SerialEvent;
  readonly state: 'running' | 'paused' | 'off';
  /** Once a second while the machine runs. */
  readonly statistics: StatisticsEvent;
  readonly guestReset: null;
  readonly pointerMode: PointerMode;
  /** The tone of the PC speaker from now on, in hertz; 0 is silence. */
  readonly speaker: number;
}
