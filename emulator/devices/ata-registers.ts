/**
 * Names of the ATA task file's registers and bits, and the rules both kinds of drive share.
 * Source: ATA/ATAPI-6 (T13 1410D), 7.2 "Register descriptions", 9 "Protocol".
 */

/** Offsets in the command block. */
export const ATA = {
  data: 0,
  error: 1,
  features: 1,
  count: 2,
  lbaLow: 3,
  lbaMid: 4,
  lbaHigh: 5,
  device: 6,
  status: 7,
  command: 7,
} as const;

export const STATUS = {
  error: 0x01,
  dataRequest: 0x08,
  seekComplete: 0x10,
  fault: 0x20,
  ready: 0x40,
  busy: 0x80,
} as const;

export const ERROR = {
  addressMark: 0x01,
  trackZero: 0x02,
  abort: 0x04,
  idNotFound: 0x10,
  uncorrectable: 0x40,
} as const;

export const DEVICE = { select: 0x10, lba: 0x40, obsolete: 0xa0 } as const;
export const CONTROL = { noInterrupt: 0x02, softReset: 0x04, highOrder: 0x80 } as const;

/** A device that passes its diagnostics. */
export const DIAGNOSTIC_PASSED = 0x01;
