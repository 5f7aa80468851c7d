/**
 * The interrupt command register: what a write of its low half sends, and which destinations an APIC answers to.
 * Source: Intel SDM vol. 3, 10.6.1 "Interrupt command register", 10.6.2 "Determining IPI destination".
 */
import { DELIVERY, type InterruptMessage } from './apic-bus.ts';
import { COMMAND, LVT, SHORTHAND } from './lapic-registers.ts';

export const FIRST_LEGAL_VECTOR = 16;
const EVERYONE = 0xff;

export interface Command {
  readonly message: InterruptMessage;
  readonly shorthand: number;
}

/** What is sent; null: nothing, for the command means nothing on this bus. */
export function decodeCommand(low: number, high: number): Command | 'illegal vector' | null {
  const mode = (low >> 8) & 7;
  const shorthand = low >> COMMAND.shorthandShift;
  // "INIT level de-assert" set the arbitration IDs of old buses; nothing listens to it.
  if (mode === DELIVERY.init && (low & COMMAND.levelTriggered) !== 0 && (low & COMMAND.assert) === 0)
    return null;
  const fixed = mode === DELIVERY.fixed || mode === DELIVERY.lowestPriority;
  const vector = low & LVT.vector;
  if (fixed && vector < FIRST_LEGAL_VECTOR) return 'illegal vector';
  const named = shorthand === SHORTHAND.none;
  return {
    message: {
      destination: named ? high >>> 24 : EVERYONE,
      logical: named && (low & COMMAND.logical) !== 0,
      mode,
      vector,
      // Interprocessor interrupts are edges whatever the trigger bit says.
      levelTriggered: false,
    },
    shorthand,
  };
}

/** LDR (its upper byte) and DFR. */
export interface LogicalAddress {
  readonly destination: number;
  readonly format: number;
}

/** Whether an APIC with this ID and logical address is one of those that `destination` means. */
export function isDestination(
  id: number,
  mine: LogicalAddress,
  destination: number,
  logical: boolean,
): boolean {
  if (!logical) return destination === EVERYONE || destination === id;
  if (mine.format >>> 28 === 15) return (mine.destination & destination) !== 0;
  // Cluster model: the upper half names a cluster (15: all), the lower half members of it.
  const cluster = destination >> 4;
  return (cluster === 15 || cluster === mine.destination >> 4) && (mine.destination & destination & 15) !== 0;
}
