/** A line discipline with its buffers for the unit test: echo and signals go to host functions. */
import { kmalloc } from '../../mm/kmalloc';
import {
  LINE_BUFFER_BYTES,
  LineBuffer,
  lineBufferHasLine,
  lineBufferInit,
  lineBufferReadLine,
  lineBufferReadRaw,
} from './line-buffer';
import { LineDiscipline, lineDisciplineError, lineDisciplineInput } from './line-discipline';
import { TTY_OUTPUT_STAGE_BYTES, TtyOutput, ttyOutputByte, ttyOutputFlush } from './output';
import { Cflag, TERMIOS2_SIZE, Termios, setControlChar, termiosDefaults } from './termios';

declare function echoed(bytes: usize, count: u32): void;
declare function signalled(signal: i32): void;

function send(_argument: usize, bytes: usize, count: u32): void {
  echoed(bytes, count);
}

function signal(_argument: usize, number: i32): void {
  signalled(number);
}

let ld: LineDiscipline = changetype<LineDiscipline>(<usize>0);

export function setUp(): void {
  ld = changetype<LineDiscipline>(kmalloc(offsetof<LineDiscipline>()));
  ld.termios = changetype<Termios>(kmalloc(TERMIOS2_SIZE));
  termiosDefaults(ld.termios, Cflag.B115200);
  ld.input = changetype<LineBuffer>(kmalloc(offsetof<LineBuffer>()));
  lineBufferInit(ld.input, kmalloc(2 * LINE_BUFFER_BYTES));
  ld.output = changetype<TtyOutput>(kmalloc(offsetof<TtyOutput>()));
  ld.output.termios = ld.termios;
  ld.output.stage = kmalloc(TTY_OUTPUT_STAGE_BYTES);
  const sendFunction: (argument: usize, bytes: usize, count: u32) => void = send;
  ld.output.send = sendFunction.index;
  const signalFunction: (argument: usize, number: i32) => void = signal;
  ld.signal = signalFunction.index;
}

export function termiosAddress(): usize {
  return changetype<usize>(ld.termios);
}

export function setChar(index: i32, value: u8): void {
  setControlChar(ld.termios, index, value);
}

/** How many of the bytes woke a reader. */
export function type(bytes: usize, count: u32): u32 {
  let wakes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) if (lineDisciplineInput(ld, load<u8>(bytes + i))) wakes++;
  ttyOutputFlush(ld.output);
  return wakes;
}

export function print(bytes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) ttyOutputByte(ld.output, load<u8>(bytes + i));
  ttyOutputFlush(ld.output);
}

export function hasLine(): bool {
  return lineBufferHasLine(ld.input);
}

export function readLine(out: usize, max: u32): u32 {
  return lineBufferReadLine(ld.input, out, max);
}

export function readRaw(out: usize, max: u32): u32 {
  return lineBufferReadRaw(ld.input, out, max);
}

export function isStopped(): bool {
  return ld.stopped;
}

/** A byte that came with an error (Received); whether it woke a reader. */
export function receive(byte: u8, what: i32): bool {
  const woke = lineDisciplineError(ld, byte, what);
  ttyOutputFlush(ld.output);
  return woke;
}
