/**
 * A machine that follows a script instead of running a guest: for specs of what the app does around a machine,
 * among them things that no guest can be made to do (hang or crash the process on demand).
 *
 * On: it greets on the serial port and shows text. Keys and serial input appear on the screen and are echoed.
 * Serial lines are commands: see `#command`.
 */
import { StateError } from '../../../emulator/machine/state-fields.ts';
import type { StateSource } from '../../../emulator/machine/saved/format.ts';
import { NO_CHECKS } from '../../../emulator/machine/vcpu-types.ts';
import type {
  BlockDevice,
  DriveSlot,
  Frame,
  Machine,
  MachineConfig,
  MachineEvents,
  MachineState,
  MachineStatistics,
  PointerMode,
  TextFrame,
} from '../../../emulator/machine/types.ts';

const COLUMNS = 80;
const ROWS = 25;
const GLYPH_HEIGHT = 16;

type Listeners = { [E in keyof MachineEvents]: Set<MachineEvents[E]> };

export class ScriptedMachine implements Machine {
  readonly #config: MachineConfig;
  readonly #listeners: Listeners = {
    stateChanged: new Set(),
    stopped: new Set(),
    guestReset: new Set(),
    guestPanicked: new Set(),
    serialOutput: new Set(),
    trayMoved: new Set(),
    pointerModeChanged: new Set(),
    speaker: new Set(),
  };
  #state: MachineState = 'off';
  #lines: string[] = [];
  #line = '';
  #changed = false;
  #saveFails = false;
  #restored = false;
  #pixels: 'none' | 'new' | 'old' = 'none';
  #instructions = 0n;
  #diskWritten = 0;
  #trayLocked = false;
  #pointerMode: PointerMode = 'none';

  constructor(config: MachineConfig) {
    this.#config = config;
  }

  get state(): MachineState {
    return this.#state;
  }

  get statistics(): MachineStatistics {
    this.#instructions += 25_000_000n;
    return {
      instructions: this.#instructions,
      busySeconds: 0,
      diskReadBytes: 0,
      diskWrittenBytes: this.#diskWritten,
      translatorChecks: NO_CHECKS,
    };
  }

  on<E extends keyof MachineEvents>(event: E, listener: MachineEvents[E]): () => void {
    const set: Set<MachineEvents[E]> = this.#listeners[event];
    set.add(listener);
    return () => set.delete(listener);
  }

  start(): void {
    if (this.#state === 'off') this.#greet();
    if (this.#restored) this.#say('resumed');
    this.#restored = false;
    this.#setState('running');
  }

  pause(): void {
    if (this.#state === 'running') this.#setState('paused');
  }

  reset(): void {
    if (this.#state !== 'off') this.#greet();
  }

  powerOff(): void {
    this.#setState('off');
  }

  pressPowerButton(): void {
    this.#say('the power button was pressed');
    this.#stop({ kind: 'power-off' });
  }

  key(code: string, pressed: boolean): boolean {
    if (
      !/^(Key[A-Z]|Digit\d|Enter|Space|Tab|Escape|Delete|F\d+|(Control|Alt|Shift)(Left|Right))$/.test(code)
    ) {
      return false;
    }
    this.#show(`${pressed ? 'down' : 'up'} ${code}`);
    return true;
  }

  pressSleepButton(): void {
    this.#say('the sleep button was pressed');
  }

  get pointerMode(): PointerMode {
    return this.#pointerMode;
  }

  mouse(dx: number, dy: number, wheel: number, buttons: number): void {
    this.#say(`mouse by ${dx} ${dy} wheel ${wheel} buttons ${buttons}`);
  }

  movePointer(x: number, y: number, wheel: number, buttons: number): void {
    this.#say(`pointer at ${x} ${y} wheel ${wheel} buttons ${buttons}`);
  }

  serialInput(_port: number, bytes: Uint8Array): void {
    for (const character of new TextDecoder().decode(bytes)) {
      if (character !== '\r') {
        this.#line += character;
        this.#emitSerial(character);
        continue;
      }
      const line = this.#line;
      this.#line = '';
      this.#emitSerial('\r\n');
      this.#command(line);
    }
  }

  serialBreak(): void {
    this.#say('a break');
  }

  changeMedium(slot: DriveSlot, medium: BlockDevice | null, lock = 'respect'): 'changed' | 'asked' {
    if (this.#trayLocked && lock === 'respect') {
      this.#say('the eject button was pressed');
      return 'asked';
    }
    this.#trayLocked = false;
    this.#say(`${slot} has ${medium === null ? 'no disc' : `a disc of ${medium.sectorCount} sectors`}`);
    return 'changed';
  }

  takeFrame(full: boolean): Frame | null {
    if (this.#pixels !== 'none') return this.#takePixels(full);
    if (!this.#changed && !full) return null;
    this.#changed = false;
    return this.#textFrame();
  }

  /** What it shows, and the disk's second sector, which must be the same when it goes on. */
  save(write: (bytes: Uint8Array) => void): void {
    if (this.#saveFails) throw new Error('the host has no space left');
    write(new TextEncoder().encode(JSON.stringify({ lines: this.#lines, sector: this.#secondSector() })));
  }

  restore(source: StateSource): Promise<void> {
    const bytes = new Uint8Array(source.sizeBytes);
    source.read(0, bytes);
    const { lines, sector } = JSON.parse(new TextDecoder().decode(bytes)) as {
      lines: string[];
      sector: string;
    };
    if (sector !== this.#secondSector())
      return Promise.reject(new StateError('the disk at ide0-master has changed since the state was saved'));
    this.#lines = lines;
    this.#state = 'paused';
    this.#restored = true;
    return Promise.resolve();
  }

  #secondSector(): string {
    const sector = new Uint8Array(512);
    this.#config.drives[0]?.medium?.read(1, sector);
    return Buffer.from(sector).toString('latin1');
  }

  dispose(): void {
    this.#setState('off');
  }

  #command(line: string): void {
    const [name = '', argument = ''] = line.split(' ', 2);
    switch (name) {
      case 'hang':
        while (true);
      case 'crash':
        setTimeout(() => {
          throw new Error('scripted crash');
        }, 0);
        break;
      case 'save-fails':
        this.#saveFails = true;
        break;
      case 'off':
        this.#stop({ kind: 'power-off' });
        break;
      case 'triple-fault':
        this.#stop({ kind: 'triple-fault', detail: 'at 0x1234' });
        break;
      case 'panic':
        for (const listener of this.#listeners.guestPanicked) listener();
        break;
      case 'flood':
        for (let sent = 0; sent < Number(argument); sent += 1000) this.#emitSerial(`${'x'.repeat(998)}\r\n`);
        break;
      case 'pixels':
        this.#pixels = 'new';
        break;
      case 'mouse':
        this.#pointerMode = argument === 'absolute' || argument === 'relative' ? argument : 'none';
        for (const listener of this.#listeners.pointerModeChanged) listener(this.#pointerMode);
        break;
      case 'beep':
        for (const listener of this.#listeners.speaker) listener(Number(argument));
        break;
      case 'lock':
        this.#trayLocked = true;
        break;
      case 'eject':
        this.#trayLocked = false;
        for (const listener of this.#listeners.trayMoved) listener('ide1-master', true);
        break;
      case 'write':
        this.#writeDisk(argument);
        break;
      default:
        this.#say(`you said ${line}`);
    }
  }

  #writeDisk(text: string): void {
    const disk = this.#config.drives[0]?.medium;
    const sector = new Uint8Array(512);
    new TextEncoder().encodeInto(text, sector);
    disk?.write(1, sector);
    this.#diskWritten += 512;
    this.#say('written');
  }

  #greet(): void {
    this.#lines = [];
    this.#show('Scripted machine');
    this.#say(`ready with ${this.#config.memoryBytes / 1048576} MiB`);
  }

  #say(text: string): void {
    this.#show(text);
    this.#emitSerial(`${text}\r\n`);
  }

  #show(text: string): void {
    this.#lines = [...this.#lines, text].slice(-ROWS);
    this.#changed = true;
  }

  #emitSerial(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (const listener of this.#listeners.serialOutput) listener(0, bytes);
  }

  #stop(reason: Parameters<MachineEvents['stopped']>[0]): void {
    this.#setState('off');
    for (const listener of this.#listeners.stopped) listener(reason);
  }

  #setState(state: MachineState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners.stateChanged) listener(state);
  }

  #takePixels(full: boolean): Frame | null {
    if (this.#pixels === 'old' && !full) return null;
    this.#pixels = 'old';
    const [width, height] = [640, 480];
    const rgba = new Uint8Array(width * height * 4).fill(255);
    return { kind: 'pixels', width, height, bands: [{ y: 0, height, rgba }] };
  }

  /** A font in which every printable character but the space is a block: enough to see where text is. */
  #textFrame(): TextFrame {
    const cells = new Uint16Array(COLUMNS * ROWS).fill(0x0720);
    for (const [row, line] of this.#lines.entries()) {
      const bytes = new TextEncoder().encode(line).subarray(0, COLUMNS);
      for (const [column, byte] of bytes.entries()) cells[row * COLUMNS + column] = 0x0700 | byte;
    }
    const font = new Uint8Array(256 * 32);
    for (let character = 33; character < 127; character++) {
      font.fill(0x7e, character * 32 + 3, character * 32 + 13);
    }
    const palette = Uint8Array.from({ length: 48 }, (_, index) => (index < 3 ? 0 : 200));
    const cursor = { column: 0, row: this.#lines.length % ROWS, startLine: 13, endLine: 14 };
    return {
      kind: 'text',
      columns: COLUMNS,
      rows: ROWS,
      cells,
      font,
      secondFont: null,
      cellWidth: 9,
      joinLines: true,
      blinking: true,
      underlineLine: null,
      glyphHeight: GLYPH_HEIGHT,
      palette,
      cursor,
    };
  }
}
