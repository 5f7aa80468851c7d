/**
 * Intel 82540EM gigabit Ethernet: registers and interrupts; the frames' ways are e1000-transmit.ts and -receive.ts.
 *
 * - What the guest sends goes to `send` as frames without their checksum (FCS); `receive` takes such frames.
 * - Delay and throttling registers are storage: frames are served at once.
 * Source: Intel PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (317453).
 */
import type {
  AccessSize,
  Chip,
  DmaMemory,
  Line,
  Log,
  MemorySpace,
  MmioHandler,
  PortHandler,
  PortSpace,
  Region,
  StateFields,
  Timers,
} from '../machine/bus.ts';
import { E1000Eeprom, E1000Phy } from './e1000-eeprom.ts';
import { E1000Receiver } from './e1000-receive.ts';
import { E1000Registers, RCTL, REG, RING } from './e1000-registers.ts';
import { E1000Statistics } from './e1000-statistics.ts';
import { E1000Transmitter } from './e1000-transmit.ts';
import { logOnce } from './log-once.ts';
import { PCI, PciFunction } from './pci-function.ts';

/** Registers that hold what is written and do nothing here: flow control, delays, LEDs, wake-up. */
const STORAGE = new Set([
  0x18, 0x28, 0x2c, 0x30, 0x38, 0xc4, 0x170, 0x178, 0x410, 0x458, 0xe00, 0x1000, 0x2160, 0x2168, 0x2820,
  0x2828, 0x282c, 0x2c00, 0x3820, 0x3828, 0x382c, 0x3830, 0x5000, 0x5008, 0x5800, 0x5808, 0x5810, 0x5820,
  0x5838,
]);
const CONTROL_RESET = 0x04000000;
/** Full duplex, link up, 1000 Mb/s as negotiated. */
const STATUS_LINK_UP = 0x00000283;
const MMIO_BYTES = 0x20000;
const PORT_BYTES = 64;
/** Written without effect, and without a word. */
const readOnly = (offset: number): boolean =>
  offset === REG.status || (offset >= REG.statistics && offset < REG.statisticsEnd);

export interface E1000Wiring {
  readonly ports: PortSpace;
  readonly memorySpace: MemorySpace;
  readonly memory: DmaMemory;
  readonly log: Log;
  readonly interrupt: Line;
  readonly timers: Timers;
  readonly mac: Uint8Array;
  readonly send: (frame: Uint8Array) => void;
}

export class E1000 implements Chip, MmioHandler {
  /** 2: in the order of its parts. */
  readonly stateVersion = 2;
  readonly pci = new PciFunction({
    vendorId: 0x8086,
    deviceId: 0x100e,
    revision: 0x03,
    classCode: 0x020000,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  readonly #wiring: E1000Wiring;
  readonly #logOnce: (message: string) => void;
  readonly #eeprom: E1000Eeprom;
  readonly #phy = new E1000Phy();
  readonly #registers = new E1000Registers();
  readonly #statistics = new E1000Statistics();
  readonly #receiver: E1000Receiver;
  readonly #transmitter: E1000Transmitter;
  #cause = 0;
  #mask = 0;
  #ioAddress = 0;
  #mmio: { readonly base: number; readonly region: Region } | null = null;
  #io: { readonly base: number; readonly region: Region } | null = null;

  constructor(wiring: E1000Wiring) {
    this.#wiring = wiring;
    this.#logOnce = logOnce(wiring.log);
    this.#eeprom = new E1000Eeprom(wiring.mac);
    const { memory, timers } = wiring;
    const statistics = this.#statistics;
    const raise = (cause: number): void => {
      this.#raise(cause);
    };
    this.#receiver = new E1000Receiver(this.#registers, { memory, statistics, raise });
    this.#transmitter = new E1000Transmitter(this.#registers, {
      memory,
      timers,
      statistics,
      raise,
      send: (frame) => {
        this.#send(frame);
      },
    });
    const { pci } = this;
    pci.define(PCI.command, 2, 0, 0x0007);
    pci.define(PCI.interruptPin, 1, 1, 0);
    pci.defineBar(0, { kind: 'memory', sizeBytes: MMIO_BYTES });
    pci.defineBar(1, { kind: 'io', sizeBytes: PORT_BYTES });
    pci.onDecodeChange = () => {
      this.#decode();
    };
  }

  #decode(): void {
    const { memorySpace, ports } = this.#wiring;
    const moved = (
      old: { readonly base: number; readonly region: Region } | null,
      base: number | null,
    ): boolean => {
      if ((old?.base ?? null) === base) return false;
      old?.region.remove();
      return true;
    };
    const mmio = this.pci.barAddress(0);
    if (moved(this.#mmio, mmio))
      this.#mmio =
        mmio === null ? null : { base: mmio, region: memorySpace.claimMmio('e1000', mmio, MMIO_BYTES, this) };
    const io = this.pci.barAddress(1);
    if (moved(this.#io, io))
      this.#io =
        io === null ? null : { base: io, region: ports.claim('e1000', io, PORT_BYTES, this.#portHandler, 4) };
  }

  reset(): void {
    this.pci.reset();
    this.#softwareReset();
    this.#ioAddress = 0;
  }

  #softwareReset(): void {
    this.#registers.clear();
    this.#statistics.reset();
    this.#receiver.reset(this.#wiring.mac);
    this.#transmitter.reset();
    this.#eeprom.reset();
    this.#phy.reset();
    this.#cause = 0;
    this.#mask = 0;
    this.#registers.set(REG.packetBuffer, 0x00100030);
    this.#update();
  }

  state(fields: StateFields): void {
    this.#registers.state(fields);
    this.#receiver.state(fields);
    this.#statistics.state(fields);
    this.#eeprom.state(fields);
    this.#phy.state(fields);
    this.#cause = fields.u32(this.#cause);
    this.#mask = fields.u32(this.#mask);
    this.#transmitter.state(fields);
    this.#ioAddress = fields.u32(this.#ioAddress);
    if (fields.restoring) this.#update();
  }

  /** To the wire, or back in. */
  #send(frame: Uint8Array): void {
    const inMac = (this.#registers.get(REG.receiveControl) & RCTL.loopback) !== 0;
    if (inMac || this.#phy.loopback) this.receive(frame);
    else this.#wiring.send(frame);
  }

  // --- Interrupts ---------------------------------------------------------------------------------------------

  #update(): void {
    this.#wiring.interrupt((this.#cause & this.#mask) !== 0);
  }

  #raise(cause: number): void {
    this.#cause |= cause;
    this.#update();
  }

  // --- Registers ----------------------------------------------------------------------------------------------

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    const value = this.#read(offset & ~3) >>> 0;
    return sizeBytes === 4 ? value : (value >>> (8 * (offset & 3))) & (2 ** (8 * sizeBytes) - 1);
  }

  #read(offset: number): number {
    if (offset >= REG.statistics && offset < REG.statisticsEnd)
      return this.#statistics.read(offset - REG.statistics);
    if (offset >= REG.multicastTable && offset < REG.tablesEnd) return this.#receiver.readTable(offset);
    switch (offset) {
      case REG.status:
        return STATUS_LINK_UP;
      case REG.eecd:
        return this.#eeprom.eecd;
      case REG.eerd:
        return this.#eeprom.eerd;
      case REG.mdic:
        return this.#phy.mdic;
      case REG.causeRead: {
        const cause = this.#cause;
        this.#cause = 0;
        this.#update();
        return cause;
      }
      case REG.maskSet:
        return this.#mask;
      default:
        if (!this.#known(offset)) this.#logOnce(`e1000: read of register 0x${offset.toString(16)}`);
        return this.#registers.get(offset);
    }
  }

  #known(offset: number): boolean {
    const ring = (base: number): boolean => offset >= base && offset <= base + RING.tail;
    return (
      STORAGE.has(offset) ||
      ring(REG.rxBaseLow) ||
      ring(REG.txBaseLow) ||
      [REG.control, REG.receiveControl, REG.transmitControl, 0x180].includes(offset)
    );
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    if (sizeBytes !== 4 || (offset & 3) !== 0) {
      this.#logOnce(`e1000: write of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)} ignored`);
      return;
    }
    if (offset >= REG.multicastTable && offset < REG.tablesEnd) {
      this.#receiver.writeTable(offset, value);
      return;
    }
    const action = this.#actions.get(offset);
    if (action !== undefined) action(value);
    else if (this.#known(offset)) this.#registers.set(offset, value);
    else if (!readOnly(offset)) this.#logOnce(`e1000: write of register 0x${offset.toString(16)} ignored`);
  }

  readonly #actions: ReadonlyMap<number, (value: number) => void> = new Map<number, (value: number) => void>([
    [
      REG.control,
      (value) => {
        if ((value & CONTROL_RESET) !== 0) this.#softwareReset();
        else this.#registers.set(REG.control, value);
      },
    ],
    [REG.eecd, (value) => (this.#eeprom.eecd = value)],
    [REG.eerd, (value) => (this.#eeprom.eerd = value)],
    [REG.mdic, (value) => (this.#phy.mdic = value)],
    [
      REG.causeRead,
      (value) => {
        this.#cause &= ~value;
        this.#update();
      },
    ],
    [
      REG.causeSet,
      (value) => {
        this.#raise(value);
      },
    ],
    [
      REG.maskSet,
      (value) => {
        this.#mask |= value;
        this.#update();
      },
    ],
    [
      REG.maskClear,
      (value) => {
        this.#mask &= ~value;
        this.#update();
      },
    ],
    [
      REG.transmitControl,
      (value) => {
        this.#registers.set(REG.transmitControl, value);
        this.#transmitter.transmit();
      },
    ],
    [
      REG.txTail,
      (value) => {
        this.#registers.set(REG.txTail, value & 0xffff);
        this.#transmitter.transmit();
      },
    ],
  ]);

  /** IOADDR and IODATA: the registers through ports. */
  readonly #portHandler: PortHandler = {
    portRead: (port, sizeBytes) => {
      const offset = port & (PORT_BYTES - 1);
      if (offset === 0 && sizeBytes === 4) return this.#ioAddress;
      return offset === 4 && sizeBytes === 4 && this.#ioAddress < MMIO_BYTES
        ? this.mmioRead(this.#ioAddress, 4)
        : 0;
    },
    portWrite: (port, sizeBytes, value) => {
      const offset = port & (PORT_BYTES - 1);
      if (offset === 0 && sizeBytes === 4) this.#ioAddress = value >>> 0;
      else if (offset === 4 && sizeBytes === 4 && this.#ioAddress < MMIO_BYTES)
        this.mmioWrite(this.#ioAddress, 4, value);
    },
  };

  /** A frame from the wire, without its FCS; short ones are padded, as their sender would have. */
  receive(frame: Uint8Array): void {
    this.#receiver.receive(frame);
  }
}
