/**
 * Why an ATAPI drive refused a packet: sense key, additional sense code and qualifier.
 * Source: SFF-8020i (INF-8020 2.6), table 140; MMC-3 (T10 1363-D), annex F.
 */
export type Sense = readonly [key: number, code: number, qualifier: number];

export const SENSE = {
  none: [0x00, 0x00, 0x00],
  noMediumTrayClosed: [0x02, 0x3a, 0x01],
  noMediumTrayOpen: [0x02, 0x3a, 0x02],
  unrecoveredRead: [0x03, 0x11, 0x00],
  illegalCommand: [0x05, 0x20, 0x00],
  addressOutOfRange: [0x05, 0x21, 0x00],
  illegalField: [0x05, 0x24, 0x00],
  removalPrevented: [0x05, 0x53, 0x02],
  mediumChanged: [0x06, 0x28, 0x00],
  wasReset: [0x06, 0x29, 0x00],
} as const satisfies Readonly<Record<string, Sense>>;
