/**
 * Brings the drivers up, in the order in which they need each other.
 */
import { blockInit } from '../block/init';
import { setPanicHook } from '../lib/panic';
import { setRealtime } from '../sched/clock';
import { acpiPowerInit } from './acpi/power';
import { ataInit } from './ata/ata';
import { consoleInit } from './console/console';
import { framebufferDeviceInit } from './console/framebuffer-device';
import { pciInit } from './pci/pci';
import { pvpanicInit, pvpanicNotify } from './pvpanic';
import { rtcReadSeconds } from './rtc';
import { serialConsoleQueue } from './serial-console';
import { screenTtyInit } from './tty/screen-tty';
import { serialTtyInit } from './tty/serial-tty';
import { ttyDevicesInit } from './tty/tty-device';

const NS_PER_SECOND: u64 = 1_000_000_000;

/** Before interrupts and threads: what reports and shows. */
export function driversEarlyInit(): void {
  consoleInit();
  pvpanicInit();
  setPanicHook(pvpanicNotify);
}

/** In the start-up thread, with interrupts on: drivers that sleep for their devices. */
export function driversInit(): void {
  setRealtime(rtcReadSeconds() * NS_PER_SECOND);
  acpiPowerInit();
  serialTtyInit();
  serialConsoleQueue();
  screenTtyInit();
  ttyDevicesInit();
  framebufferDeviceInit();
  blockInit();
  pciInit();
  ataInit();
}
