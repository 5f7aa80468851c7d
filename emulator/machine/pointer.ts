/**
 * The person's mouse as the guest wants it: motion for the PS/2 mouse, places for a guest that has asked VMware's
 * pointer for them.
 */
import type { Ps2Mouse } from '../devices/ps2-mouse.ts';
import type { VmwareMouse } from '../devices/vmware-mouse.ts';
import type { PointerMode } from './types.ts';

export class Pointer {
  readonly #mouse: Ps2Mouse;
  readonly #vmware: VmwareMouse;
  #mode: PointerMode = 'none';
  onMode: (mode: PointerMode) => void = () => undefined;

  constructor(mouse: Ps2Mouse, vmware: VmwareMouse) {
    this.#mouse = mouse;
    this.#vmware = vmware;
    const update = (): void => {
      this.#update();
    };
    mouse.onReporting = update;
    vmware.onMode = update;
  }

  get mode(): PointerMode {
    return this.#mode;
  }

  /** Counts to the right and downwards, wheel detents downwards, buttons held. */
  move(dx: number, dy: number, wheel: number, buttons: number): void {
    const to = this.#vmware.mode === 'off' ? this.#mouse : this.#vmware;
    to.move(dx, dy, wheel, buttons);
  }

  /** A place, 0 to 65535 each way; nothing happens unless the guest has asked for places. */
  moveTo(x: number, y: number, wheel: number, buttons: number): void {
    if (this.#mode === 'absolute') this.#vmware.moveTo(x, y, wheel, buttons);
  }

  #update(): void {
    // VMware's pointer speaks through the interrupts of the PS/2 mouse.
    const listened = this.#vmware.mode === 'absolute' ? 'absolute' : 'relative';
    const mode = this.#mouse.listening ? listened : 'none';
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.onMode(mode);
  }
}
