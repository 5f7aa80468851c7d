/**
 * The display adapter: a VGA with Bochs VBE on PCI, as QEMU's "stdvga" presents it.
 *
 * - BAR 0 is video memory, BAR 2 holds EDID, the VGA registers and the VBE registers in memory, the ROM BAR
 *   its option ROM.
 * - `takeFrame` gives what changed since the last call; it costs next to nothing when nothing did.
 *   Before the first mode is set there is no picture: null.
 * Source: QEMU documentation, docs/specs/standard-vga.rst.
 */
import type {
  AccessSize,
  Backing,
  Chip,
  MemorySpace,
  MmioHandler,
  PortHandler,
  PortSpace,
  Region,
  StateFields,
  Timers,
} from '../machine/bus.ts';
import type { Frame } from '../machine/types.ts';
import { BochsDispi } from './bochs-dispi.ts';
import { buildEdid } from './edid.ts';
import { PCI, PCI_COMMAND, PciFunction } from './pci-function.ts';
import { dispiLayout, legacyLayout } from './vga-layouts.ts';
import { VgaMemory } from './vga-memory.ts';
import { composeFrame } from './vga-pixels.ts';
import { VgaPorts } from './vga-ports.ts';
import { VgaState } from './vga-state.ts';
import { VgaText } from './vga-text.ts';

const MMIO_BYTES = 4096;
const LEGACY_WINDOW = 0xa0000;
const LEGACY_WINDOW_BYTES = 0x20000;
const BANK_WINDOW_BYTES = 0x10000;
const MMIO = {
  vgaPorts: 0x400,
  vgaPortsEnd: 0x420,
  dispi: 0x500,
  dispiEnd: 0x516,
  size: 0x600,
  endian: 0x604,
} as const;
const LITTLE_ENDIAN = 0x1e1e1e1e;

/** Video memory, whose pages written by the processor the board remembers. */
export interface VideoBacking extends Backing {
  /** One bit a 4 KiB page of the first `sizeBytes`, written since the last call. */
  takeDirtyPages(sizeBytes: number): Uint8Array;
}

export interface StdVgaWiring {
  readonly ports: PortSpace;
  readonly memory: MemorySpace;
  readonly timers: Timers;
  readonly video: VideoBacking;
  readonly rom: Backing;
}

export class StdVga implements Chip {
  readonly pci = new PciFunction({
    vendorId: 0x1234,
    deviceId: 0x1111,
    revision: 0x02,
    classCode: 0x030000,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  readonly #wiring: StdVgaWiring;
  readonly #state = new VgaState();
  readonly #dispi: BochsDispi;
  readonly #ports: VgaPorts;
  readonly #memory: VgaMemory;
  readonly #text: VgaText;
  readonly #edid = buildEdid();
  readonly #claims = new Map<string, { readonly base: number; readonly region: Region }>();
  /** Everything must be drawn again: the generation at the last frame, and which kind it was. */
  #drawnGeneration = -1;
  #drawnKind: Frame['kind'] | null = null;

  constructor(wiring: StdVgaWiring) {
    this.#wiring = wiring;
    const { video, ports, timers } = wiring;
    const state = this.#state;
    this.#dispi = new BochsDispi(video.bytes.length, (clearBytes) => {
      this.#modeChanged(clearBytes);
    });
    const dispi = this.#dispi;
    this.#memory = new VgaMemory(state, video.bytes, {
      get active() {
        return dispi.enabled && dispi.mode().bpp > 4;
      },
      get bankOffset() {
        return dispi.bankOffset;
      },
    });
    this.#ports = new VgaPorts(state, timers, () => {
      this.#mapBankWindow();
    });
    this.#text = new VgaText(state, video.bytes);
    ports.claim('vga', 0x3b0, 12, this.#ports);
    ports.claim('vga', 0x3c0, 32, this.#ports);
    ports.claim('bochs-vbe', 0x1ce, 3, this.#dispiPorts, 2);
    const { pci } = this;
    pci.define(PCI.command, 2, 0, PCI_COMMAND.io | PCI_COMMAND.memory);
    pci.defineBar(0, { kind: 'prefetchable', sizeBytes: video.bytes.length });
    pci.defineBar(2, { kind: 'memory', sizeBytes: MMIO_BYTES });
    pci.defineRom(wiring.rom.bytes.length);
    pci.onDecodeChange = () => {
      this.#decode();
    };
  }

  reset(): void {
    this.#state.reset();
    this.#dispi.reset();
    this.#text.forget();
    this.pci.reset();
  }

  /** Video memory itself is saved with the machine's memory. The next frame is drawn as a whole. */
  state(fields: StateFields): void {
    this.#state.state(fields);
    this.#dispi.state(fields);
    this.#memory.state(fields);
    if (!fields.restoring) return;
    this.#text.forget();
    this.#drawnKind = null;
    this.#decode();
  }

  // --- Where the processor finds it -------------------------------------------------------------------------

  #place(name: string, base: number | null, claim: (base: number) => Region): void {
    const old = this.#claims.get(name);
    if (old?.base === base) return;
    old?.region.remove();
    this.#claims.delete(name);
    if (base !== null) this.#claims.set(name, { base, region: claim(base) });
  }

  #decode(): void {
    const { memory, video, rom } = this.#wiring;
    const { pci } = this;
    this.#place('framebuffer', pci.barAddress(0), (base) =>
      memory.claimBacking('vga framebuffer', base, video.bytes.length, 'video', video),
    );
    this.#place('registers', pci.barAddress(2), (base) =>
      memory.claimMmio('vga registers', base, MMIO_BYTES, this.#registers),
    );
    this.#place('rom', pci.romAddress(), (base) =>
      memory.claimBacking('vga rom', base, rom.bytes.length, 'rom', rom),
    );
    const memoryEnabled = (pci.get(PCI.command, 2) & PCI_COMMAND.memory) !== 0;
    this.#place('legacy', memoryEnabled ? LEGACY_WINDOW : null, (base) =>
      memory.claimMmio('vga window', base, LEGACY_WINDOW_BYTES, this.#memory),
    );
    this.#mapBankWindow();
  }

  /** While the window shows linear memory it needs no call: the bank is mapped in its place. */
  #mapBankWindow(): void {
    const { memory, video } = this.#wiring;
    const memoryEnabled = (this.pci.get(PCI.command, 2) & PCI_COMMAND.memory) !== 0;
    const linear = memoryEnabled && this.#dispi.enabled && this.#dispi.mode().bpp > 4;
    const offset = this.#dispi.bankOffset;
    const fits = offset + BANK_WINDOW_BYTES <= video.bytes.length;
    this.#place('bank', linear && fits ? offset : null, () =>
      memory.claimBacking('vga bank', LEGACY_WINDOW, BANK_WINDOW_BYTES, 'video', {
        offset: video.offset + offset,
        bytes: video.bytes.subarray(offset, offset + BANK_WINDOW_BYTES),
      }),
    );
  }

  #modeChanged(clearBytes: number): void {
    if (clearBytes > 0) this.#wiring.video.bytes.fill(0, 0, clearBytes);
    this.#state.dac8Bit = this.#dispi.dac8Bit;
    this.#state.generation++;
    this.#mapBankWindow();
  }

  readonly #dispiPorts: PortHandler = {
    portRead: (port, sizeBytes) => {
      if (sizeBytes !== 2) return 0xff;
      return port === 0x1ce ? this.#dispi.index : this.#dispi.read(this.#dispi.index);
    },
    portWrite: (port, sizeBytes, value) => {
      if (sizeBytes !== 2) return;
      if (port === 0x1ce) this.#dispi.index = value;
      else this.#dispi.write(this.#dispi.index, value);
    },
  };

  readonly #registers: MmioHandler = {
    mmioRead: (offset, sizeBytes) => this.#readRegister(offset, sizeBytes),
    mmioWrite: (offset, sizeBytes, value) => {
      if (offset >= MMIO.vgaPorts && offset < MMIO.vgaPortsEnd) {
        for (let i = 0; i < sizeBytes; i++) {
          this.#ports.portWrite(0x3c0 + offset - MMIO.vgaPorts + i, 1, (value >>> (8 * i)) & 0xff);
        }
      } else if (offset >= MMIO.dispi && offset < MMIO.dispiEnd && sizeBytes === 2) {
        this.#dispi.write((offset - MMIO.dispi) >> 1, value);
      }
    },
  };

  #readRegister(offset: number, sizeBytes: AccessSize): number {
    if (offset >= MMIO.dispi && offset < MMIO.dispiEnd) {
      return sizeBytes === 2 ? this.#dispi.read((offset - MMIO.dispi) >> 1) : 0;
    }
    if (offset === MMIO.size) return 8;
    if (offset === MMIO.endian) return LITTLE_ENDIAN;
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value += this.#readRegisterByte(offset + i) * 2 ** (8 * i);
    return value;
  }

  #readRegisterByte(offset: number): number {
    if (offset < MMIO.vgaPorts) return this.#edid[offset] ?? 0;
    if (offset < MMIO.vgaPortsEnd) return this.#ports.portRead(0x3c0 + offset - MMIO.vgaPorts);
    return 0xff;
  }

  // --- What the screen shows --------------------------------------------------------------------------------

  takeFrame(full: boolean): Frame | null {
    const { video } = this.#wiring;
    const state = this.#state;
    const enabled = this.#dispi.enabled;
    if (!enabled && !state.programmed) {
      this.#drawnKind = null;
      return null;
    }
    if (!enabled && !state.graphicsMode) {
      this.#memory.dirty.fill(0);
      const frame = this.#text.take(full || this.#drawnKind !== 'text');
      this.#drawnKind = 'text';
      return frame;
    }
    const everything = full || this.#drawnKind !== 'pixels' || this.#drawnGeneration !== state.generation;
    const dirty = video.takeDirtyPages(video.bytes.length);
    for (let i = 0; i < dirty.length; i++) dirty[i] = (dirty[i] ?? 0) | (this.#memory.dirty[i] ?? 0);
    this.#memory.dirty.fill(0);
    this.#drawnKind = 'pixels';
    this.#drawnGeneration = state.generation;
    const layout = enabled
      ? dispiLayout(state, video.bytes, this.#dispi.mode())
      : legacyLayout(state, video.bytes);
    if (layout.width === 0 || layout.height === 0) return null;
    if (state.blank && !enabled) return everything ? blankFrame(layout.width, layout.height) : null;
    return composeFrame(layout, everything ? null : dirty);
  }
}

function blankFrame(width: number, height: number): Frame {
  const rgba = new Uint8Array(width * height * 4);
  new Uint32Array(rgba.buffer).fill(0xff000000);
  return { kind: 'pixels', width, height, bands: [{ y: 0, height, rgba }] };
}
