/**
 * The tray of a CD drive: the disc in it, whether it is open or locked, and what the guest has yet to hear of it.
 *
 * - The host changes the disc (`replace`) or presses the eject button (`pressEject`); the guest opens, closes and
 *   locks the tray. A disc in an open tray cannot be read and is still there when the tray closes.
 * - A change is told twice: as unit attention to the next command, and as media event to a guest that polls.
 * Source: MMC-3 (T10 1363-D), 5.6 "Get Event/Status Notification", 5.11 "Prevent/Allow", 5.36 "Start/Stop Unit".
 */
import type { StateFields } from '../machine/bus.ts';
import type { Stateful } from '../machine/state-fields.ts';
import type { BlockDevice } from '../machine/types.ts';
import { SENSE, type Sense } from './atapi-sense.ts';

export const CD_SECTOR_BYTES = 2048;

/** Media class event codes, by their number. */
const EVENTS = ['none', 'eject-request', 'new-medium', 'removal'] as const;
export type MediaEvent = (typeof EVENTS)[number];
export const mediaEventCode = (event: MediaEvent): number => EVENTS.indexOf(event);

export class CdTray implements Stateful {
  #medium: BlockDevice | null;
  #open = false;
  #locked = false;
  #event: MediaEvent = 'none';
  #wasReset = true;
  #mediumChanged: boolean;
  /** The tray went in or out, whoever moved it. */
  onMove: (open: boolean) => void = () => undefined;

  constructor(medium: BlockDevice | null) {
    this.#medium = medium;
    this.#mediumChanged = medium !== null;
  }

  /** RESET#: the lock goes, the tray stays where it is. */
  reset(): void {
    this.#locked = false;
    this.#event = 'none';
    this.#wasReset = true;
    this.#mediumChanged = this.loaded !== null;
  }

  /** Which disc it is, is the machine's to compare. */
  state(fields: StateFields): void {
    this.#open = fields.bool(this.#open);
    this.#locked = fields.bool(this.#locked);
    this.#event = fields.choice(this.#event, EVENTS);
    this.#wasReset = fields.bool(this.#wasReset);
    this.#mediumChanged = fields.bool(this.#mediumChanged);
  }

  /** The disc that can be read; null: the tray is open or empty. */
  get loaded(): BlockDevice | null {
    return this.#open ? null : this.#medium;
  }

  get open(): boolean {
    return this.#open;
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** Why a command that needs a disc cannot be done; null: there is one. */
  get notReady(): Sense | null {
    if (this.#open) return SENSE.noMediumTrayOpen;
    return this.#medium === null ? SENSE.noMediumTrayClosed : null;
  }

  /** The next unit attention, which is told once; null: none. */
  takeAttention(): Sense | null {
    if (this.#wasReset) {
      this.#wasReset = false;
      return SENSE.wasReset;
    }
    if (!this.#mediumChanged) return null;
    this.#mediumChanged = false;
    return SENSE.mediumChanged;
  }

  takeEvent(): MediaEvent {
    const event = this.#event;
    this.#event = 'none';
    return event;
  }

  lock(locked: boolean): void {
    this.#locked = locked;
  }

  /** By the guest. False: it has locked the tray itself. */
  eject(): boolean {
    if (this.#locked) return false;
    this.#move(true);
    return true;
  }

  load(): void {
    this.#move(false);
  }

  /** The button: the guest decides about a locked tray. */
  pressEject(): void {
    if (this.#locked) this.#event = 'eject-request';
    else this.#move(!this.#open);
  }

  /** Out with the disc, locked or not, in with `medium`; the tray is closed afterwards. */
  replace(medium: BlockDevice | null): void {
    const had = this.loaded !== null;
    const wasOpen = this.#open;
    this.#medium = medium;
    this.#open = false;
    this.#mediumChanged = medium !== null;
    if (medium !== null) this.#event = 'new-medium';
    else if (had) this.#event = 'removal';
    if (medium === null) this.#locked = false;
    if (wasOpen) this.onMove(false);
  }

  #move(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    if (this.#medium !== null) {
      this.#event = open ? 'removal' : 'new-medium';
      this.#mediumChanged = !open;
    }
    this.onMove(open);
  }
}

export function cdSectors(medium: BlockDevice): number {
  return Math.floor((medium.sectorCount * medium.sectorSizeBytes) / CD_SECTOR_BYTES);
}
