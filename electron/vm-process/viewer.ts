/**
 * One renderer that watches and controls the machine. It may lag, vanish or talk nonsense: neither the machine
 * nor another viewer notices. Keys and buttons that it holds are lifted when it goes.
 */
import type { Machine } from '../../emulator/machine/types.ts';
import type { Duplex } from '../protocol/duplex.ts';
import { serve, type Server, type ServerLog } from '../protocol/rpc-server.ts';
import { RpcError } from '../protocol/rpc-error.ts';
import { vmContract, WINDOW_BYTES, type VmContract, type VmEvents } from '../protocol/vm-contract.ts';
import { FrameStream } from './frame-stream.ts';
import { encodePng } from '../services/png.ts';
import type { Change, ScreenMirror } from '../services/screen-mirror.ts';
import { SendWindow } from './send-window.ts';
import type { SerialHistory } from './serial-history.ts';

/** What the viewers of one machine share. */
export interface Stage {
  readonly machine: Machine;
  readonly mirror: ScreenMirror;
  /** By port number. */
  readonly serial: readonly SerialHistory[];
  /** Names this power-on of the machine. */
  readonly session: string;
}

const SERIAL_CHUNK_BYTES = 64 * 1024;

export class Viewer {
  readonly #stage: Stage;
  readonly #server: Server<VmEvents>;
  readonly #window = new SendWindow(WINDOW_BYTES);
  readonly #frames: FrameStream;
  readonly #serialOffsets: number[];
  readonly #held = new Set<string>();
  #buttons = 0;
  #open = true;

  constructor(duplex: Duplex, stage: Stage, log: ServerLog, closed: (viewer: Viewer) => void) {
    this.#stage = stage;
    this.#frames = new FrameStream(stage.mirror);
    this.#serialOffsets = stage.serial.map(() => 0);
    this.#server = serve<VmContract, VmEvents>(duplex, vmContract, this.#handlers(), log);
    duplex.onClose(() => {
      this.#open = false;
      this.#releaseKeys();
      if (this.#buttons !== 0) stage.machine.mouse(0, 0, 0, 0);
      closed(this);
    });
    this.#server.emit('state', stage.machine.state);
    this.#server.emit('pointerMode', stage.machine.pointerMode);
    this.pump();
  }

  screenChanged(change: Change): void {
    this.#frames.changed(change);
  }

  emit<K extends 'state' | 'statistics' | 'guestReset' | 'pointerMode' | 'speaker'>(
    name: K,
    value: VmEvents[K],
  ): void {
    this.#server.emit(name, value);
  }

  /** Sends what the viewer has not seen, as far as its window is open. */
  pump(): void {
    while (this.#open && this.#window.isOpen) {
      if (!this.#sendSerial() && !this.#sendFrame()) return;
    }
  }

  #sendFrame(): boolean {
    const frame = this.#frames.take();
    if (frame === null) return false;
    this.#window.sent(frame.bytes);
    this.#server.emit('frame', frame);
    return true;
  }

  #sendSerial(): boolean {
    for (const [port, history] of this.#stage.serial.entries()) {
      const piece = history.read(this.#serialOffsets[port] ?? 0, SERIAL_CHUNK_BYTES);
      if (piece === null) continue;
      const bytes = piece.data.byteLength;
      this.#serialOffsets[port] = piece.offset + bytes;
      this.#window.sent(bytes);
      this.#server.emit('serial', { session: this.#stage.session, port, bytes, ...piece });
      return true;
    }
    return false;
  }

  #handlers(): Parameters<typeof serve<VmContract, VmEvents>>[2] {
    const { machine, mirror } = this.#stage;
    return {
      acknowledge: (totalBytes) => {
        try {
          this.#window.acknowledge(totalBytes);
        } catch (error) {
          throw new RpcError('bad-request', error instanceof Error ? error.message : String(error));
        }
        this.pump();
      },
      key: (code, pressed) => {
        if (!machine.key(code, pressed)) return;
        if (pressed) this.#held.add(code);
        else this.#held.delete(code);
      },
      releaseKeys: () => {
        this.#releaseKeys();
      },
      mouse: (dx, dy, wheel, buttons) => {
        this.#buttons = buttons;
        machine.mouse(dx, dy, wheel, buttons);
      },
      pointer: (x, y, wheel, buttons) => {
        this.#buttons = buttons;
        machine.movePointer(x, y, wheel, buttons);
      },
      serialInput: (port, bytes) => {
        machine.serialInput(port, bytes);
      },
      screenshot: async () => {
        const image = mirror.image();
        return image === null ? null : await encodePng(image);
      },
    };
  }

  #releaseKeys(): void {
    for (const code of this.#held) this.#stage.machine.key(code, false);
    this.#held.clear();
  }
}
