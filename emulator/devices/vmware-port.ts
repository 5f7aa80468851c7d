/**
 * VMware's backdoor port 0x5658: a 32-bit IN whose registers are the call. Here: the version, the size of memory, and
 * the absolute pointer of vmware-mouse.ts.
 *
 * - EAX holds the magic number, ECX the command in its low half, EBX its argument; answers go to EAX to EDI.
 * - An IN without the magic number, of another size or with an unknown command leaves everything as it was, so that
 *   a guest that probes learns that the command is not there.
 * Source: VMware "Guest/host backdoor" as documented by open-vm-tools (backdoor_def.h, MIT/CDDL); QEMU's "vmport".
 */
import type { AccessSize, PortHandler } from '../machine/bus.ts';

export const VMWARE_PORT = 0x5658;
export const VMWARE_MAGIC = 0x564d5868;
export const GET_VERSION = 0x0a;
export const GET_MEMORY_SIZE = 0x14;
/** The protocol's version; and EBX of GET_MEMORY_SIZE. */
const VERSION = 6;
const MEMORY_SIZE_TAG = 0x1177;

/** The low halves of the processor's registers during a port access; writing clears the upper half. */
export interface BackdoorRegisters {
  read(register: BackdoorRegister): number;
  write(register: BackdoorRegister, value: number): void;
}
export type BackdoorRegister = 'eax' | 'ebx' | 'ecx' | 'edx' | 'esi' | 'edi';

/** A command: gets EBX, gives the new EAX. May write the other registers. */
export type BackdoorCommand = (argument: number, registers: BackdoorRegisters) => number;

export class VmwarePort implements PortHandler {
  readonly #registers: BackdoorRegisters;
  readonly #commands: ReadonlyMap<number, BackdoorCommand>;

  constructor(
    registers: BackdoorRegisters,
    memoryBytes: number,
    commands: Iterable<readonly [number, BackdoorCommand]>,
  ) {
    this.#registers = registers;
    this.#commands = new Map<number, BackdoorCommand>([
      [
        GET_VERSION,
        () => {
          registers.write('ebx', VMWARE_MAGIC);
          return VERSION;
        },
      ],
      [
        GET_MEMORY_SIZE,
        () => {
          registers.write('ebx', MEMORY_SIZE_TAG);
          return memoryBytes;
        },
      ],
      ...commands,
    ]);
  }

  portRead(_port: number, sizeBytes: AccessSize): number {
    const registers = this.#registers;
    const eax = registers.read('eax');
    if (sizeBytes !== 4 || eax !== VMWARE_MAGIC) return eax;
    const command = this.#commands.get(registers.read('ecx') & 0xffff);
    return command === undefined ? eax : command(registers.read('ebx'), registers) >>> 0;
  }

  portWrite(): void {
    // Commands are given by IN alone.
  }
}
