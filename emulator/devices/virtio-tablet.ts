/**
 * An absolute pointer as a virtio input device, as QEMU's virtio-tablet-pci: the place on the screen, five buttons and
 * a wheel. Linux's virtio_input drives it.
 *
 * - An update (all events up to its SYN_REPORT) reaches the driver whole or not yet: without room for all of it, it
 *   waits, and a later place takes the place of one that waits.
 * - It has no serial number and no properties, as QEMU's.
 * Source: VIRTIO 1.1, 5.8 "Input Device"; event codes of Linux's uapi/linux/input-event-codes.h.
 */
import type { Chip, StateFields } from '../machine/bus.ts';
import { VirtioPci, type VirtioDevice, type VirtioWiring } from './virtio-pci.ts';
import type { Virtqueue } from './virtqueue.ts';

const INPUT_DEVICE = 18;
/** Input device controller, other. */
const CLASS_CODE = 0x098000;
const QUEUE_SIZE = 64;
const EVENT_BYTES = 8;
const EVENTS = 0;
const STATUSES = 1;

const EV = { syn: 0, key: 1, relative: 2, absolute: 3 } as const;
const SYN_REPORT = 0;
const REL_WHEEL = 8;
const ABS = { x: 0, y: 1 } as const;
/** Of KeyboardEvent's cousin PointerEvent.buttons: left, right, middle, back, forward. */
const BUTTON_CODES: readonly number[] = [0x110, 0x111, 0x112, 0x113, 0x114];
export const ABSOLUTE_MAX = 65535;

const CONFIGURATION = { select: 0, subSelect: 1, size: 2, data: 8 } as const;
const SELECT = { name: 1, ids: 3, events: 0x11, absolute: 0x12 } as const;
const NAME = 'Virtio Tablet';
/** BUS_VIRTUAL, and the vendor, product and version of QEMU's. */
const IDS: readonly number[] = [6, 0x0627, 3, 2];

const ALL_BUTTONS = 2 ** BUTTON_CODES.length - 1;

/** Waiting updates are for a guest that is busy for a moment, not for one that sleeps. */
const MAX_WAITING = 256;

interface Update {
  readonly x: number;
  readonly y: number;
  readonly wheel: number;
  readonly buttons: number;
}

export class VirtioTablet implements Chip, VirtioDevice {
  readonly type = INPUT_DEVICE;
  readonly classCode = CLASS_CODE;
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE];
  readonly transport: VirtioPci;
  #select = 0;
  #subSelect = 0;
  /** As the driver knows them. */
  #buttons = 0;
  #waiting: Update[] = [];
  onActive: () => void = () => undefined;

  constructor(wiring: VirtioWiring) {
    this.transport = new VirtioPci(wiring, this);
  }

  /** A driver takes its events. */
  get active(): boolean {
    return this.transport.active;
  }

  /** The pointer is at this place, 0 to 65535 each way; wheel detents downwards; buttons held. */
  moveTo(x: number, y: number, wheel: number, buttons: number): void {
    if (!this.active) return;
    const last = this.#waiting.at(-1);
    if (last?.buttons === buttons && last.wheel === 0) this.#waiting.pop();
    if (this.#waiting.length < MAX_WAITING)
      this.#waiting.push({
        x: Math.trunc(x),
        y: Math.trunc(y),
        wheel: Math.trunc(wheel) | 0,
        buttons: buttons & ALL_BUTTONS,
      });
    this.#deliver();
  }

  // --- The device behind the connection -----------------------------------------------------------------------

  notified(queue: number): void {
    if (queue === EVENTS) this.#deliver();
    if (queue === STATUSES) this.#dropStatuses();
  }

  activeChanged(): void {
    this.onActive();
  }

  reset(): void {
    this.#select = 0;
    this.#subSelect = 0;
    this.#buttons = 0;
    this.#waiting = [];
  }

  state(fields: StateFields): void {
    this.#select = fields.u8(this.#select);
    this.#subSelect = fields.u8(this.#subSelect);
    this.#buttons = fields.u8(this.#buttons);
    this.#waiting = fields.list<Update>(
      this.#waiting,
      ({ x, y, wheel, buttons }) => ({
        x: fields.u16(x),
        y: fields.u16(y),
        wheel: fields.i32(wheel),
        buttons: fields.u8(buttons),
      }),
      { x: 0, y: 0, wheel: 0, buttons: 0 },
    );
  }

  readConfiguration(offset: number): number {
    if (offset === CONFIGURATION.select) return this.#select;
    if (offset === CONFIGURATION.subSelect) return this.#subSelect;
    const data = this.#selected();
    if (offset === CONFIGURATION.size) return data.length;
    return data[offset - CONFIGURATION.data] ?? 0;
  }

  writeConfiguration(offset: number, byte: number): void {
    if (offset === CONFIGURATION.select) this.#select = byte;
    if (offset === CONFIGURATION.subSelect) this.#subSelect = byte;
  }

  #selected(): Uint8Array {
    const sub = this.#subSelect;
    switch (this.#select) {
      case SELECT.name:
        return sub === 0 ? Buffer.from(NAME) : NOTHING;
      case SELECT.ids:
        return sub === 0 ? words(IDS, 2) : NOTHING;
      case SELECT.events:
        return bitmap(SUPPORTED[sub] ?? []);
      case SELECT.absolute:
        return sub === ABS.x || sub === ABS.y ? words([0, ABSOLUTE_MAX, 0, 0, 0], 4) : NOTHING;
      default:
        return NOTHING;
    }
  }

  // --- Queues -------------------------------------------------------------------------------------------------

  #queue(index: number): Virtqueue {
    const queue = this.transport.queues[index];
    if (queue === undefined) throw new RangeError(`there is no queue ${String(index)}`);
    return queue;
  }

  #deliver(): void {
    const queue = this.#queue(EVENTS);
    let given = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const events = this.#events(next);
      if (!this.transport.mayTransfer || queue.available < events.length) break;
      if (!events.every((event) => this.#give(queue, event))) break;
      given += events.length;
      this.#buttons = next.buttons;
      this.#waiting.shift();
    }
    if (given > 0 || queue.broken) this.transport.update(queue);
  }

  /** False: the buffer is none for an event, or there is none. */
  #give(queue: Virtqueue, event: Uint8Array): boolean {
    const chain = queue.take();
    const buffer = chain?.buffers.find(({ writable }) => writable);
    if (chain === null || buffer === undefined || buffer.sizeBytes < EVENT_BYTES) {
      queue.broken = true;
      return false;
    }
    this.transport.memory.write(buffer.address, event);
    queue.giveBack(chain, EVENT_BYTES);
    return true;
  }

  #events({ x, y, wheel, buttons }: Update): Uint8Array[] {
    const changed = this.#buttons ^ buttons;
    return [
      event(EV.absolute, ABS.x, x),
      event(EV.absolute, ABS.y, y),
      ...BUTTON_CODES.flatMap((code, bit) =>
        (changed & (1 << bit)) === 0 ? [] : [event(EV.key, code, (buttons >> bit) & 1)],
      ),
      // Upwards is positive here.
      ...(wheel === 0 ? [] : [event(EV.relative, REL_WHEEL, -wheel)]),
      event(EV.syn, SYN_REPORT, 0),
    ];
  }

  /** It has no lights: what the driver would have shown is taken and forgotten. */
  #dropStatuses(): void {
    const queue = this.#queue(STATUSES);
    let given = 0;
    // Of rings that lie over each other there could be always one more.
    for (let left = queue.available; left > 0; left--) {
      const chain = queue.take();
      if (chain === null) break;
      queue.giveBack(chain, 0);
      given += 1;
    }
    if (given > 0 || queue.broken) this.transport.update(queue);
  }
}

const NOTHING = new Uint8Array(0);

/** Codes by type of event. */
const SUPPORTED: Readonly<Partial<Record<number, readonly number[]>>> = {
  [EV.key]: BUTTON_CODES,
  [EV.relative]: [REL_WHEEL],
  [EV.absolute]: [ABS.x, ABS.y],
};

function event(type: number, code: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(EVENT_BYTES));
  view.setUint16(0, type, true);
  view.setUint16(2, code, true);
  view.setInt32(4, value, true);
  return new Uint8Array(view.buffer);
}

function words(values: readonly number[], sizeBytes: number): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => Array.from({ length: sizeBytes }, (_, i) => (value >>> (8 * i)) & 0xff)),
  );
}

/** A bit for each of `codes`; no bits, no bytes. */
function bitmap(codes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(codes.length === 0 ? 0 : (Math.max(...codes) >> 3) + 1);
  for (const code of codes) bytes[code >> 3] = (bytes[code >> 3] ?? 0) | (1 << (code & 7));
  return bytes;
}
