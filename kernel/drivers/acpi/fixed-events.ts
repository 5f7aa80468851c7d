/**
 * Fixed hardware events (ACPI 6.4 sections 4.8.3.1 and 4.8.2.2.1): PM1_STS and PM1_EN, and the interrupt that reports them,
 * the SCI. Of the events only the power button is wanted; all others, and the general-purpose ones (section 4.8.4.1),
 * which take an AML interpreter to handle, are switched off: an event that nobody clears would hold the line for ever.
 *
 * - The SCI is level-triggered (section 5.2.9, SCI_INT): a handler that leaves a status bit set is called again at once.
 * - A status bit is cleared by writing 1 to it. The registers may be split over two blocks, a and b: what is read is ORed.
 */
import { registerLevelIrq } from '../../arch/x86_64/irq';
import { inw, outb, outw } from '../../arch/x86_64/ports';
import { Fadt, FadtFlag } from './fadt';
import { acpiEnterMode } from './mode';

const POWER_BUTTON: u16 = 1 << 8;
/** TMR, GBL, PWRBTN, SLPBTN, RTC: the bits of PM1_EN that enable an event. */
const ALL_ENABLES: u16 = 0x0721;
/** The same in PM1_STS, and BM, PCIEXP_WAKE, WAK. */
const ALL_STATUS: u16 = 0xc731;
const PM1_EVENT_BYTES: u32 = 4;
const IRQ_LINES: u32 = 16;

let blockA: u32 = 0;
let blockB: u32 = 0;
/** PM1_EN follows PM1_STS, half a block later. */
let enableOffset: u32 = 0;
let powerButtonHandler: u32 = 0;

function read(offset: u32): u16 {
  const a = inw(<u16>(blockA + offset));
  return blockB == 0 ? a : a | inw(<u16>(blockB + offset));
}

function write(offset: u32, value: u16): void {
  outw(<u16>(blockA + offset), value);
  if (blockB != 0) outw(<u16>(blockB + offset), value);
}

function disableGeneralEvents(block: u32, bytes: u32): void {
  if (block == 0) return;
  for (let i = bytes / 2; i < bytes; i++) outb(<u16>(block + i), 0);
}

function onSci(_line: u32): void {
  if (!(read(0) & read(enableOffset) & POWER_BUTTON)) return;
  write(0, POWER_BUTTON);
  call_indirect<void>(powerButtonHandler);
}

/**
 * Lets `pressed` be called, in interrupt context, at each press of the power button; false when the machine described by
 * `fadt` (at least Fadt.V1Bytes) has no such button or does not hand its registers over.
 */
export function acpiWatchPowerButton(fadt: usize, pressed: () => void): bool {
  const line: u32 = load<u16>(fadt, Fadt.SciInterrupt);
  const bytes: u32 = load<u8>(fadt, Fadt.Pm1EventBytes);
  const absent: u32 = FadtFlag.PowerButtonDevice | FadtFlag.HardwareReduced;
  if ((load<u32>(fadt, Fadt.Flags) & absent) != 0) return false;
  blockA = load<u32>(fadt, Fadt.Pm1aEvent);
  blockB = load<u32>(fadt, Fadt.Pm1bEvent);
  if (blockA == 0 || bytes < PM1_EVENT_BYTES || line >= IRQ_LINES || !acpiEnterMode()) return false;
  enableOffset = bytes / 2;
  powerButtonHandler = pressed.index;
  disableGeneralEvents(load<u32>(fadt, Fadt.Gpe0), load<u8>(fadt, Fadt.Gpe0Bytes));
  disableGeneralEvents(load<u32>(fadt, Fadt.Gpe1), load<u8>(fadt, Fadt.Gpe1Bytes));
  const kept = read(enableOffset) & ~ALL_ENABLES;
  write(enableOffset, kept);
  // What happened before, such as the press that turned the machine on, is no request.
  write(0, ALL_STATUS);
  registerLevelIrq(line, onSci);
  write(enableOffset, kept | POWER_BUTTON);
  return true;
}
