/**
 * What the page keeps of one machine: its picture, its serial terminal, and the connection to its process while
 * it is on. The connection comes and goes; the rest stays.
 */
import type { MachineSummary } from '../../../../electron/protocol/machine.ts';
import { connect, type Client } from '../../../../electron/protocol/rpc-client.ts';
import type { PointerMode, VmContract, VmEvents } from '../../../../electron/protocol/vm-contract.ts';
import { openConnection } from '../connection/open-connection.ts';
import { Beeper } from '../screen/beeper.ts';
import { FramePainter } from '../screen/frame-painter.ts';
import type { Size } from '../screen/scaling.ts';
import { SerialTerminal } from '../serial/serial-terminal.ts';
import { noRates, RateMeter, type Rates } from './rates.ts';

const RECONNECT_DELAY_MS = 500;

type VmClient = Client<VmContract, VmEvents>;

export class MachineSession {
  readonly id: string;
  readonly painter: FramePainter;
  readonly terminal: SerialTerminal;
  rates = $state.raw<Rates>(noRates);
  /** Of the guest's screen; null until there was one. */
  resolution = $state.raw<Size | null>(null);
  /** A picture has arrived since the machine was switched on. */
  hasPicture = $state(false);
  captured = $state(false);
  pointerMode = $state<PointerMode>('none');
  readonly #beeper = new Beeper();
  #client: VmClient | null = null;
  #wanted = false;
  #connecting = false;
  readonly #historyShown: Promise<void>;
  #meter = new RateMeter();

  /** `history` is what the serial port sent before this page was there; it comes first. */
  constructor(id: string, history: Promise<string>) {
    this.id = id;
    this.#historyShown = history.then((text) => {
      this.terminal.showHistory(text);
    });
    this.painter = new FramePainter((size) => {
      this.resolution = size;
    });
    this.terminal = new SerialTerminal((bytes) => {
      this.#client?.tell.serialInput(0, bytes);
    });
  }

  /** Follows what the back end says of the machine. */
  follow(summary: MachineSummary): void {
    const on = summary.state !== 'off';
    if (this.#wanted && !on) {
      this.rates = noRates;
      this.hasPicture = false;
      this.#quiet();
    }
    this.#wanted = on;
    if (on) void this.#connect();
  }

  key(code: string, pressed: boolean): void {
    this.#client?.tell.key(code, pressed);
  }

  releaseKeys(): void {
    this.#client?.tell.releaseKeys();
  }

  mouse(dx: number, dy: number, wheel: number, buttons: number): void {
    this.#client?.tell.mouse(dx, dy, wheel, buttons);
  }

  pointer(x: number, y: number, wheel: number, buttons: number): void {
    this.#client?.tell.pointer(x, y, wheel, buttons);
  }

  #quiet(): void {
    this.pointerMode = 'none';
    this.#beeper.tone(0);
  }

  /** PNG of the screen as it is now; null when the machine is off or shows nothing. */
  async screenshot(): Promise<Uint8Array | null> {
    return (await this.#client?.call.screenshot()) ?? null;
  }

  async #connect(): Promise<void> {
    if (this.#connecting || this.#client !== null) return;
    this.#connecting = true;
    try {
      await this.#historyShown;
      const duplex = await openConnection(`vm/${this.id}`);
      const client = connect<VmContract, VmEvents>(duplex);
      this.#client = client;
      this.#listen(client);
      await client.closed;
    } catch {
      // Nobody there yet or any more: whether to try again is what the machine's state says.
    } finally {
      this.#client = null;
      this.#quiet();
      this.#connecting = false;
    }
    if (this.#wanted) setTimeout(() => void (this.#wanted && this.#connect()), RECONNECT_DELAY_MS);
  }

  #listen(client: VmClient): void {
    let dealtWith = 0;
    const acknowledge = (bytes: number): void => {
      dealtWith += bytes;
      client.tell.acknowledge(dealtWith);
    };
    this.#meter = new RateMeter();
    client.on('frame', (frame) => {
      this.painter.paint(frame);
      this.#meter.frame();
      this.hasPicture = true;
      acknowledge(frame.bytes);
    });
    client.on('serial', (event) => {
      this.terminal.receive(event);
      acknowledge(event.bytes);
    });
    client.on('pointerMode', (mode) => {
      this.pointerMode = mode;
    });
    client.on('speaker', (hertz) => {
      this.#beeper.tone(hertz);
    });
    client.on('state', (state) => {
      if (state !== 'running') this.#beeper.tone(0);
    });
    client.on('statistics', (totals) => {
      this.rates = this.#meter.sample(totals, performance.now());
    });
  }
}
