/**
 * Brings the drivers up, in the order in which they need each other.
 */
import { setRealtime } from '../sched/clock';
import { acpiPowerInit } from './acpi/power';
import { ataInit } from './ata/ata';
import { pvpanicInit } from './pvpanic';
import { rtcReadSeconds } from './rtc';
import { serialTty, serialTtyInit } from './tty/serial-tty';
import { ttyDevicesInit } from './tty/tty-device';

const NS_PER_SECOND: u64 = 1_000_000_000;

/** Before interrupts and threads: what reports and shows. */
export function driversEarlyInit(): void {
  pvpanicInit();
}

/** In the start-up thread, with interrupts on: drivers that sleep for their devices. */
export function driversInit(): void {
  setRealtime(rtcReadSeconds() * NS_PER_SECOND);
  acpiPowerInit();
  serialTtyInit();
  ttyDevicesInit(null, serialTty(0), serialTty(1));
  ataInit();
}
