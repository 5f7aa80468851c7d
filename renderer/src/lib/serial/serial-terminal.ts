/**
 * A machine's serial port as a terminal. It outlives views, resets and power-ons: the scrollback stays.
 */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal, type ITheme } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { SerialEvent } from '../../../../electron/protocol/vm-contract.ts';
import { formatBytes } from '../format.ts';
import { SerialStream, type StreamPiece } from './serial-stream.ts';
import { findText, type Match } from './terminal-search.ts';

const SCROLLBACK_LINES = 10_000;
/** A paste goes out in pieces of this size, well below what the machine's process takes at once. */
const INPUT_PIECE_BYTES = 64 * 1024;

/** The terminal's own colours, dark in both themes as the screen is; each 4.5:1 or more on the background. */
const theme: ITheme = {
  background: '#0d1315',
  foreground: '#d9e2e3',
  cursor: '#5ed3c8',
  cursorAccent: '#0d1315',
  selectionBackground: '#2b5f66',
  black: '#1b2426',
  red: '#f28b82',
  green: '#8fd694',
  yellow: '#e6c875',
  blue: '#8ab6f2',
  magenta: '#d6a3e8',
  cyan: '#6fd3d0',
  white: '#d9e2e3',
  brightBlack: '#7f9194',
  brightRed: '#ffb0a8',
  brightGreen: '#b4e8b8',
  brightYellow: '#f5deA0',
  brightBlue: '#b3d0ff',
  brightMagenta: '#e8c6f5',
  brightCyan: '#a0ebe8',
  brightWhite: '#ffffff',
};

export class SerialTerminal {
  readonly #terminal = new Terminal({
    scrollback: SCROLLBACK_LINES,
    // A guest that clears the screen at its start does not take what was there before.
    scrollOnEraseInDisplay: true,
    fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace',
    fontSize: 13,
    lineHeight: 1.2,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    screenReaderMode: true,
    theme,
  });
  readonly #fit = new FitAddon();
  readonly #stream = new SerialStream();
  #found: Match = { line: -1, column: -1 };
  #hasContent = false;

  /** `send` gets what the user types or pastes. */
  constructor(send: (bytes: Uint8Array) => void) {
    this.#terminal.loadAddon(this.#fit);
    const encoder = new TextEncoder();
    this.#terminal.onData((text) => {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length; at += INPUT_PIECE_BYTES) {
        send(bytes.slice(at, at + INPUT_PIECE_BYTES));
      }
    });
    // What a mouse report holds is bytes, not text.
    this.#terminal.onBinary((text) => {
      send(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    });
  }

  /** `onKey` sees each key first; what it returns true for is not the terminal's. */
  mount(element: HTMLElement, onKey: (event: KeyboardEvent) => boolean): void {
    this.#terminal.open(element);
    this.#terminal.textarea?.setAttribute('aria-label', 'Serial terminal input');
    this.#terminal.attachCustomKeyEventHandler((event) => !onKey(event));
    this.fit();
  }

  fit(): void {
    this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  get hasSelection(): boolean {
    return this.#terminal.hasSelection();
  }

  get selection(): string {
    return this.#terminal.getSelection();
  }

  /** What an earlier power-on left in the log: shown when the page is new. */
  showHistory(text: string): void {
    this.#hasContent ||= text !== '';
    this.#terminal.write(text.replaceAll(/\r?\n/g, '\r\n'));
  }

  receive(event: SerialEvent): void {
    for (const piece of this.#stream.receive(event)) this.#write(piece);
  }

  clear(): void {
    this.#terminal.clear();
  }

  /** Selects and shows the next match; false when there is none. */
  search(query: string, direction: 'next' | 'previous'): boolean {
    const buffer = this.#terminal.buffer.active;
    const lines = {
      count: buffer.length,
      line: (index: number) => buffer.getLine(index)?.translateToString(true) ?? '',
    };
    const start =
      this.#found.line < 0 ? { line: buffer.length - 1, column: Number.MAX_SAFE_INTEGER } : this.#found;
    const match = findText(lines, query, start, direction);
    if (match === null) {
      this.#terminal.clearSelection();
      return false;
    }
    this.#found = match;
    this.#terminal.select(match.column, match.line, query.length);
    this.#terminal.scrollToLine(Math.max(0, match.line - Math.floor(this.#terminal.rows / 2)));
    return true;
  }

  endSearch(): void {
    this.#found = { line: -1, column: -1 };
  }

  dispose(): void {
    this.#terminal.dispose();
  }

  #write(piece: StreamPiece): void {
    if (piece.kind === 'data') {
      this.#hasContent = true;
      this.#terminal.write(piece.data);
    } else if (piece.kind === 'gap') this.#note(`${formatBytes(piece.bytes)} are in the log only`);
    else if (this.#hasContent) this.#note(`power on, ${new Date().toLocaleTimeString()}`);
  }

  /** A line of our own between the guest's, with its attributes reset. */
  #note(text: string): void {
    this.#terminal.write(`\x1b[0m\r\n\x1b[90m── ${text} ──\x1b[0m\r\n`);
  }
}
