/** A device that is called through registers, on the real processor: the board's side is in devices/. */
import { expect, it } from 'vitest';
import { createMachine } from './machine.ts';
import type { StopReason } from './types.ts';

/** Real-mode code: asks VMware's port for its version; exits with 1 when EAX and EBX are right, else with 2. */
const CODE = [
  ...[0x66, 0xb8, 0x68, 0x58, 0x4d, 0x56], //       mov eax, magic
  ...[0x66, 0xbb, 0xff, 0xff, 0xff, 0xff], //       mov ebx, -1
  ...[0x66, 0xb9, 0x0a, 0x00, 0x00, 0x00], //       mov ecx, 10
  ...[0xba, 0x58, 0x56, 0x66, 0xed], //             mov dx, 0x5658; in eax, dx
  ...[0x66, 0x3d, 0x06, 0x00, 0x00, 0x00], //       cmp eax, 6
  ...[0x75, 0x0d], //                               jne wrong
  ...[0x66, 0x81, 0xfb, 0x68, 0x58, 0x4d, 0x56], // cmp ebx, magic
  ...[0x75, 0x04], //                               jne wrong
  ...[0xb0, 0x01, 0xe6, 0xf4], //                   mov al, 1; out 0xf4, al
  ...[0xb0, 0x02, 0xe6, 0xf4, 0xf4], // wrong:      mov al, 2; out 0xf4, al; hlt
];
const ROM_BYTES = 0x20000;

it('reads and writes the registers of the IN that calls it', async () => {
  const bios = new Uint8Array(ROM_BYTES);
  bios.set(CODE, 0x10000);
  // jmp 0xf000:0
  bios.set([0xea, 0x00, 0x00, 0x00, 0xf0], ROM_BYTES - 16);
  const machine = await createMachine({
    memoryBytes: 16 * 1024 * 1024,
    firmware: { bios, vgaBios: new Uint8Array(4096) },
    drives: [],
    log: () => undefined,
  });
  const stopped = new Promise<StopReason>((resolve) => machine.on('stopped', resolve));
  machine.start();
  expect(await stopped).toEqual({ kind: 'debug-exit', code: (1 << 1) | 1 });
  machine.dispose();
});
