/**
 * Brings the drivers up, in the order in which they need each other.
 */
import { ataInit } from './ata/ata';
import { serialTty, serialTtyInit } from './tty/serial-tty';
import { ttyDevicesInit } from './tty/tty-device';

/** In the start-up thread, with interrupts on: drivers that sleep for their devices. */
export function driversInit(): void {
  serialTtyInit();
  ttyDevicesInit(null, serialTty(0), serialTty(1));
  ataInit();
}
