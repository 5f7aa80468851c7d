/**
 * Intel 82441FX host bridge (PMC): the parts that software sees, chiefly the shadow-RAM (PAM) registers.
 *
 * - `shadow(segment)` says, for each of the 13 segments from 0xC0000, whether reads and writes go to DRAM;
 *   otherwise they go to the PCI bus, where the ROMs are.
 * - The subsystem identity 1AF4:1100 is how firmware for virtual machines recognises the board.
 * Source: Intel 440FX PCIset 82441FX data sheet (290549), 3.2.
 */
import { PciFunction } from './pci-function.ts';

export interface ShadowSegment {
  readonly base: number;
  readonly sizeBytes: number;
  readonly readRam: boolean;
  readonly writeRam: boolean;
}

const PAM0 = 0x59;
const SMRAM = 0x72;
const SMRAM_DEFAULT = 0x02;
const READ_ENABLE = 1;
const WRITE_ENABLE = 2;

export class I440fx {
  readonly pci = new PciFunction({
    vendorId: 0x8086,
    deviceId: 0x1237,
    revision: 0x02,
    classCode: 0x060000,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  onShadowChange: () => void = () => undefined;

  constructor() {
    const { pci } = this;
    // Bus mastering and memory of a host bridge are hard-wired on.
    pci.define(0x04, 2, 0x0006, 0x0100);
    pci.define(0x06, 2, 0x0280, 0, 0xf900);
    for (let i = 0; i < 7; i++) pci.define(PAM0 + i, 1, 0, i === 0 ? 0x30 : 0x33);
    pci.define(SMRAM, 1, SMRAM_DEFAULT, 0x78);
    pci.onWrite = (offset, sizeBytes) => {
      if (offset + sizeBytes > PAM0 && offset <= SMRAM) this.onShadowChange();
    };
    pci.onDecodeChange = () => {
      this.onShadowChange();
    };
  }

  /** The 13 segments: twelve of 16 KiB from 0xC0000, and the 64 KiB at 0xF0000. */
  shadow(): readonly ShadowSegment[] {
    const segment = (base: number, sizeBytes: number, attributes: number): ShadowSegment => ({
      base,
      sizeBytes,
      readRam: (attributes & READ_ENABLE) !== 0,
      writeRam: (attributes & WRITE_ENABLE) !== 0,
    });
    const segments: ShadowSegment[] = [];
    for (let i = 0; i < 12; i++) {
      const pam = this.pci.get(PAM0 + 1 + (i >> 1), 1);
      segments.push(segment(0xc0000 + i * 0x4000, 0x4000, (i & 1) === 0 ? pam : pam >> 4));
    }
    segments.push(segment(0xf0000, 0x10000, this.pci.get(PAM0, 1) >> 4));
    return segments;
  }
}
