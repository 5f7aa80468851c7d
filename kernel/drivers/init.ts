/**
 * Brings the drivers up, in the order in which they need each other.
 */
import { ataInit } from './ata/ata';

/** In the start-up thread, with interrupts on: drivers that sleep for their devices. */
export function driversInit(): void {
  ataInit();
}
