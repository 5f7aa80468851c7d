/**
 * Everything the firmware learns of the board before it has looked: fw_cfg items and files, CMOS bytes.
 *
 * - CMOS memory sizes are for firmware and boot loaders that do not know fw_cfg.
 * Source: QEMU documentation, docs/specs/fw_cfg.rst; SeaBIOS documentation, Runtime_config; IBM PC AT CMOS map.
 */
import type { FwCfg } from '../devices/fw-cfg.ts';
import { FW_CFG } from '../devices/fw-cfg.ts';
import { HPET_BASE, HPET_CAPABILITIES } from '../devices/hpet.ts';
import { IOAPIC_BASE } from '../devices/ioapic.ts';
import { LAPIC_BASE } from '../devices/lapic-registers.ts';
import { ACPI_DISABLE, ACPI_ENABLE } from '../devices/piix4-pm.ts';
import { PVPANIC_PORT } from '../devices/pvpanic.ts';
import { FIRST_PCI_INPUT, TIMER_INPUT } from './interrupts.ts';
import { acpiFiles, type AcpiFiles, LOADER_FILE, RSDP_FILE, TABLES_FILE } from './tables/acpi.ts';
import { ByteWriter } from './tables/bytes.ts';
import { dsdt } from './tables/dsdt.ts';
import { e820, E820_RAM } from './tables/e820.ts';
import { smbiosFiles } from './tables/smbios.ts';

const MIB = 1024 * 1024;
/** The PCI window begins here unless RAM reaches further. */
const PCI_HOLE_START = 0x80000000;
const SEABIOS_PM_BASE = 0x600;
const SCI_IRQ = 9;
const SMI_COMMAND_PORT = 0xb2;
const RESET_PORT = 0xcf9;
const RESET_VALUE = 0x06;
/** Without a bootable device the message stays on the screen. */
const NEVER_REBOOT = 0xffffffff;

export function configureFirmware(
  fwCfg: FwCfg,
  memoryBytes: number,
  uuid: Uint8Array,
  pmBase: () => number,
): void {
  const word = (v: number): Uint8Array => new ByteWriter().u16(v).done();
  fwCfg.setItem(FW_CFG.uuid, uuid);
  fwCfg.setItem(FW_CFG.ramSize, new ByteWriter().u64(memoryBytes).done());
  fwCfg.setItem(FW_CFG.noGraphic, word(0));
  fwCfg.setItem(FW_CFG.cpuCount, word(1));
  fwCfg.setItem(FW_CFG.maxCpus, word(1));
  fwCfg.setItem(FW_CFG.bootMenu, word(0));
  fwCfg.setItem(FW_CFG.numa, new ByteWriter().u64(0, 0).done());
  fwCfg.setItem(FW_CFG.irq0Override, Uint8Array.of(1));
  fwCfg.setFile('etc/e820', e820([[0, memoryBytes, E820_RAM]]));
  fwCfg.setFile('etc/pvpanic-port', word(PVPANIC_PORT));
  fwCfg.setFile('etc/boot-fail-wait', new ByteWriter().u32(NEVER_REBOOT).done());
  const smbios = smbiosFiles(memoryBytes, uuid);
  fwCfg.setFile('etc/smbios/smbios-anchor', smbios.anchor);
  fwCfg.setFile('etc/smbios/smbios-tables', smbios.tables);
  const code = Uint8Array.from(
    dsdt({
      pciHoleStart: Math.max(PCI_HOLE_START, memoryBytes),
      pvpanicPort: PVPANIC_PORT,
      firstPciInput: FIRST_PCI_INPUT,
      hpetAddress: HPET_BASE,
    }),
  );
  const acpi = (): AcpiFiles => acpiOf(code, pmBase());
  const { rsdp, loader } = acpi();
  fwCfg.setLiveFile(TABLES_FILE, () => acpi().tables);
  fwCfg.setFile(RSDP_FILE, rsdp);
  fwCfg.setFile(LOADER_FILE, loader);
}

/** `code` is the DSDT's, `pmBase` where firmware has put the PIIX4's registers; it asks for the tables after that. */
function acpiOf(code: Uint8Array, pmBase: number): AcpiFiles {
  return acpiFiles({
    pm: {
      base: pmBase === 0 ? SEABIOS_PM_BASE : pmBase,
      smiCommand: SMI_COMMAND_PORT,
      acpiEnable: ACPI_ENABLE,
      acpiDisable: ACPI_DISABLE,
      sciIrq: SCI_IRQ,
      resetPort: RESET_PORT,
      resetValue: RESET_VALUE,
    },
    dsdt: code,
    madt: {
      lapicAddress: LAPIC_BASE,
      ioapicAddress: IOAPIC_BASE,
      timerInput: TIMER_INPUT,
      sciIrq: SCI_IRQ,
    },
    hpet: { address: HPET_BASE, capabilities: HPET_CAPABILITIES },
  });
}

/** Base memory 640 KiB, extended memory in KiB (up to 64 MiB) and in units of 64 KiB above 16 MiB. */
export function configureCmos(nvram: Uint8Array, memoryBytes: number): void {
  const word = (at: number, value: number): void => {
    nvram[at] = value & 0xff;
    nvram[at + 1] = value >> 8;
  };
  const extendedKib = Math.min((memoryBytes - MIB) / 1024, 0xffff);
  const above16 = Math.max(0, (memoryBytes - 16 * MIB) / 65536);
  word(0x15, 640);
  word(0x17, extendedKib);
  word(0x30, extendedKib);
  word(0x34, Math.min(above16, 0xffff));
  // Equipment: coprocessor, PS/2 mouse, no floppy drive.
  nvram[0x14] = 0x06;
  // Boot order: disk, CD-ROM, floppy.
  nvram[0x38] = 0x10;
  nvram[0x3d] = 0x32;
}
