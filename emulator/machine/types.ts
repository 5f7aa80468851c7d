/**
 * What the machine offers its host (the app, the command line, tests) and asks of it.
 *
 * - Nothing here knows which system the guest runs.
 * - All calls are made from the thread that created the machine; events arrive on it between slices of
 *   guest execution, never inside a call.
 */

import type { StateSource } from './saved/format.ts';
import type { TranslatorChecks } from './vcpu-types.ts';

/** A disk as the machine sees it: whole sectors, synchronous, durable when `flush` returns. */
export interface BlockDevice {
  readonly sectorSizeBytes: 512 | 2048;
  readonly sectorCount: number;
  readonly readOnly: boolean;
  /** Fills `into` (a multiple of the sector size) from sector `lba`. Throws when the host cannot read. */
  read(lba: number, into: Uint8Array): void;
  /** The same for pieces of memory that are filled in turn, together whole sectors; where the medium can do that. */
  readPieces?(lba: number, into: readonly Uint8Array[]): void;
  /** Writes `from` (a multiple of the sector size) at sector `lba`. Throws when the host cannot write. */
  write(lba: number, from: Uint8Array): void;
  /** Returns when everything written is on stable storage. */
  flush(): void;
  /**
   * Another text whenever the content has changed, the same for the same content in another process: how a saved
   * machine knows a medium that is too large to be read as a whole. Without it all of it is read.
   */
  stamp?(): string;
}

/** Where a drive hangs on the board's two IDE channels. */
export type DriveSlot = 'ide0-master' | 'ide0-slave' | 'ide1-master' | 'ide1-slave';

export interface DriveConfig {
  readonly slot: DriveSlot;
  readonly kind: 'disk' | 'cdrom';
  /** `null` is an empty CD-ROM tray. */
  readonly medium: BlockDevice | null;
}

/** The contents of a flash chip while the machine is off. A multiple of 4 KiB. */
export interface FlashStore {
  readonly sizeBytes: number;
  /** All bytes, read when the machine is made. */
  read(): Uint8Array;
  /** What the guest changed; durable when it returns. Throws when the host cannot write. */
  write(offset: number, bytes: Uint8Array): void;
}

export interface Firmware {
  /** The system ROM, mapped so that it ends at 4 GiB, its last 128 KiB also below 1 MiB. */
  readonly bios: Uint8Array;
  /** The flash chip below the system ROM in which UEFI keeps its variables; without one it is not there. */
  readonly variables?: FlashStore;
  /** The VGA option ROM, offered through the display's PCI ROM BAR. */
  readonly vgaBios: Uint8Array;
}

/** What the network card's cable leads to. Frames are Ethernet frames without their checksum. */
export interface NetworkBackend {
  /** The guest sent a frame; called between slices. */
  send(frame: Uint8Array): void;
  /** Called at power-on: `receive` hands a frame to the guest's card, at any time. */
  connect(receive: (frame: Uint8Array) => void): void;
}

/** A Linux kernel that the firmware boots before any disk. */
export interface LinuxBoot {
  /** A bzImage. */
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array | null;
  /** Latin-1 without NUL. */
  readonly commandLine: string;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface MachineConfig {
  /** Guest RAM, a multiple of 1 MiB, 16 MiB to 2 GiB. */
  readonly memoryBytes: number;
  readonly firmware: Firmware;
  readonly drives: readonly DriveConfig[];
  /** Without one the card's link is up and its frames are counted and lost. */
  readonly network?: NetworkBackend;
  readonly linux?: LinuxBoot;
  /** Time from the instruction count and nothing from the host: the same input gives the same run. */
  readonly deterministic?: Deterministic;
  /**
   * Hot code as WebAssembly; false: everything is interpreted, as it is in a deterministic machine, whose interrupts
   * must not depend on what was translated when.
   */
  readonly translator?: false | TranslatorConfig;
  /** One line for each thing worth telling a developer, for example an unknown port, once each. */
  readonly log: (level: LogLevel, message: string) => void;
}

export interface TranslatorConfig {
  /** Compares every Nth run of translated code with the interpreter; a difference stops the machine. */
  readonly checkEvery?: number;
}

export interface Deterministic {
  /** Guest nanoseconds that an instruction takes. */
  readonly nsPerInstruction: number;
  /** What the guest's clock says at power-on. */
  readonly startUnixMs: number;
}

export type MachineState = 'off' | 'running' | 'paused';

/** What the guest listens to: no mouse at all, its motion, or its place on the screen. */
export type PointerMode = 'none' | 'relative' | 'absolute';

/** Why a machine stopped by itself. */
export type StopReason =
  | { readonly kind: 'power-off' }
  | { readonly kind: 'triple-fault'; readonly detail: string }
  | { readonly kind: 'debug-exit'; readonly code: number }
  | { readonly kind: 'host-error'; readonly error: Error };

export interface MachineEvents {
  readonly stateChanged: (state: MachineState) => void;
  /** The guest ended the machine, or something in the host did. The state is `off` afterwards. */
  readonly stopped: (reason: StopReason) => void;
  /** The guest reset itself (keyboard controller, port 0xCF9, ACPI reset register). */
  readonly guestReset: () => void;
  /** The guest wrote to the pvpanic port: its system reports that it has crashed. */
  readonly guestPanicked: () => void;
  /** Bytes that the guest sent on a serial port, 0 or 1. */
  readonly serialOutput: (port: number, bytes: Uint8Array) => void;
  /** The tray of a CD drive opened or closed, by the guest or by the eject button. The disc stays in an open tray. */
  readonly trayMoved: (slot: DriveSlot, open: boolean) => void;
  readonly pointerModeChanged: (mode: PointerMode) => void;
  /** The tone that the speaker gives from now on, in hertz; 0 is silence. Of several in one turn the last. */
  readonly speaker: (hertz: number) => void;
}

/** Rows of the screen that changed, RGBA, 4 bytes a pixel, the whole width. */
export interface PixelBand {
  readonly y: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface PixelFrame {
  readonly kind: 'pixels';
  readonly width: number;
  readonly height: number;
  readonly bands: readonly PixelBand[];
}

export interface TextFrame {
  readonly kind: 'text';
  readonly columns: number;
  readonly rows: number;
  /** A cell's character in the low byte, its VGA attribute in the high byte; row by row. */
  readonly cells: Uint16Array;
  /** 256 glyphs of 32 bytes, one byte a row of 8 pixels, as in VGA plane 2; only `glyphHeight` rows count. */
  readonly font: Uint8Array;
  /** The glyphs of cells whose attribute bit 3 is set, when those have a font of their own (512 characters). */
  readonly secondFont: Uint8Array | null;
  /** Dots: 9, or 8. The ninth is background, or with `joinLines` that of characters C0h to DFh like the eighth. */
  readonly cellWidth: 8 | 9;
  readonly joinLines: boolean;
  /** Attribute bit 7 makes a character blink; otherwise it is the background's fourth bit. */
  readonly blinking: boolean;
  /** The row of a glyph that is drawn through where the attribute says underlined (X000 X001b); null: none. */
  readonly underlineLine: number | null;
  readonly glyphHeight: number;
  /** Sixteen colours of 3 bytes: red, green, blue. */
  readonly palette: Uint8Array;
  readonly cursor: {
    readonly column: number;
    readonly row: number;
    readonly startLine: number;
    readonly endLine: number;
  } | null;
}

export type Frame = PixelFrame | TextFrame;

export interface MachineStatistics {
  readonly instructions: bigint;
  /** Host seconds spent executing guest instructions. */
  readonly busySeconds: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
  readonly translatorChecks: TranslatorChecks;
}

/** A powered or unpowered PC. Created by `createMachine` of machine.ts. */
export interface Machine {
  readonly state: MachineState;
  readonly statistics: MachineStatistics;
  readonly pointerMode: PointerMode;
  on<E extends keyof MachineEvents>(event: E, listener: MachineEvents[E]): () => void;
  /** Off: power on. Paused: continue. Running: nothing. */
  start(): void;
  pause(): void;
  /** A hard reset; nothing happens when off. */
  reset(): void;
  /** Cuts the power: what the guest had not flushed is its own loss. */
  powerOff(): void;
  /** The ACPI power button: asks the guest's system to shut down. */
  pressPowerButton(): void;
  /** The ACPI sleep button: asks the guest's system to sleep. */
  pressSleepButton(): void;
  /** `code` is a KeyboardEvent.code (physical key). Returns false for a key no PC keyboard has. */
  key(code: string, pressed: boolean): boolean;
  /**
   * Relative mouse motion in counts, right and down; wheel detents, down; and the buttons held (1 left, 2 right,
   * 4 middle, 8 and 16 the side buttons).
   */
  mouse(dx: number, dy: number, wheel: number, buttons: number): void;
  /** Where the pointer is, 0 to 65535 each way; of use only while `pointerMode` is absolute. */
  movePointer(x: number, y: number, wheel: number, buttons: number): void;
  /** Queues bytes for a serial port's receiver. Paced by the guest: nothing is lost however many are queued. */
  serialInput(port: number, bytes: Uint8Array): void;
  /** A break on a serial port: of what is queued it overtakes all. */
  serialBreak(port: number): void;
  /**
   * Puts `medium` into the CD drive at `slot`, in place of what was in it, and closes the tray; null leaves it empty.
   * `asked`: the guest has locked the tray; it has been told that the eject button was pressed, and nothing else has
   * happened. `force` pulls the disc out in any case. What was in the drive is the caller's again once this returns
   * `changed`. Throws when there is no CD drive at `slot`. The disc stays in for the next power-on.
   */
  changeMedium(slot: DriveSlot, medium: BlockDevice | null, lock?: 'respect' | 'force'): 'changed' | 'asked';
  /** What changed on the screen since the last call; `full` asks for everything. `null`: nothing changed. */
  takeFrame(full: boolean): Frame | null;
  /**
   * Writes the running or paused machine, piece by piece, within this call. Throws when it is off, and what `write`
   * throws. The machine goes on as before.
   */
  save(write: (bytes: Uint8Array) => void): void;
  /**
   * Makes this the saved machine, paused; its memory size and drives must be the saved one's.
   * Rejects with a StateError that says what is wrong; then nothing has changed.
   */
  restore(source: StateSource): Promise<void>;
  /** Releases memory and listeners. The drives belong to the caller. */
  dispose(): void;
}
