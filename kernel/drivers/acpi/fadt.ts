/**
 * Where the fields of the FADT lie (ACPI 6.4, table 5.9), the fixed ACPI description table. A field is there only when the
 * table is long enough for it; everything up to Fadt.V1Bytes is in every version.
 */
/** "FACP". */
export const FADT_SIGNATURE: u32 = 0x50434146;

export const enum Fadt {
  Length = 4,
  Dsdt = 40,
  SciInterrupt = 46,
  SmiCommand = 48,
  AcpiEnable = 52,
  Pm1aEvent = 56,
  Pm1bEvent = 60,
  Pm1aControl = 64,
  Pm1bControl = 68,
  Gpe0 = 80,
  Gpe1 = 84,
  Pm1EventBytes = 88,
  Gpe0Bytes = 92,
  Gpe1Bytes = 93,
  Flags = 112,
  V1Bytes = 116,
  ResetSpace = 116,
  ResetAddress = 120,
  ResetValue = 128,
  ResetEnd = 129,
  XDsdt = 140,
  XDsdtEnd = 148,
}

export const enum FadtFlag {
  /** The power button is no fixed hardware but a device of the AML. */
  PowerButtonDevice = 1 << 4,
  ResetSupported = 1 << 10,
  /** There are no fixed registers at all. */
  HardwareReduced = 1 << 20,
}
