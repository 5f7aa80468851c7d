/**
 * What a serial port sends: the terminal's output and lines of the log, in the order in which they came. By interrupt
 * once that works; polled before, in a panic, and when the machine is about to be turned off.
 *
 * - Polled output first sends what is queued. It waits for a transmitter for as long as that takes bytes; one that takes
 *   none for seconds is stuck (nobody reads at its other end), and no line waits for it again until it takes some.
 * - uartLog(), uartWritePolled() and uartDrain() take the port's lock; uartTransmit() and uartKick() are called with it held.
 */
import { pause } from '../arch/x86_64/cpu';
import { isPanicking } from '../lib/panic';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { NS_PER_SECOND, clockHz, nowNs } from '../sched/clock';
import { byteQueueLength, byteQueuePop } from './byte-queue';
import { logQueueIsEmpty, logQueueNext, logQueuePut } from './uart-log-queue';
import { Ier, Lsr, Reg, Uart, readRegister, setInterrupts, uartLock, writeRegister } from './uart-port';

const FIFO_BYTES: u32 = 16;
/** A transmitter that takes nothing for so long is stuck. An emulator's may wait for a host that is busy elsewhere. */
const STUCK_NS: u64 = 10 * NS_PER_SECOND;
/** The last words have time: nothing else will happen on this machine. */
const STUCK_IN_PANIC_NS: u64 = 30 * NS_PER_SECOND;
/** Looks at a transmitter before it is stuck whatever the clock says: the processor itself may have been away. */
const LOOKS_MIN: u32 = 10_000;
/** Looks without a clock: 10 s on an ISA bus, where a read of a port takes a microsecond. */
const LOOKS_WITHOUT_CLOCK: u32 = 10_000_000;
const CR_LF = memory.data<u8>([13, 10]);
const LINE_FEED: u8 = 10;

function isPending(u: Uart): bool {
  return byteQueueLength(u.tx) != 0 || !logQueueIsEmpty(u.log);
}

/** Gives an empty transmitter up to a FIFO full of what is due; returns how many bytes that was. */
function fill(u: Uart): u32 {
  let n: u32 = 0;
  u.sendsLog = false;
  for (; n < FIFO_BYTES; n++) {
    let byte = logQueueNext(u.log, u.tx.tail);
    if (byte >= 0) u.sendsLog = true;
    else byte = byteQueuePop(u.tx);
    if (byte < 0) break;
    writeRegister(u, Reg.Data, byte);
  }
  return n;
}

/** Lines that were left out are reported from the interrupt that finds room again. */
function setTransmitInterrupt(u: Uart, wanted: bool): void {
  const on = wanted || isPending(u) || u.log.dropped != 0;
  setInterrupts(u, on ? u.ier | Ier.Transmit : u.ier & ~Ier.Transmit);
}

/** From the interrupt. True when whoever waits for the terminal's queue may look. */
export function uartTransmit(u: Uart): bool {
  if (!(readRegister(u, Reg.LineStatus) & Lsr.TransmitEmpty)) return false;
  const n = fill(u);
  const wasWaiting = (u.ier & Ier.Transmit) != 0;
  setTransmitInterrupt(u, false);
  // Others than the interrupt may have emptied the queue in between: whoever waits for that must hear of it too.
  return n != 0 || wasWaiting;
}

/** Whenever something was queued: begins to send, unless the chip is busy. */
export function uartKick(u: Uart): void {
  const wasWaiting = (u.ier & Ier.Transmit) != 0;
  if (readRegister(u, Reg.LineStatus) & Lsr.TransmitEmpty) fill(u);
  setTransmitInterrupt(u, wasWaiting);
}

/** Waits until the line status has `bit`; false when the transmitter is stuck. */
function waitFor(u: Uart, bit: i32): bool {
  const limit = isPanicking() ? STUCK_IN_PANIC_NS : STUCK_NS;
  const from = nowNs();
  let looks: u32 = 0;
  while (!(readRegister(u, Reg.LineStatus) & bit)) {
    if (u.stuck) return false;
    pause();
    if (++looks < LOOKS_MIN) continue;
    if (clockHz() == 0) u.stuck = looks >= LOOKS_WITHOUT_CLOCK;
    else if ((looks & 0xff) == 0) u.stuck = nowNs() - from >= limit;
  }
  u.stuck = false;
  return true;
}

function sendQueued(u: Uart): bool {
  while (isPending(u)) {
    if (!waitFor(u, Lsr.TransmitEmpty)) return false;
    fill(u);
  }
  return true;
}

/** Sends `count` bytes at once, whatever the state of the system; gives up on a transmitter that is stuck. */
export function uartWritePolled(u: Uart, bytes: usize, count: usize): void {
  if (!u.present) return;
  const flags = lockIrqSave(uartLock(u));
  if (sendQueued(u)) {
    let done: usize = 0;
    while (done < count && waitFor(u, Lsr.TransmitEmpty)) {
      const end = min(count, done + FIFO_BYTES);
      for (; done < end; done++) writeRegister(u, Reg.Data, load<u8>(bytes + done));
    }
  }
  unlockIrqRestore(uartLock(u), flags);
}

/** Sends everything that is queued and waits until its last bit has left. */
export function uartDrain(u: Uart): void {
  if (!u.present) return;
  const flags = lockIrqSave(uartLock(u));
  if (sendQueued(u)) waitFor(u, Lsr.TransmitIdle);
  unlockIrqRestore(uartLock(u), flags);
}

/** A piece of a line of the log; the line feed at its end becomes CR LF. */
export function uartLog(u: Uart, text: usize, length: u32): void {
  if (!u.present || length == 0) return;
  if (u.log.bytes == 0 || isPanicking()) {
    const ends = load<u8>(text + length - 1) == LINE_FEED;
    uartWritePolled(u, text, ends ? length - 1 : length);
    if (ends) uartWritePolled(u, CR_LF, 2);
    return;
  }
  const flags = lockIrqSave(uartLock(u));
  logQueuePut(u.log, text, length, u.tx.head);
  uartKick(u);
  unlockIrqRestore(uartLock(u), flags);
}
