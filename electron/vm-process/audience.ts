/**
 * Shows a running machine to whoever watches: its screen, its serial ports, its state and statistics. What it showed
 * last stays as a picture, what its serial port sent as a log file, for viewers that come when it is off.
 */
import { randomUUID } from 'node:crypto';
import type { LogLevel, Machine } from '../../emulator/machine/types.ts';
import type { BootSpec } from '../protocol/control-contract.ts';
import type { Duplex } from '../protocol/duplex.ts';
import { SERIAL_PORT_COUNT } from '../protocol/machine.ts';
import type { ServerLog } from '../protocol/rpc-server.ts';
import { ScreenMirror } from '../services/screen-mirror.ts';
import { ScreenSaver } from './screen-saver.ts';
import { SerialHistory } from './serial-history.ts';
import { Viewer, type Stage } from './viewer.ts';

const FRAME_INTERVAL_MS = 16;
/** While nothing moves on the screen it is looked at less often. */
const QUIET_FRAME_INTERVAL_MS = 40;
const QUIET_AFTER_MS = 1000;
const STATISTICS_INTERVAL_MS = 1000;
const SAVE_SCREEN_INTERVAL_MS = 5000;

export interface AudienceHooks {
  readonly log: (level: LogLevel, message: string) => void;
  /** A message from a viewer was refused. */
  readonly refused: ServerLog;
  readonly screenSaved: () => void;
}

export class Audience {
  readonly #hooks: AudienceHooks;
  readonly #stage: Stage;
  readonly #saver: ScreenSaver;
  readonly #viewers = new Set<Viewer>();
  readonly #timers: NodeJS.Timeout[] = [];
  #over = false;
  #lastChangeMs = 0;

  constructor(machine: Machine, files: Pick<BootSpec, 'screenPath' | 'serialLogPath'>, hooks: AudienceHooks) {
    this.#hooks = hooks;
    const mirror = new ScreenMirror();
    const serialFailed = (error: Error): void => {
      hooks.log('error', `cannot write the serial log: ${error.message}`);
    };
    this.#stage = {
      machine,
      mirror,
      serial: Array.from(
        { length: SERIAL_PORT_COUNT },
        () => new SerialHistory(files.serialLogPath, serialFailed),
      ),
      session: randomUUID(),
    };
    this.#saver = new ScreenSaver(mirror, files.screenPath);
    this.#listen();
    this.#lookSoon();
    this.#timers.push(
      setInterval(() => {
        this.#sendStatistics();
      }, STATISTICS_INTERVAL_MS),
      setInterval(() => {
        void this.#saveScreen();
      }, SAVE_SCREEN_INTERVAL_MS),
    );
  }

  admit(duplex: Duplex): void {
    this.look();
    const viewer = new Viewer(duplex, this.#stage, this.#hooks.refused, (gone) => this.#viewers.delete(gone));
    this.#viewers.add(viewer);
  }

  /** Takes what changed on the screen and passes it on. */
  look(): void {
    const { machine, mirror } = this.#stage;
    const frame = machine.takeFrame(mirror.screen === null);
    if (frame === null) return;
    this.#lastChangeMs = performance.now();
    const change = mirror.apply(frame);
    this.#saver.screenChanged();
    for (const viewer of this.#viewers) {
      viewer.screenChanged(change);
      viewer.pump();
    }
  }

  /** The machine is off: resolves when the last picture and the serial log are files, and the viewers know. */
  async close(): Promise<void> {
    this.#over = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#saveScreen();
    await Promise.all(this.#stage.serial.map((history) => history.close()));
    for (const viewer of this.#viewers) {
      viewer.emit('state', 'off');
      viewer.pump();
    }
  }

  #listen(): void {
    const { machine, serial } = this.#stage;
    machine.on('pointerModeChanged', (mode) => {
      for (const viewer of this.#viewers) viewer.emit('pointerMode', mode);
    });
    machine.on('speaker', (hertz) => {
      for (const viewer of this.#viewers) viewer.emit('speaker', hertz);
    });
    machine.on('stateChanged', (state) => {
      if (state === 'off') return;
      for (const viewer of this.#viewers) viewer.emit('state', state);
      this.look();
      this.#sendStatistics();
    });
    machine.on('guestReset', () => {
      for (const viewer of this.#viewers) viewer.emit('guestReset', null);
    });
    machine.on('serialOutput', (port, bytes) => {
      serial[port]?.append(bytes);
      for (const viewer of this.#viewers) viewer.pump();
    });
  }

  #lookSoon(): void {
    const quiet = performance.now() - this.#lastChangeMs > QUIET_AFTER_MS;
    setTimeout(
      () => {
        if (this.#over) return;
        this.look();
        this.#lookSoon();
      },
      quiet ? QUIET_FRAME_INTERVAL_MS : FRAME_INTERVAL_MS,
    );
  }

  #sendStatistics(): void {
    const { instructions, busySeconds, diskReadBytes, diskWrittenBytes } = this.#stage.machine.statistics;
    const event = { instructions: Number(instructions), busySeconds, diskReadBytes, diskWrittenBytes };
    for (const viewer of this.#viewers) viewer.emit('statistics', event);
  }

  async #saveScreen(): Promise<void> {
    try {
      if (await this.#saver.save()) this.#hooks.screenSaved();
    } catch (error) {
      this.#hooks.log('error', `cannot save the screen: ${String(error)}`);
    }
  }
}
