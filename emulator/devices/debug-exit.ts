/**
 * isa-debug-exit: a write ends the machine with status (value << 1) | 1, so that a guest can report a result.
 *
 * - Mapped at 0x501 (QEMU's default, one port wide here as there) and at 0xF4, where nearly every kernel's
 *   tests put it.
 * Source: QEMU hw/misc/debugexit.c (behaviour: iobase 0x501, iosize 2, reads as 0).
 */
import type { AccessSize, PortHandler } from '../machine/bus.ts';

export class DebugExit implements PortHandler {
  readonly #exit: (code: number) => void;

  constructor(exit: (code: number) => void) {
    this.#exit = exit;
  }

  portRead(): number {
    return 0;
  }

  portWrite(_port: number, _sizeBytes: AccessSize, value: number): void {
    this.#exit(((value << 1) | 1) >>> 0);
  }
}
