import { beforeEach, describe, expect, it } from 'vitest';
import { TestTime } from '../machine/testing.ts';
import { Pointer } from '../machine/pointer.ts';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { Ps2Mouse } from './ps2-mouse.ts';
import { VirtioTablet } from './virtio-tablet.ts';
import { VmwareMouse } from './vmware-mouse.ts';
import { VMWARE_MAGIC, VMWARE_PORT, VmwarePort, type BackdoorRegister } from './vmware-port.ts';

const MEMORY = 64 * 1024 * 1024;
const ENABLE = 0x45414552;
const DISABLE = 0xf5;
const ABSOLUTE = 0x53424152;
const RELATIVE = 0x4c455252;
const VERSION_ID = 0x3442554a;
const ERROR = 0xffff0000;

describe('VMware’s backdoor', () => {
  let registers: Record<BackdoorRegister, number>;
  let ps2: Ps2Mouse;
  let mouse: VmwareMouse;
  let pointer: Pointer;
  let port: VmwarePort;
  let modes: string[];

  const call = (command: number, argument = 0, magic = VMWARE_MAGIC): number => {
    Object.assign(registers, { eax: magic, ebx: argument, ecx: command });
    registers.eax = port.portRead(VMWARE_PORT, 4);
    return registers.eax;
  };
  const data = (words: number): number[] => {
    call(39, words);
    const { eax, ebx, ecx, edx } = registers;
    return [eax, ebx, ecx, edx].slice(0, words);
  };
  const toPs2 = (...bytes: readonly number[]): void => {
    for (const byte of bytes) ps2.receive(byte);
    while (ps2.take() !== undefined);
  };
  const interrupts = (): number[] => {
    const bytes: number[] = [];
    for (let byte = ps2.take(); byte !== undefined; byte = ps2.take()) bytes.push(byte);
    return bytes;
  };
  /** As Linux's driver begins. */
  const enable = (request = ABSOLUTE): void => {
    toPs2(0xf4);
    call(41, ENABLE);
    data(1);
    call(41, request);
  };

  beforeEach(() => {
    registers = { eax: 0, ebx: 0, ecx: 0, edx: VMWARE_PORT, esi: 0, edi: 0 };
    ps2 = new Ps2Mouse(new TestTime().timers);
    mouse = new VmwareMouse(() => {
      ps2.nudge();
    });
    port = new VmwarePort(
      {
        read: (register) => registers[register],
        write: (register, value) => (registers[register] = value),
      },
      MEMORY,
      mouse.commands,
    );
    const nowhere = { remove: (): void => undefined };
    const tablet = new VirtioTablet({
      memorySpace: { claimMmio: () => nowhere, claimBacking: () => nowhere },
      memory: { read: () => undefined, write: () => undefined, clear: () => undefined },
      interrupt: () => undefined,
    });
    pointer = new Pointer(ps2, mouse, tablet);
    modes = [];
    pointer.onMode = (mode) => modes.push(mode);
    ps2.reset();
    mouse.reset();
  });

  it('tells its version and the memory there is', () => {
    expect(call(10)).toBe(6);
    expect(registers.ebx).toBe(VMWARE_MAGIC);
    expect(call(20)).toBe(MEMORY);
  });

  it('leaves everything alone without the magic number, of other sizes and for unknown commands', () => {
    expect(call(10, 5, 0x1234)).toBe(0x1234);
    expect(registers.ebx).toBe(5);
    expect(call(0x7777, 5)).toBe(VMWARE_MAGIC);
    expect(registers.ebx).toBe(5);
    registers.ecx = 10;
    expect(port.portRead(VMWARE_PORT, 2)).toBe(VMWARE_MAGIC);
    expect(registers.ebx).toBe(5);
  });

  it('is off until it is enabled, and then gives its version first', () => {
    expect(call(40)).toBe(ERROR);
    call(41, ENABLE);
    expect(call(40)).toBe(1);
    expect(data(1)).toEqual([VERSION_ID]);
    expect(call(40)).toBe(0);
    call(41, DISABLE);
    expect(call(40)).toBe(ERROR);
  });

  it('tells places in packets of four words, each announced by the PS/2 mouse', () => {
    enable();
    pointer.moveTo(0, 65535, 0, 0);
    expect(interrupts()).toEqual([0x08, 0, 0]);
    pointer.moveTo(100, 200, -1, 1 | 2 | 4);
    expect(call(40)).toBe(8);
    expect(data(4)).toEqual([0, 0, 65535, 0]);
    expect(data(4)).toEqual([0x38, 100, 200, 0xffffffff]);
    expect(call(40)).toBe(0);
  });

  it('tells motion when the guest asked for that, upwards positive', () => {
    enable(RELATIVE);
    pointer.moveTo(1, 2, 0, 0);
    expect(call(40)).toBe(0);
    pointer.move(5, 3, 0, 1);
    expect(data(4)).toEqual([0x10020, 5, 0xfffffffd, 0]);
  });

  it('says what the guest listens to', () => {
    expect(pointer.mode).toBe('none');
    enable();
    expect(modes).toEqual(['relative', 'absolute']);
    call(41, RELATIVE);
    call(41, ABSOLUTE);
    toPs2(0xf5);
    expect(modes).toEqual(['relative', 'absolute', 'relative', 'absolute', 'none']);
    toPs2(0xf4);
    mouse.reset();
    expect(pointer.mode).toBe('relative');
  });

  it('fails a driver that has lost its place', () => {
    enable();
    pointer.moveTo(1, 2, 0, 0);
    expect(call(39, 5)).toBe(ERROR);
    expect(call(40) & ERROR).toBe(ERROR | 0);
    expect(pointer.mode).toBe('relative');
    call(39, 0);
    call(39, 7);
    expect(pointer.mode).toBe('relative');
  });

  it('keeps whole packets and the latest one when nobody empties the queue', () => {
    call(41, ENABLE);
    call(41, ABSOLUTE);
    for (let i = 0; i < 1000; i++) mouse.moveTo(i, 0, 0, 0);
    expect(call(40)).toBe(1021);
    data(1);
    let last: number[] = [];
    while (call(40) > 0) last = data(4);
    expect(last).toEqual([0, 999, 0, 0]);
  });

  it('is saved and goes on', () => {
    enable();
    pointer.moveTo(7, 8, 0, 0);
    const saved = saveFields(mouse);
    mouse.reset();
    expect(pointer.mode).toBe('relative');
    restoreFields(mouse, saved);
    expect(pointer.mode).toBe('absolute');
    expect(data(4)).toEqual([0, 7, 8, 0]);
  });
});
