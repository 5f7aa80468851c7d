/**
 * Hardware interrupt lines 0–15.
 *
 * Handlers run with interrupts off on the stack of whatever was interrupted: they are short, never sleep, and take
 * only locks that everyone else takes with interrupts off. The end-of-interrupt is sent after the handler.
 */
import { logBegin, logDec, logEnd, logStr, LOG_WARN } from '../../lib/log';
import { randomMix } from '../../lib/random';
import { picEndOfInterrupt, picIsSpurious, picMask, picSetLevel, picUnmask } from './pic';

const LINES: u32 = 16;
const handlers = memory.data(16 * 4, 4);
const counts = memory.data(16 * 8, 8);

export function registerIrq(line: u32, handler: (line: u32) => void): void {
  store<u32>(handlers + <usize>line * 4, handler.index);
  picUnmask(line);
}

/** For a line that stays up until its device is served. */
export function registerLevelIrq(line: u32, handler: (line: u32) => void): void {
  picSetLevel(line);
  registerIrq(line, handler);
}

/** How often the line has fired since boot. */
export function irqCount(line: u32): u64 {
  return line < LINES ? load<u64>(counts + <usize>line * 8) : 0;
}

export function irqDispatch(line: u32): void {
  if (picIsSpurious(line)) return;
  const count = counts + <usize>line * 8;
  store<u64>(count, load<u64>(count) + 1);
  randomMix(line);
  const handler = load<u32>(handlers + <usize>line * 4);
  if (handler != 0) {
    call_indirect<void>(handler, line);
  } else {
    picMask(line);
    logBegin(LOG_WARN, 'irq');
    logStr('masked line without a handler: ');
    logDec(line);
    logEnd();
  }
  picEndOfInterrupt(line);
}
