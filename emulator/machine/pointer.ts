/**
 * The person's mouse as the guest wants it: motion for the PS/2 mouse, places for a guest that drives the tablet or
 * has asked VMware's pointer for them.
 */
import type { Ps2Mouse } from '../devices/ps2-mouse.ts';
import type { VirtioTablet } from '../devices/virtio-tablet.ts';
import type { VmwareMouse } from '../devices/vmware-mouse.ts';
import type { PointerMode } from './types.ts';

export class Pointer {
  readonly #mouse: Ps2Mouse;
  readonly #vmware: VmwareMouse;
  readonly #tablet: VirtioTablet;
  #mode: PointerMode = 'none';
  onMode: (mode: PointerMode) => void = () => undefined;

  constructor(mouse: Ps2Mouse, vmware: VmwareMouse, tablet: VirtioTablet) {
    this.#mouse = mouse;
    this.#vmware = vmware;
    this.#tablet = tablet;
    const update = (): void => {
      this.#update();
    };
    mouse.onReporting = update;
    vmware.onMode = update;
    tablet.onActive = update;
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
    if (this.#mode !== 'absolute') return;
    const to = this.#tablet.active ? this.#tablet : this.#vmware;
    to.moveTo(x, y, wheel, buttons);
  }

  #listened(): PointerMode {
    if (this.#tablet.active) return 'absolute';
    // VMware's pointer speaks through the interrupts of the PS/2 mouse.
    if (!this.#mouse.listening) return 'none';
    return this.#vmware.mode === 'absolute' ? 'absolute' : 'relative';
  }

  #update(): void {
    const mode = this.#listened();
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.onMode(mode);
  }
}
