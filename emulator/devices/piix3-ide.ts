/**
 * Intel 82371SB (PIIX3) function 1: the IDE controller. Two channels at the legacy ports, bus master at BAR 4.
 *
 * - A channel decodes its ports while I/O space is enabled and its IDETIM register says so (bit 15). The bit is
 *   set at reset, which the data sheet has not: OVMF relies on it, for QEMU's chip decodes always.
 * Source: Intel 82371FB/82371SB data sheet (290550), 2.3.
 */
import type { Chip, BusMasterMemory, PortHandler, PortSpace, Region, StateFields } from '../machine/bus.ts';
import type { AtaChannel } from './ata-channel.ts';
import { IdeBusMaster } from './ide-bus-master.ts';
import { PCI, PCI_COMMAND, PciFunction } from './pci-function.ts';

const IDETIM = 0x40;
const DECODE_ENABLE = 0x8000;
const BUS_MASTER_BAR = 4;
const BUS_MASTER_BYTES = 16;
const LEGACY = [
  { command: 0x1f0, control: 0x3f6 },
  { command: 0x170, control: 0x376 },
] as const;

export class Piix3Ide implements Chip {
  /** 2: the tray and the transfer modes of CD drives. */
  readonly stateVersion = 2;
  readonly pci = new PciFunction({
    vendorId: 0x8086,
    deviceId: 0x7010,
    revision: 0x00,
    classCode: 0x010180,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  readonly #ports: PortSpace;
  readonly #channels: readonly [AtaChannel, AtaChannel];
  readonly #masters: readonly [IdeBusMaster, IdeBusMaster];
  readonly #regions: (readonly Region[])[] = [[], []];
  #busMaster: Region | null = null;
  #busMasterBase = 0;

  constructor(ports: PortSpace, channels: readonly [AtaChannel, AtaChannel], memory: BusMasterMemory) {
    this.#ports = ports;
    this.#channels = channels;
    const { pci } = this;
    const masterEnabled = (): boolean => (pci.get(PCI.command, 2) & PCI_COMMAND.busMaster) !== 0;
    this.#masters = [
      new IdeBusMaster(channels[0], memory, masterEnabled),
      new IdeBusMaster(channels[1], memory, masterEnabled),
    ];
    pci.define(0x04, 2, 0, 0x0005);
    pci.define(0x06, 2, 0x0280, 0, 0x3800);
    pci.define(IDETIM, 4, 0x80008000, 0xffffffff);
    pci.define(0x44, 1, 0, 0xff);
    pci.defineBar(BUS_MASTER_BAR, { kind: 'io', sizeBytes: BUS_MASTER_BYTES });
    pci.onDecodeChange = () => {
      this.#decode();
    };
    pci.onWrite = (offset, sizeBytes) => {
      if (offset < IDETIM + 4 && offset + sizeBytes > IDETIM) this.#decode();
    };
  }

  reset(): void {
    this.pci.reset();
    for (const channel of this.#channels) channel.reset();
    for (const master of this.#masters) master.reset();
  }

  state(fields: StateFields): void {
    for (const channel of this.#channels) channel.state(fields);
    for (const master of this.#masters) master.state(fields);
  }

  #decode(): void {
    const io = (this.pci.get(PCI.command, 2) & PCI_COMMAND.io) !== 0;
    this.#channels.forEach((channel, i) => {
      const on = io && (this.pci.get(IDETIM + 2 * i, 2) & DECODE_ENABLE) !== 0;
      const was = this.#regions[i] ?? [];
      if (on === was.length > 0) return;
      for (const region of was) region.remove();
      const legacy = LEGACY[i as 0 | 1];
      this.#regions[i] = on
        ? [
            this.#ports.claim(`ide${String(i)}`, legacy.command, 8, channel.commandBlock, 4),
            this.#ports.claim(`ide${String(i)}-control`, legacy.control, 1, channel.controlBlock),
          ]
        : [];
    });
    const base = this.pci.barAddress(BUS_MASTER_BAR) ?? 0;
    if (base === this.#busMasterBase) return;
    this.#busMaster?.remove();
    this.#busMasterBase = base;
    this.#busMaster =
      base === 0 ? null : this.#ports.claim('ide-bus-master', base, BUS_MASTER_BYTES, this.#masterPorts, 4);
  }

  readonly #masterPorts: PortHandler = {
    portRead: (port, sizeBytes) => this.#masters[((port >> 3) & 1) as 0 | 1].portRead(port, sizeBytes),
    portWrite: (port, sizeBytes, value) => {
      this.#masters[((port >> 3) & 1) as 0 | 1].portWrite(port, sizeBytes, value);
    },
  };
}
