/**
 * The 8254 interval timer: channel 0 ticks at 1000 Hz, channel 2 measures the time-stamp counter.
 * Source: Intel 8254 datasheet; IBM PC/AT technical reference for port 61h.
 */
import { pause, readTsc } from './cpu';
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
const CHANNEL2_ONE_SHOT: u8 = 0xb0;
const GATE2: u8 = 0x01;
const SPEAKER: u8 = 0x02;
const OUT2: u8 = 0x20;
/** Polls of port 61h after which the channel counts as missing (about a second on the bus). */
const POLL_LIMIT: u32 = 2_000_000;

export function pitStartTicks(): void {
  outb(COMMAND, CHANNEL0_RATE_GENERATOR);
  outb(CHANNEL0, <u8>TICK_DIVISOR);
  outb(CHANNEL0, <u8>(TICK_DIVISOR >> 8));
}

/** TSC counts while channel 2 counts down `counts` (at most 65535); 0 when the channel never ends. */
export function pitMeasureTsc(counts: u32): u64 {
  const portB = inb(PORT_B);
  outb(PORT_B, (portB & ~SPEAKER) | GATE2);
  outb(COMMAND, CHANNEL2_ONE_SHOT);
  outb(CHANNEL2, <u8>counts);
  outb(CHANNEL2, <u8>(counts >> 8));
  const start = readTsc();
  let polls: u32 = 0;
  while ((inb(PORT_B) & OUT2) == 0) {
    if (++polls == POLL_LIMIT) return 0;
    pause();
  }
  const elapsed = readTsc() - start;
  outb(PORT_B, portB);
  return elapsed;
}
