/**
 * Booting a Linux kernel without a boot loader in the guest: what lies where, and the firmware items that say so.
 *
 * - The items are those of QEMU, so that OVMF boots the kernel by itself. SeaBIOS knows no kernels: it runs the
 *   option ROM of linux-boot-rom.ts, which loads the same items as a BIOS boot loader does.
 * - Whatever cannot work is refused here with a LinuxBootError: a kernel that is none, is cut short, or does not
 *   fit into the memory; an initrd that finds no room; a command line that is too long for the kernel.
 * Sources: Linux Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header", "Sample Boot Configuration";
 * QEMU documentation, docs/specs/fw_cfg.rst.
 */
import type { FwCfg } from '../devices/fw-cfg.ts';
import { LINUX_ROM_FILE, linuxBootRom, type LoadStep } from './linux-boot-rom.ts';
import { ByteWriter } from './tables/bytes.ts';
import type { LinuxBoot } from './types.ts';

/** `part` is what is wrong; the message is the reason alone, as in "KERNEL FILE: REASON". */
export class LinuxBootError extends Error {
  override readonly name = 'LinuxBootError';
  readonly part: 'kernel' | 'initrd' | 'command line';

  constructor(part: LinuxBootError['part'], reason: string) {
    super(reason);
    this.part = part;
  }
}

/** Keys of QEMU's fw_cfg items (include/standard-headers/linux/qemu_fw_cfg.h). */
const ITEM = {
  kernelAddress: 0x07,
  kernelSize: 0x08,
  initrdAddress: 0x0a,
  initrdSize: 0x0b,
  kernelEntry: 0x10,
  kernelData: 0x11,
  initrdData: 0x12,
  commandLineAddress: 0x13,
  commandLineSize: 0x14,
  commandLineData: 0x15,
  setupAddress: 0x16,
  setupSize: 0x17,
  setupData: 0x18,
} as const;

/** Offsets in the setup header. */
const HEADER = {
  setupSectors: 0x1f1,
  protectedParagraphs: 0x1f4,
  videoMode: 0x1fa,
  bootFlag: 0x1fe,
  magic: 0x202,
  version: 0x206,
  loader: 0x210,
  loadFlags: 0x211,
  initrdAddress: 0x218,
  initrdSize: 0x21c,
  heapEnd: 0x224,
  commandLine: 0x228,
  initrdMaximum: 0x22c,
  extraLoadFlags: 0x236,
  commandLineMaximum: 0x238,
  preferredAddress: 0x258,
  initSize: 0x260,
  end: 0x264,
} as const;
const BOOT_FLAG = 0xaa55;
/** "HdrS" */
const MAGIC = 0x53726448;
const LOADED_HIGH = 0x01;
const CAN_USE_HEAP = 0x80;
const CAN_BE_LOADED_ABOVE_4G = 0x02;
/** "Other": a loader without a number of its own. */
const UNDEFINED_LOADER = 0xff;
/** Protocol versions that brought a field. */
const VERSION = {
  oldest: 0x0202,
  initrdMaximum: 0x0203,
  commandLineMaximum: 0x0206,
  initSize: 0x020a,
  extraLoadFlags: 0x020c,
} as const;
const SECTOR = 512;
const DEFAULT_SETUP_SECTORS = 4;
const MIB = 1024 * 1024;
const PAGE = 4096;

/** Real-mode code at 64 KiB, its heap and stack behind it, the command line behind those. */
const SETUP_ADDRESS = 0x10000;
const HEAP_END = 0xe000;
const COMMAND_LINE_ADDRESS = SETUP_ADDRESS + HEAP_END;
const COMMAND_LINE_ROOM = 0x2000;
const HIGH_ADDRESS = 0x100000;
const DEFAULT_COMMAND_LINE_MAXIMUM = 255;
const DEFAULT_INITRD_MAXIMUM = 0x37ffffff;
/** Firmware keeps its tables at the end of RAM. */
const FIRMWARE_TABLES = MIB;

interface Placed {
  readonly setup: Uint8Array;
  readonly system: Uint8Array;
  readonly initrd: Uint8Array;
  readonly initrdAddress: number;
  readonly commandLine: Uint8Array;
}

function refuse(part: LinuxBootError['part'], reason: string): never {
  throw new LinuxBootError(part, reason);
}

const mib = (bytes: number): string => `${String(Math.ceil(bytes / MIB))} MiB`;

/** Splits the image at the end of its real-mode part, after making sure that it is a whole bzImage. */
function splitKernel(kernel: Uint8Array): { setup: Uint8Array; system: Uint8Array; header: DataView } {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (kernel.length >= 4 && view.getUint32(0, false) === 0x7f454c46)
    refuse(
      'kernel',
      'it is an ELF file; give the bzImage that the kernel is packed in (Debian: /boot/vmlinuz-…)',
    );
  if (kernel.length < HEADER.end)
    refuse('kernel', `it is no Linux kernel: it has only ${String(kernel.length)} bytes`);
  if (view.getUint16(HEADER.bootFlag, true) !== BOOT_FLAG || view.getUint32(HEADER.magic, true) !== MAGIC)
    refuse('kernel', 'it is no Linux kernel: there is no setup header ("HdrS" at 0x202)');
  const version = view.getUint16(HEADER.version, true);
  if (version < VERSION.oldest)
    refuse(
      'kernel',
      `its boot protocol ${versionText(version)} is older than ${versionText(VERSION.oldest)}`,
    );
  if (((kernel[HEADER.loadFlags] ?? 0) & LOADED_HIGH) === 0)
    refuse('kernel', 'it is a zImage, which is loaded below 1 MiB; only a bzImage can be booted');
  const sectors = kernel[HEADER.setupSectors] ?? 0;
  const setupBytes = ((sectors === 0 ? DEFAULT_SETUP_SECTORS : sectors) + 1) * SECTOR;
  const systemBytes = view.getUint32(HEADER.protectedParagraphs, true) * 16;
  if (setupBytes > HEAP_END)
    refuse('kernel', `its setup code of ${String(setupBytes)} bytes leaves no room for a stack`);
  // The size in the header is rounded up to a paragraph.
  if (kernel.length + 15 < setupBytes + systemBytes)
    refuse(
      'kernel',
      `it is cut short: it has ${String(kernel.length)} bytes, its header tells of ${String(setupBytes + systemBytes)}`,
    );
  const setup = kernel.slice(0, setupBytes);
  return { setup, system: kernel.subarray(setupBytes), header: new DataView(setup.buffer) };
}

function versionText(version: number): string {
  return `${String(version >> 8)}.${String(version & 0xff).padStart(2, '0')}`;
}

/** Where the kernel ends once it runs: before this address nothing else may lie. */
function kernelEnd(header: DataView, systemBytes: number): number {
  const loaded = HIGH_ADDRESS + systemBytes;
  if (header.getUint16(HEADER.version, true) < VERSION.initSize) return loaded;
  const preferred = Number(header.getBigUint64(HEADER.preferredAddress, true));
  return Math.max(loaded, preferred + header.getUint32(HEADER.initSize, true));
}

/** The highest address that the last byte of the initrd may have. */
function initrdMaximum(header: DataView): number {
  const version = header.getUint16(HEADER.version, true);
  const anywhere =
    version >= VERSION.extraLoadFlags &&
    (header.getUint16(HEADER.extraLoadFlags, true) & CAN_BE_LOADED_ABOVE_4G) !== 0;
  if (anywhere) return 0xffffffff;
  return version >= VERSION.initrdMaximum
    ? header.getUint32(HEADER.initrdMaximum, true)
    : DEFAULT_INITRD_MAXIMUM;
}

function placeInitrd(initrd: Uint8Array, header: DataView, kernelEndAt: number, memoryBytes: number): number {
  const limit = Math.min(initrdMaximum(header) + 1, memoryBytes - FIRMWARE_TABLES);
  const address = Math.floor((limit - initrd.length) / PAGE) * PAGE;
  if (address < kernelEndAt) {
    const needed = Math.ceil((kernelEndAt + initrd.length + FIRMWARE_TABLES + PAGE) / MIB) * MIB;
    refuse(
      'initrd',
      needed > memoryBytes
        ? `its ${mib(initrd.length)} do not fit beside the kernel into ${mib(memoryBytes)} of memory; at least ${mib(needed)} are needed`
        : `its ${mib(initrd.length)} do not fit between the kernel and the highest address that the kernel allows, 0x${limit.toString(16)}`,
    );
  }
  return address;
}

function encodeCommandLine(text: string, header: DataView): Uint8Array {
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const allowed =
    header.getUint16(HEADER.version, true) >= VERSION.commandLineMaximum
      ? header.getUint32(HEADER.commandLineMaximum, true)
      : DEFAULT_COMMAND_LINE_MAXIMUM;
  const limit = Math.min(allowed, COMMAND_LINE_ROOM - 1);
  if (bytes.length > limit)
    refuse('command line', `it has ${String(bytes.length)} characters; this kernel takes ${String(limit)}`);
  const end = new Uint8Array(bytes.length + 1);
  end.set(bytes);
  return end;
}

const VIDEO_MODES: Readonly<Record<string, number>> = { normal: 0xffff, ext: 0xfffe, ask: 0xfffd };

/** `vga=` of the command line is for the boot loader: the mode that the kernel's setup code sets; null without it. */
function videoMode(commandLine: string): number | null {
  const value = / vga=(\S+)/.exec(` ${commandLine}`)?.[1];
  if (value === undefined) return null;
  const mode = VIDEO_MODES[value] ?? Number(value);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0xffff)
    refuse('command line', `vga=${value}: give normal, ext, ask or a number up to 0xffff`);
  return mode;
}

/** Decides where everything goes and completes the setup header. @throws {LinuxBootError} */
export function placeLinux(boot: LinuxBoot, memoryBytes: number): Placed {
  const { setup, system, header } = splitKernel(boot.kernel);
  const end = kernelEnd(header, system.length);
  if (end > memoryBytes - FIRMWARE_TABLES)
    refuse('kernel', `it needs ${mib(end + FIRMWARE_TABLES)} of memory; the machine has ${mib(memoryBytes)}`);
  const initrd = boot.initrd ?? new Uint8Array(0);
  const initrdAddress = initrd.length === 0 ? 0 : placeInitrd(initrd, header, end, memoryBytes);
  const commandLine = encodeCommandLine(boot.commandLine, header);
  const mode = videoMode(boot.commandLine);
  if (mode !== null) header.setUint16(HEADER.videoMode, mode, true);
  header.setUint8(HEADER.loader, UNDEFINED_LOADER);
  header.setUint8(HEADER.loadFlags, header.getUint8(HEADER.loadFlags) | CAN_USE_HEAP);
  header.setUint16(HEADER.heapEnd, HEAP_END - 0x200, true);
  header.setUint32(HEADER.commandLine, COMMAND_LINE_ADDRESS, true);
  header.setUint32(HEADER.initrdAddress, initrdAddress, true);
  header.setUint32(HEADER.initrdSize, initrd.length, true);
  return { setup, system, initrd, initrdAddress, commandLine };
}

/** Gives the firmware a kernel to boot before any disk. @throws {LinuxBootError} */
export function configureLinuxBoot(fwCfg: FwCfg, boot: LinuxBoot, memoryBytes: number): void {
  const { setup, system, initrd, initrdAddress, commandLine } = placeLinux(boot, memoryBytes);
  const number = (key: number, value: number): void => {
    fwCfg.setItem(key, new ByteWriter().u32(value).done());
  };
  const steps: LoadStep[] = [];
  const item = (
    data: number,
    address: [key: number, value: number],
    sizeKey: number,
    bytes: Uint8Array,
  ): void => {
    number(...address);
    number(sizeKey, bytes.length);
    fwCfg.setItem(data, bytes);
    if (bytes.length > 0) steps.push({ item: data, address: address[1], sizeBytes: bytes.length });
  };
  item(ITEM.setupData, [ITEM.setupAddress, SETUP_ADDRESS], ITEM.setupSize, setup);
  item(ITEM.kernelData, [ITEM.kernelAddress, HIGH_ADDRESS], ITEM.kernelSize, system);
  item(ITEM.initrdData, [ITEM.initrdAddress, initrdAddress], ITEM.initrdSize, initrd);
  item(
    ITEM.commandLineData,
    [ITEM.commandLineAddress, COMMAND_LINE_ADDRESS],
    ITEM.commandLineSize,
    commandLine,
  );
  number(ITEM.kernelEntry, HIGH_ADDRESS);
  fwCfg.setFile(LINUX_ROM_FILE, linuxBootRom(steps, { setupAddress: SETUP_ADDRESS, stackTop: HEAP_END }));
  fwCfg.setFile('bootorder', new TextEncoder().encode(`/rom@${LINUX_ROM_FILE}\0`));
}
