/** Registers and commands of an ATA channel on a PC (ATA/ATAPI-6, T13/1410D, chapters 7 and 8). */

/** Offsets from the command block's base port. */
export const enum AtaReg {
  Data = 0,
  Error = 1,
  /** Written. */
  Features = 1,
  SectorCount = 2,
  LbaLow = 3,
  LbaMid = 4,
  LbaHigh = 5,
  Device = 6,
  /** Read: acknowledges the interrupt. */
  Status = 7,
  /** Written. */
  Command = 7,
}

export const enum AtaStatus {
  Error = 0x01,
  DataRequest = 0x08,
  DeviceFault = 0x20,
  Ready = 0x40,
  Busy = 0x80,
}

/** The control block's only register: alternate status when read, device control when written. */
export const enum AtaControl {
  NoInterrupts = 0x02,
  SoftwareReset = 0x04,
}

export const enum AtaCommand {
  ReadSectors = 0x20,
  ReadSectorsExt = 0x24,
  ReadMultipleExt = 0x29,
  WriteSectors = 0x30,
  WriteSectorsExt = 0x34,
  WriteMultipleExt = 0x39,
  ReadMultiple = 0xc4,
  WriteMultiple = 0xc5,
  SetMultipleMode = 0xc6,
  ReadDma = 0xc8,
  WriteDma = 0xca,
  ReadDmaExt = 0x25,
  WriteDmaExt = 0x35,
  SetFeatures = 0xef,
  FlushCache = 0xe7,
  FlushCacheExt = 0xea,
  IdentifyDevice = 0xec,
}

/** Subcommand of SET FEATURES: the transfer mode is in the sector count register. */
export const ATA_SET_TRANSFER_MODE: u32 = 0x03;

/** Bits of the device register: obsolete ones that old drives want set, LBA addressing, which drive. */
export const ATA_DEVICE_OBSOLETE: u32 = 0xa0;
export const ATA_DEVICE_LBA: u32 = 0x40;
export const ATA_DEVICE_SLAVE: u32 = 0x10;
