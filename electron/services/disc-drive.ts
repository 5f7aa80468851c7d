/**
 * The CD drive of a running machine and the image in it: opened read-only, closed when it comes out.
 *
 * - While the guest's system holds the tray locked, the disc that is wanted waits beside the drive: it goes in when
 *   the guest opens the tray.
 */
import type { BlockDevice, DriveSlot, Machine } from '../../emulator/machine/types.ts';
import type { DiscLock, DiscOutcome, DiscState } from '../protocol/disc.ts';
import { RpcError } from '../protocol/rpc-error.ts';

/** On the second channel, as PCs had it. */
export const CD_SLOT: DriveSlot = 'ide1-master';

/** An image that is open for a machine, and is closed when it is not needed any more. */
export interface OpenDisk extends BlockDevice {
  close(): void;
}

interface Disc {
  readonly path: string | null;
  readonly medium: OpenDisk | null;
}

export class DiscDrive {
  readonly #open: (path: string) => OpenDisk;
  #machine: Machine | null = null;
  #inserted: Disc;
  #waiting: Disc | null = null;
  #trayOpen = false;
  /** Another disc, or the tray moved. */
  onChange: (state: DiscState) => void = () => undefined;

  /** Opens the image at `path`; null is an empty drive. Throws what `open` throws. */
  constructor(open: (path: string) => OpenDisk, path: string | null) {
    this.#open = open;
    this.#inserted = this.#load(path);
  }

  get medium(): OpenDisk | null {
    return this.#inserted.medium;
  }

  /** Of the image in it; null: it is empty. */
  get path(): string | null {
    return this.#inserted.path;
  }

  /** The machine was made with `medium`. */
  attach(machine: Machine): void {
    this.#machine = machine;
    machine.on('trayMoved', (slot, open) => {
      if (slot === CD_SLOT) this.#trayMoved(open);
    });
  }

  /** Null takes the disc out. Throws an error for a person; then the disc is still the one of before. */
  change(path: string | null, lock: DiscLock): DiscOutcome {
    const machine = this.#machine;
    if (machine === null) throw new RpcError('off', 'The machine is not running.');
    const disc = this.#load(path);
    this.#waiting?.medium?.close();
    this.#waiting = null;
    const outcome = machine.changeMedium(CD_SLOT, disc.medium, lock);
    if (outcome === 'asked') this.#waiting = disc;
    else this.#changed(disc);
    return outcome;
  }

  close(): void {
    this.#waiting?.medium?.close();
    this.#inserted.medium?.close();
  }

  #load(path: string | null): Disc {
    return { path, medium: path === null ? null : this.#open(path) };
  }

  #changed(disc: Disc): void {
    this.#inserted.medium?.close();
    this.#inserted = disc;
    this.#trayOpen = false;
    this.#tell();
  }

  #trayMoved(open: boolean): void {
    this.#trayOpen = open;
    const disc = this.#waiting;
    if (!open || disc === null) {
      this.#tell();
      return;
    }
    this.#waiting = null;
    this.#machine?.changeMedium(CD_SLOT, disc.medium, 'force');
    this.#changed(disc);
  }

  #tell(): void {
    this.onChange({ path: this.#inserted.path, trayOpen: this.#trayOpen });
  }
}
