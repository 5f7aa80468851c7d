/**
 * One IDE channel: the command and control blocks, two drives, one interrupt.
 *
 * - Registers written go to both drives, as on the cable; the selected one answers.
 * - With no drive at all the data bus floats high but for DD7, which hosts pull down: 0x7F. With one drive it
 *   answers for the missing one with a status of 0.
 * Source: ATA/ATAPI-6 (T13 1410D), 7 and 9.16 "Single device configurations".
 */
import type { AccessSize, Chip, Line, PortHandler, StateFields } from '../machine/bus.ts';
import type { AtaDrive } from './ata-drive.ts';
import { ATA, CONTROL, DEVICE } from './ata-registers.ts';

const FLOATING = 0x7f;
const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;

export class AtaChannel implements Chip {
  readonly #drives: readonly (AtaDrive | null)[];
  readonly #interrupt: Line;
  #device = 0;
  #control = 0;
  /** The bus master wants to know of DMA requests and of the interrupt. */
  onDmaRequest: () => void = () => undefined;
  onInterrupt: () => void = () => undefined;

  constructor(master: AtaDrive | null, slave: AtaDrive | null, interrupt: Line) {
    this.#drives = [master, slave];
    this.#interrupt = interrupt;
    for (const drive of this.#drives) {
      if (drive === null) continue;
      drive.onInterrupt = () => {
        this.#updateInterrupt();
      };
      drive.onDmaRequest = () => {
        if (drive === this.selected) this.onDmaRequest();
      };
    }
  }

  reset(): void {
    this.#device = 0;
    this.#control = 0;
    for (const drive of this.#drives) drive?.powerOnReset();
    this.#updateInterrupt();
  }

  /** Both drives with it; which drives there are is the machine's to compare. */
  state(fields: StateFields): void {
    this.#device = fields.u8(this.#device);
    this.#control = fields.u8(this.#control);
    for (const drive of this.#drives) drive?.state(fields);
    if (fields.restoring) this.#updateInterrupt();
  }

  get selected(): AtaDrive | null {
    return this.#drives[(this.#device & DEVICE.select) >> 4] ?? null;
  }

  get #empty(): boolean {
    return this.#drives.every((d) => d === null);
  }

  #updateInterrupt(): void {
    const asserted = this.selected?.interrupt === true && (this.#control & CONTROL.noInterrupt) === 0;
    this.#interrupt(asserted);
    if (asserted) this.onInterrupt();
  }

  /** 0x1F0..0x1F7 or 0x170..0x177. */
  readonly commandBlock: PortHandler = {
    portRead: (port, sizeBytes) => this.#read(port & 7, sizeBytes),
    portReadRun: (port, sizeBytes, into) =>
      (port & 7) === ATA.data ? (this.selected?.readRun(sizeBytes, into) ?? 0) : 0,
    portWrite: (port, sizeBytes, value) => {
      this.#write(port & 7, sizeBytes, value);
    },
    portWriteRun: (port, sizeBytes, from) =>
      (port & 7) === ATA.data ? (this.selected?.writeRun(sizeBytes, from) ?? 0) : 0,
  };

  /** 0x3F6 or 0x376: alternate status, device control. */
  readonly controlBlock: PortHandler = {
    portRead: () => this.#status((drive) => drive.alternateStatus),
    portWrite: (_port, _sizeBytes, value) => {
      this.#writeControl(value);
    },
  };

  #status(of: (drive: AtaDrive) => number): number {
    if (this.#empty) return FLOATING;
    const { selected } = this;
    return selected === null ? 0 : of(selected);
  }

  #read(register: number, sizeBytes: AccessSize): number {
    if (register === ATA.data) return this.selected?.readData(sizeBytes) ?? 0xffff;
    // Only the data register is wider than a byte; the rest of a wide access reads what follows.
    if (sizeBytes > 1) return this.#read(register, 1) | (this.#read((register + 1) & 7, 1) << 8);
    if (register === ATA.status) return this.#status((drive) => drive.readStatus());
    if (this.#empty) return FLOATING;
    if (register === ATA.device) return this.#device | DEVICE.obsolete;
    const highOrder = (this.#control & CONTROL.highOrder) !== 0;
    const drive = this.selected ?? this.#drives.find((d) => d !== null);
    return drive?.readRegister(register, highOrder) ?? FLOATING;
  }

  #write(register: number, sizeBytes: AccessSize, value: number): void {
    if (register === ATA.data) {
      this.selected?.writeData(sizeBytes, value);
      return;
    }
    if (sizeBytes > 1) {
      this.#write(register, 1, value & 0xff);
      this.#write((register + 1) & 7, 1, (value >> 8) & 0xff);
      return;
    }
    if (register === ATA.command) {
      this.#command(value);
      return;
    }
    this.#control &= ~CONTROL.highOrder;
    for (const drive of this.#drives) drive?.writeRegister(register, value);
    if (register === ATA.device) {
      this.#device = value;
      this.#updateInterrupt();
    }
  }

  #command(value: number): void {
    this.#control &= ~CONTROL.highOrder;
    if (value === EXECUTE_DEVICE_DIAGNOSTIC) {
      this.#device &= ~DEVICE.select;
      for (const drive of this.#drives) drive?.command(value);
      this.#updateInterrupt();
    } else {
      this.selected?.command(value);
    }
    // Some commands leave an address in the device register.
    const device = this.selected?.readRegister(ATA.device, false);
    if (device !== undefined) this.#device = (this.#device & 0xf0) | (device & 15);
  }

  #writeControl(value: number): void {
    const before = this.#control;
    this.#control = value & (CONTROL.noInterrupt | CONTROL.softReset | CONTROL.highOrder);
    if ((value & ~before & CONTROL.softReset) !== 0) {
      this.#device = 0;
      for (const drive of this.#drives) drive?.beginSoftReset();
    } else if ((before & ~value & CONTROL.softReset) !== 0) {
      for (const drive of this.#drives) drive?.reset();
    }
    this.#updateInterrupt();
  }
}
