/**
 * ACPI mode (ACPI 6.4 sections 4.8.2.5 and 5.2.9): until the system asks for them, the power management registers and their
 * events belong to the firmware, which sees them by SMI. SCI_EN tells whose they are.
 */
import { pause } from '../../arch/x86_64/cpu';
import { inw, outb } from '../../arch/x86_64/ports';
import { nowNs } from '../../sched/clock';
import { Fadt } from './fadt';

const SCI_ENABLED: u32 = 1;
/** The firmware may take its time (Linux waits as long). */
const ENABLE_TIMEOUT_NS: u64 = 3_000_000_000;

let control: u32 = 0;
let smiCommand: u32 = 0;
let acpiEnable: u8 = 0;

/** `fadt` has at least Fadt.V1Bytes. */
export function acpiModeInit(fadt: usize): void {
  control = load<u32>(fadt, Fadt.Pm1aControl);
  smiCommand = load<u32>(fadt, Fadt.SmiCommand);
  acpiEnable = load<u8>(fadt, Fadt.AcpiEnable);
}

function isEnabled(): bool {
  return control != 0 && (inw(<u16>control) & SCI_ENABLED) != 0;
}

/** Takes the registers over from the firmware, if that is still to be done; whether they are the system's now. */
export function acpiEnterMode(): bool {
  if (control == 0 || isEnabled() || smiCommand == 0 || acpiEnable == 0) return isEnabled();
  outb(<u16>smiCommand, acpiEnable);
  const deadline = nowNs() + ENABLE_TIMEOUT_NS;
  while (!isEnabled() && nowNs() < deadline) pause();
  return isEnabled();
}
