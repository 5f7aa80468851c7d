/**
 * The 8254 interval timer: channel 0 is the timer interrupt, once after a time or a thousand times a second; channel 2
 * measures the time-stamp counter.
 * Source: Intel 8254 datasheet; IBM PC/AT technical reference for port 61h.
 */
import { readTsc } from './cpu';
import { inb, outb } from './ports';

export const PIT_HZ: u64 = 1_193_182;
export const TICK_HZ: u64 = 1000;
/** 1193 counts: 0.99985 ms. */
export const TICK_DIVISOR: u64 = PIT_HZ / TICK_HZ;

const CHANNEL0: u16 = 0x40;
const CHANNEL2: u16 = 0x42;
const COMMAND: u16 = 0x43;
const PORT_B: u16 = 0x61;
const CHANNEL0_RATE_GENERATOR: u8 = 0x34;
/** Mode 0: the output rises when the count has run out, and stays up until the next count is written. */
const CHANNEL0_TERMINAL_COUNT: u8 = 0x30;
const CHANNEL2_ONE_SHOT: u8 = 0xb0;
const GATE2: u8 = 0x01;
const SPEAKER: u8 = 0x02;
const OUT2: u8 = 0x20;
const CHANNEL2_LATCH: u8 = 0x80;
export const PIT_MAX_COUNT: u64 = 65535;

/** 5 ms. */
const MEASURE_COUNTS: u32 = 5966;
const READINGS: u32 = 4;
const ATTEMPTS: u32 = 8;
/** Two measurements in a row must agree to 1/256. */
const AGREEMENT_SHIFT: u64 = 8;
/** Polls after which the channel counts as missing: it would take a bus fifty times faster than ISA to get there. */
const POLL_LIMIT: u32 = 100_000;

export function pitStartTicks(): void {
  outb(COMMAND, CHANNEL0_RATE_GENERATOR);
  outb(CHANNEL0, <u8>TICK_DIVISOR);
  outb(CHANNEL0, <u8>(TICK_DIVISOR >> 8));
}

export function pitStartOneShot(): void {
  outb(COMMAND, CHANNEL0_TERMINAL_COUNT);
}

/** One interrupt after so many periods of its clock, 1 to PIT_MAX_COUNT; one that was set before does not come. */
export function pitArm(count: u64): void {
  outb(CHANNEL0, <u8>count);
  outb(CHANNEL0, <u8>(count >> 8));
}

/**
 * Frequency of the time-stamp counter: both counters are read twice about 5 ms apart. How long the CPU was away in
 * between does not matter, only how close together one reading of each is; so each reading is the closest of several.
 * 0 when channel 2 does not count.
 */
export function pitMeasureTsc(): u64 {
  const portB = inb(PORT_B);
  let hz = measureOnce(portB);
  for (let i: u32 = 0; i < ATTEMPTS; i++) {
    const again = measureOnce(portB);
    const difference = again > hz ? again - hz : hz - again;
    hz = again;
    if (hz != 0 && difference < hz >> AGREEMENT_SHIFT) break;
  }
  outb(PORT_B, portB);
  return hz;
}

/** 0 when the counter ran out (its output went high) or stood still. */
function measureOnce(portB: u8): u64 {
  outb(PORT_B, (portB & ~SPEAKER) | GATE2);
  outb(COMMAND, CHANNEL2_ONE_SHOT);
  outb(CHANNEL2, 0xff);
  outb(CHANNEL2, 0xff);
  readBoth();
  const startTsc = sampleTsc;
  const startCount = sampleCount;
  let polls: u32 = 0;
  do {
    readBoth();
    if (++polls == POLL_LIMIT) return 0;
  } while (startCount - sampleCount < MEASURE_COUNTS && (inb(PORT_B) & OUT2) == 0);
  if ((inb(PORT_B) & OUT2) != 0 || startCount == sampleCount) return 0;
  return ((sampleTsc - startTsc) * PIT_HZ) / <u64>(startCount - sampleCount);
}

let sampleTsc: u64 = 0;
let sampleCount: u32 = 0;

/** Latches channel 2 and reads the time-stamp counter around it. */
function readBoth(): void {
  let best = ~(<u64>0);
  for (let i: u32 = 0; i < READINGS; i++) {
    const before = readTsc();
    outb(COMMAND, CHANNEL2_LATCH);
    const after = readTsc();
    const count = (<u32>inb(CHANNEL2)) | ((<u32>inb(CHANNEL2)) << 8);
    if (after - before >= best) continue;
    best = after - before;
    sampleTsc = before + best / 2;
    sampleCount = count;
  }
}
