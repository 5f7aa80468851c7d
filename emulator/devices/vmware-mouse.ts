/**
 * The absolute pointer behind VMware's backdoor ("vmmouse"): packets of four words in a queue that the guest's driver
 * empties when the PS/2 mouse interrupts.
 *
 * - A guest that has asked for absolute packets is told where the pointer is (0 to 65535 across the screen), any other
 *   guest how far it went. `mode` says what it wants; the PS/2 mouse is silent but for its interrupts meanwhile.
 * - A queue that nobody empties loses the packet before the latest: whole ones, never parts.
 * Source: Linux Documentation and header of vmmouse (protocol constants); QEMU's "vmmouse" device.
 */
import type { Chip, StateFields } from '../machine/bus.ts';
import type { BackdoorCommand, BackdoorRegister, BackdoorRegisters } from './vmware-port.ts';

const COMMAND = { data: 39, status: 40, command: 41 } as const;
/** Arguments of COMMAND.command; four letters each. */
const REQUEST = {
  enable: 0x45414552,
  disable: 0x000000f5,
  relative: 0x4c455252,
  absolute: 0x53424152,
} as const;
const VERSION = 0x3442554a;
const ERROR = 0xffff0000;
const RELATIVE_PACKET = 0x00010000;
const BUTTON = { left: 0x20, right: 0x10, middle: 0x08 } as const;
const PACKET_WORDS = 4;
const QUEUE_WORDS = 1024;
const MAX_WORDS_AT_ONCE = 6;
const ANSWERS: readonly BackdoorRegister[] = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'];
const MODES = ['off', 'relative', 'absolute'] as const;

/** `off`: the guest uses the PS/2 mouse as it is. */
export type VmwareMouseMode = (typeof MODES)[number];

export class VmwareMouse implements Chip {
  /** Makes the PS/2 mouse interrupt. */
  readonly #nudge: () => void;
  #mode: VmwareMouseMode = 'off';
  /** What the guest asked for last; it counts once the pointer is enabled. */
  #absolute = false;
  #failed = true;
  #queue: number[] = [];
  onMode: () => void = () => undefined;

  constructor(nudge: () => void) {
    this.#nudge = nudge;
  }

  reset(): void {
    this.#queue = [];
    this.#absolute = false;
    this.#fail();
  }

  state(fields: StateFields): void {
    this.#mode = fields.choice(this.#mode, MODES);
    this.#absolute = fields.bool(this.#absolute);
    this.#failed = fields.bool(this.#failed);
    this.#queue = fields.list(this.#queue, (word) => fields.u32(word), 0);
    if (fields.restoring) this.onMode();
  }

  get mode(): VmwareMouseMode {
    return this.#mode;
  }

  /** For the port's table. */
  readonly commands: readonly (readonly [number, BackdoorCommand])[] = [
    [COMMAND.status, () => (this.#failed ? ERROR : 0) + this.#queue.length],
    [COMMAND.command, (request) => this.#command(request)],
    [COMMAND.data, (words, registers) => this.#data(words, registers)],
  ];

  #command(request: number): number {
    switch (request) {
      case REQUEST.enable:
        if (this.#queue.length < QUEUE_WORDS) this.#queue.push(VERSION);
        this.#failed = false;
        this.#follow();
        break;
      case REQUEST.disable:
        this.#fail();
        break;
      case REQUEST.relative:
      case REQUEST.absolute:
        this.#absolute = request === REQUEST.absolute;
        this.#follow();
        break;
      default:
    }
    return 0;
  }

  #follow(): void {
    this.#setMode(this.#failed ? 'off' : this.#absolute ? 'absolute' : 'relative');
  }

  #fail(): void {
    this.#failed = true;
    this.#follow();
  }

  #setMode(mode: VmwareMouseMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.onMode();
  }

  /** A driver that asks for more than there is has lost its place: it must begin anew. */
  #data(words: number, registers: BackdoorRegisters): number {
    if (words === 0 || words > MAX_WORDS_AT_ONCE || words > this.#queue.length) {
      this.#fail();
      return ERROR;
    }
    const taken = this.#queue.splice(0, words);
    for (const [i, word] of taken.entries()) registers.write(ANSWERS[i] ?? 'eax', word);
    return taken[0] ?? 0;
  }

  /** The pointer is at this place, 0 to 65535 from left to right and from top to bottom. Wheel: down is positive. */
  moveTo(x: number, y: number, wheel: number, buttons: number): void {
    if (this.#mode === 'absolute') this.#packet(0, x, y, wheel, buttons);
  }

  /** The pointer went by as many counts, to the right and downwards. */
  move(dx: number, dy: number, wheel: number, buttons: number): void {
    // Upwards is positive on the wire, as in PS/2 packets.
    if (this.#mode !== 'off') this.#packet(RELATIVE_PACKET, dx, -dy, wheel, buttons);
  }

  #packet(kind: number, x: number, y: number, wheel: number, buttons: number): void {
    const held =
      ((buttons & 1) !== 0 ? BUTTON.left : 0) |
      ((buttons & 2) !== 0 ? BUTTON.right : 0) |
      ((buttons & 4) !== 0 ? BUTTON.middle : 0);
    if (this.#queue.length > QUEUE_WORDS - PACKET_WORDS) this.#queue.splice(-PACKET_WORDS);
    this.#queue.push(held | kind, Math.trunc(x) >>> 0, Math.trunc(y) >>> 0, Math.trunc(wheel) >>> 0);
    this.#nudge();
  }
}
