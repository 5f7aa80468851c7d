/**
 * The board: every chip, and the wires between them.
 *
 * - A port, a line or an address appears here once, in the wiring, and nowhere else.
 * - `reset` is the board's RESET#: all chips, RAM kept.
 */
import { AtaChannel } from '../devices/ata-channel.ts';
import { AtaDisk, type DiskCounters } from '../devices/ata-disk.ts';
import type { AtaDrive } from '../devices/ata-drive.ts';
import { AtapiCdrom } from '../devices/atapi-cdrom.ts';
import { DebugConsole } from '../devices/debug-console.ts';
import { DebugExit } from '../devices/debug-exit.ts';
import { Dma8237, DmaPages } from '../devices/dma8237.ts';
import { E1000 } from '../devices/e1000.ts';
import { FlashCfi, type FlashWiring } from '../devices/flash-cfi.ts';
import { FwCfg } from '../devices/fw-cfg.ts';
import { I440fx } from '../devices/i440fx.ts';
import { I8042 } from '../devices/i8042.ts';
import { Hpet, HPET_BASE, HPET_BYTES } from '../devices/hpet.ts';
import type { IrqLines } from '../devices/irq-lines.ts';
import { PciHost } from '../devices/pci-host.ts';
import { Piix3Ide } from '../devices/piix3-ide.ts';
import { Piix3Isa } from '../devices/piix3-isa.ts';
import { Piix4Pm } from '../devices/piix4-pm.ts';
import { Pit8254 } from '../devices/pit8254.ts';
import { Port61 } from '../devices/port61.ts';
import { Port92 } from '../devices/port92.ts';
import { Ps2Keyboard } from '../devices/ps2-keyboard.ts';
import { Ps2Mouse } from '../devices/ps2-mouse.ts';
import { PvPanic, PVPANIC_PORT } from '../devices/pvpanic.ts';
import { RtcMc146818 } from '../devices/rtc-mc146818.ts';
import { StdVga, type VideoBacking } from '../devices/stdvga.ts';
import { Speaker } from '../devices/speaker.ts';
import { Uart16550 } from '../devices/uart16550.ts';
import { VirtioTablet } from '../devices/virtio-tablet.ts';
import { VmwareMouse } from '../devices/vmware-mouse.ts';
import { VMWARE_PORT, VmwarePort, type BackdoorRegisters } from '../devices/vmware-port.ts';
import type { Backing, Chip, Line, Log, Timers } from './bus.ts';
import { configureCmos, configureFirmware } from './firmware-config.ts';
import { FIRST_PCI_INPUT, Interrupts } from './interrupts.ts';
import { Keystrokes } from './keystrokes.ts';
import type { MemoryMap } from './memory-map.ts';
import type { Ports } from './port-space.ts';
import type { StateFields, Stateful } from './state-fields.ts';
import { Pointer } from './pointer.ts';
import { ShadowRam } from './shadow-ram.ts';
import { configureLinuxBoot } from './linux-boot.ts';
import type { DriveConfig, DriveSlot, LinuxBoot } from './types.ts';

export interface BoardWiring {
  readonly ports: Ports;
  readonly memory: MemoryMap;
  readonly timers: Timers;
  readonly log: Log;
  readonly memoryBytes: number;
  readonly bios: Backing;
  readonly vgaRom: Backing;
  readonly video: VideoBacking;
  readonly drives: readonly DriveConfig[];
  readonly flash: Pick<FlashWiring, 'base' | 'backing' | 'keeper'> | null;
  readonly linux: LinuxBoot | null;
  readonly uuid: Uint8Array;
  readonly intr: (asserted: boolean) => void;
  readonly nmi: () => void;
  /** INIT#: the processor alone starts again. */
  readonly init: () => void;
  readonly a20: (open: boolean) => void;
  /** Of the processor, during a port access. */
  readonly registers: BackdoorRegisters;
  readonly requestReset: () => void;
  readonly requestPowerOff: () => void;
  readonly requestExit: (code: number) => void;
  readonly guestPanicked: () => void;
  readonly serialOutput: (port: number, byte: number) => void;
  readonly networkOutput: (frame: Uint8Array) => void;
  readonly trayMoved: (slot: DriveSlot, open: boolean) => void;
}

const IRQ = {
  keyboard: 1,
  com2: 3,
  com1: 4,
  sci: 9,
  mouse: 12,
  ide0: 14,
  ide1: 15,
} as const;
const DEBUG_EXIT_PORTS = [0xf4, 0x501] as const;
const DEBUG_CONSOLE_PORT = 0xe9;
const NIC_SLOT = 3;
const TABLET_SLOT = 4;
const FIRMWARE_CONSOLE_PORT = 0x402;

/** Restored after the chips that drive their inputs, in this order. */
const INTERRUPT_CONTROLLERS: readonly string[] = ['hpet', 'pic', 'ioapic', 'lapic'];

export class Board implements Chip {
  readonly interrupts: Interrupts;
  readonly rtc: RtcMc146818;
  readonly keystrokes: Keystrokes;
  readonly pointer: Pointer;
  readonly speaker: Speaker;
  readonly serial: readonly [Uart16550, Uart16550];
  readonly pm: Piix4Pm;
  readonly vga: StdVga;
  readonly nic: E1000;
  readonly counters: DiskCounters = { readBytes: 0, writtenBytes: 0 };
  /** In the order of their reset. A name is a section of saved machines: it lasts. */
  readonly #chips = new Map<string, Chip>();
  readonly #consoles: readonly DebugConsole[];
  readonly #cdroms = new Map<DriveSlot, AtapiCdrom>();
  readonly #wiring: BoardWiring;
  #a20Open = true;

  constructor(wiring: BoardWiring) {
    this.#wiring = wiring;
    const { ports, memory, timers, log } = wiring;
    this.interrupts = new Interrupts(wiring);
    const { lines: irqs, lapic, ioapic, pic } = this.interrupts;
    this.#chip('lapic', lapic);
    this.#chip('ioapic', ioapic);
    this.#chip('pic', pic);
    const wire = (input: number): Line => irqs.wire(input);
    const hpet = this.#chip('hpet', new Hpet({ timers, log, wire }));
    memory.claimMmio('HPET', HPET_BASE, HPET_BYTES, hpet);
    this.rtc = this.#chip('rtc', new RtcMc146818(timers, hpet.rtc));
    this.speaker = this.#isaDevices(hpet);
    const keyboard = new Ps2Keyboard(timers);
    const mouse = new Ps2Mouse(timers);
    this.#keyboardController(irqs, keyboard, mouse);
    this.keystrokes = this.#chip('keystrokes', new Keystrokes(keyboard, timers));
    const isa = new Piix3Isa(wire, wiring.requestReset);
    const tablet = new VirtioTablet({
      memorySpace: memory.pci,
      memory,
      interrupt: this.#pinA(TABLET_SLOT, isa),
    });
    this.pointer = this.#vmwarePort(mouse, tablet);
    this.serial = [this.#uart(0, 0x3f8, irqs, IRQ.com1), this.#uart(1, 0x2f8, irqs, IRQ.com2)];

    this.pm = new Piix4Pm({ ports, timers, sci: irqs.wire(IRQ.sci), powerOff: wiring.requestPowerOff });
    const fwCfg = this.#chip('fw-cfg', new FwCfg(memory));
    configureFirmware(fwCfg, wiring.memoryBytes, wiring.uuid, () => this.pm.ioBase);
    if (wiring.linux !== null) configureLinuxBoot(fwCfg, wiring.linux, wiring.memoryBytes);
    ports.claim('fw_cfg', 0x510, 12, fwCfg, 4);

    ports.claim('apm', 0xb2, 2, this.pm.apm);
    this.vga = new StdVga({ ports, memory: memory.pci, timers, video: wiring.video, rom: wiring.vgaRom });
    this.nic = this.#makeNic(isa);
    this.#pci(irqs, isa, tablet);
    if (wiring.flash !== null) this.#chip('flash', new FlashCfi({ ...wiring.flash, memory, log }));

    const console = (name: string): DebugConsole =>
      this.#chip(
        `console ${name}`,
        new DebugConsole((text) => {
          log('debug', `${name}: ${text}`);
        }),
      );
    this.#consoles = [console('firmware'), console('debug port')];
    ports.claim('firmware console', FIRMWARE_CONSOLE_PORT, 1, this.#console(0));
    ports.claim('debug console', DEBUG_CONSOLE_PORT, 1, this.#console(1));
    for (const port of DEBUG_EXIT_PORTS)
      ports.claim('debug exit', port, 1, new DebugExit(wiring.requestExit), 4);
    ports.claim('pvpanic', PVPANIC_PORT, 1, new PvPanic(wiring.guestPanicked));
  }

  #console(index: 0 | 1): DebugConsole {
    const found = this.#consoles[index];
    if (found === undefined) throw new RangeError('no such debug console');
    return found;
  }

  #chip<T extends Chip>(name: string, chip: T): T {
    if (this.#chips.has(name)) throw new Error(`two chips are called ${name}`);
    this.#chips.set(name, chip);
    return chip;
  }

  /** The chips whose state a saved machine holds, by name, in the order in which they are restored. */
  sections(): readonly (readonly [name: string, chip: Stateful])[] {
    const last = INTERRUPT_CONTROLLERS;
    const place = (name: string): number => (name === 'pci' ? -1 : 1 + last.indexOf(name));
    const named: (readonly [string, Partial<Stateful>])[] = [['board', this], ...this.#chips];
    return named
      .filter((entry): entry is readonly [string, Stateful] => entry[1].state !== undefined)
      .sort(([a], [b]) => place(a) - place(b));
  }

  /** What the board has besides its chips. */
  state(fields: StateFields): void {
    this.#setA20(fields.bool(this.#a20Open));
  }

  #isaDevices(hpet: Hpet): Speaker {
    const { ports, timers, memoryBytes } = this.#wiring;
    const pit = this.#chip('pit', new Pit8254(timers, hpet.pit));
    ports.claim('pit', 0x40, 4, pit);
    const port61 = this.#chip('port-61', new Port61(pit, timers));
    ports.claim('port 61', 0x61, 1, port61);
    configureCmos(this.rtc.nvram, memoryBytes);
    ports.claim('rtc', 0x70, 2, this.rtc);
    ports.claim('dma', 0x00, 16, this.#chip('dma-8', new Dma8237(0)));
    ports.claim('dma', 0xc0, 32, this.#chip('dma-16', new Dma8237(1)));
    ports.claim('dma pages', 0x80, 16, this.#chip('dma-pages', new DmaPages()));
    return new Speaker(pit, port61);
  }

  #vmwarePort(mouse: Ps2Mouse, tablet: VirtioTablet): Pointer {
    const { ports, registers, memoryBytes } = this.#wiring;
    const pointer = this.#chip(
      'vmware-mouse',
      new VmwareMouse(() => {
        mouse.nudge();
      }),
    );
    ports.claim('vmware port', VMWARE_PORT, 4, new VmwarePort(registers, memoryBytes, pointer.commands), 4);
    return new Pointer(mouse, pointer, tablet);
  }

  #keyboardController(irqs: IrqLines, keyboard: Ps2Keyboard, mouse: Ps2Mouse): void {
    const { ports, log, requestReset } = this.#wiring;
    const a20 = (open: boolean): void => {
      this.#setA20(open);
    };
    const a20State = (): boolean => this.#a20Open;
    const i8042 = this.#chip(
      'i8042',
      new I8042(keyboard, mouse, {
        irq1: irqs.wire(IRQ.keyboard),
        irq12: irqs.wire(IRQ.mouse),
        a20,
        a20State,
        resetCpu: requestReset,
        log,
      }),
    );
    ports.claim('i8042', 0x60, 1, i8042);
    ports.claim('i8042', 0x64, 1, i8042);
    ports.claim('port 92', 0x92, 1, this.#chip('port-92', new Port92(a20, a20State, requestReset)));
  }

  #uart(index: 0 | 1, base: number, irqs: IrqLines, irq: number): Uart16550 {
    const { ports, timers, serialOutput } = this.#wiring;
    const uart = new Uart16550(timers, irqs.wire(irq), (byte) => {
      serialOutput(index, byte);
    });
    ports.claim(`com${String(index + 1)}`, base, 8, uart);
    return this.#chip(`com${String(index + 1)}`, uart);
  }

  #pci(irqs: IrqLines, isa: Piix3Isa, tablet: VirtioTablet): void {
    const { ports, memory, bios } = this.#wiring;
    const host = new PciHost();
    const i440fx = new I440fx();
    const shadow = new ShadowRam(i440fx, memory, bios.bytes);
    const channels = [this.#channel(0, irqs, IRQ.ide0), this.#channel(1, irqs, IRQ.ide1)] as const;
    const ide = new Piix3Ide(ports, channels, memory);
    host.add(0, 0, i440fx.pci);
    host.add(1, 0, isa.pci);
    host.add(1, 1, ide.pci);
    host.add(1, 3, this.pm.pci);
    host.add(2, 0, this.vga.pci);
    host.add(NIC_SLOT, 0, this.nic.pci);
    host.add(TABLET_SLOT, 0, tablet.transport.pci);
    ports.claim('pci', 0xcf8, 8, host, 4);
    ports.claim('reset control', 0xcf9, 1, isa);
    this.#chip('pci', host);
    this.#chip('shadow-ram', shadow);
    this.#chip('piix3-isa', isa);
    this.#chip('ide', ide);
    this.#chip('pm', this.pm);
    this.#chip('vga', this.vga);
    this.#chip('nic', this.nic);
    this.#chip('tablet', tablet);
    this.#chip('tablet-virtio', tablet.transport);
  }

  /** A slot's interrupt pin A reaches the 8259 through the PIIX3 and the I/O APIC directly. */
  #pinA(slot: number, isa: Piix3Isa): Line {
    // It is wired to this PIRQ, as the DSDT says.
    const pirq = (slot + 3) & 3;
    const direct = this.interrupts.lines.wire(FIRST_PCI_INPUT + pirq);
    return (asserted) => {
      isa.pirq(pirq, asserted);
      direct(asserted);
    };
  }

  #makeNic(isa: Piix3Isa): E1000 {
    const { ports, memory, log, uuid, networkOutput, timers } = this.#wiring;
    return new E1000({
      ports,
      memorySpace: memory.pci,
      memory,
      log,
      interrupt: this.#pinA(NIC_SLOT, isa),
      timers,
      // Locally administered, the same for the machine's life.
      mac: Uint8Array.of(0x52, 0x54, 0x00, ...uuid.subarray(13, 16)),
      send: networkOutput,
    });
  }

  #channel(index: 0 | 1, irqs: IrqLines, irq: number): AtaChannel {
    const drive = (which: 'master' | 'slave'): AtaDrive | null =>
      this.#drive(`ide${String(index) as '0' | '1'}-${which}`);
    return new AtaChannel(drive('master'), drive('slave'), irqs.wire(irq));
  }

  #drive(slot: DriveSlot): AtaDrive | null {
    const { drives, log, trayMoved } = this.#wiring;
    const config = drives.find((d) => d.slot === slot);
    if (config === undefined) return null;
    const serial = `BNX-${slot.toUpperCase()}`;
    if (config.kind === 'cdrom') {
      const cdrom = new AtapiCdrom(config.medium, serial, log, this.counters);
      cdrom.tray.onMove = (open) => {
        trayMoved(slot, open);
      };
      this.#cdroms.set(slot, cdrom);
      return cdrom;
    }
    if (config.medium === null) throw new Error(`drive ${slot}: a hard disk needs a medium`);
    if (config.medium.sectorSizeBytes !== 512)
      throw new Error(`drive ${slot}: a hard disk has 512-byte sectors`);
    return new AtaDisk(config.medium, serial, log, this.counters);
  }

  /** Null: there is no CD drive at `slot`. */
  cdrom(slot: DriveSlot): AtapiCdrom | null {
    return this.#cdroms.get(slot) ?? null;
  }

  #setA20(open: boolean): void {
    if (open === this.#a20Open) return;
    this.#a20Open = open;
    this.#wiring.a20(open);
  }

  reset(): void {
    for (const chip of this.#chips.values()) chip.reset();
    this.#setA20(true);
  }

  /** Prints what the guest's debug consoles hold of an unfinished line. */
  flushConsoles(): void {
    for (const console of this.#consoles) console.flush();
  }
}
