/**
 * The local APIC's registers: where they lie and which bits software may write.
 * Source: Intel SDM vol. 3, table 10-1 and figures 10-6 to 10-23.
 */

/** Byte offsets from the base; each register has 16 bytes of its own. */
export const LAPIC = {
  id: 0x020,
  version: 0x030,
  taskPriority: 0x080,
  arbitrationPriority: 0x090,
  processorPriority: 0x0a0,
  eoi: 0x0b0,
  remoteRead: 0x0c0,
  logicalDestination: 0x0d0,
  destinationFormat: 0x0e0,
  spurious: 0x0f0,
  inService: 0x100,
  triggerMode: 0x180,
  interruptRequest: 0x200,
  errorStatus: 0x280,
  commandLow: 0x300,
  commandHigh: 0x310,
  timer: 0x320,
  thermal: 0x330,
  performance: 0x340,
  lint0: 0x350,
  lint1: 0x360,
  error: 0x370,
  initialCount: 0x380,
  currentCount: 0x390,
  divide: 0x3e0,
} as const;

export const LVT = {
  vector: 0xff,
  remoteIrr: 0x4000,
  levelTriggered: 0x8000,
  masked: 0x10000,
} as const;

/** The local vector table in the order of its registers, with the writable bits of each. */
export const LVT_WRITABLE: ReadonlyMap<number, number> = new Map([
  [LAPIC.timer, 0x700ff],
  [LAPIC.thermal, 0x107ff],
  [LAPIC.performance, 0x107ff],
  [LAPIC.lint0, 0x1a7ff],
  [LAPIC.lint1, 0x1a7ff],
  [LAPIC.error, 0x100ff],
]);

export const SPURIOUS = { vector: 0xff, enabled: 0x100, writable: 0x3ff } as const;

/** Bits of the error status register. */
export const LAPIC_ERROR = {
  sendIllegalVector: 0x20,
  receiveIllegalVector: 0x40,
  illegalRegister: 0x80,
} as const;

/** Version 14h (integrated), six entries in the local vector table, no suppression of EOI broadcasts. */
export const LAPIC_VERSION = 0x00050014;

/** Interrupt command register, low half: what can be written, and its fields. */
export const COMMAND = {
  writable: 0x000ccfff,
  logical: 0x0800,
  assert: 0x4000,
  levelTriggered: 0x8000,
  shorthandShift: 18,
} as const;

export const SHORTHAND = { none: 0, self: 1, all: 2, allButSelf: 3 } as const;

export const APIC_BASE_ENABLE = 0x800n;
/** 40 physical address bits. */
export const APIC_BASE_ADDRESS = 0xff_ffff_f000n;
export const LAPIC_BASE = 0xfee00000;
export const APIC_BASE_AT_RESET = 0xfee00900n;
