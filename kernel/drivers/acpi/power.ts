/**
 * Turning the machine off and restarting it by ACPI (ACPI 6.4 sections 4.8.3, 4.8.3.6 and 5.2.9): the fixed hardware
 * registers that the FADT names. What is written to disks goes out first.
 */
import { mapDevice, CACHE_UNCACHED } from '../../mm/device-map';
import { write8 } from '../../arch/x86_64/mmio';
import { inw, outb, outw } from '../../arch/x86_64/ports';
import { pause } from '../../arch/x86_64/cpu';
import { cacheSync } from '../../block/write-back';
import { logInfo, logWarn } from '../../lib/log';
import { setPowerHandlers } from '../../lib/power';
import { nowNs } from '../../sched/clock';
import { TABLE_HEADER_BYTES, acpiFindTable, acpiMapTable, acpiTableLength } from './tables';
import { FADT_SIGNATURE, Fadt, FadtFlag } from './fadt';
import { acpiEnterMode, acpiModeInit } from './mode';
import { powerButtonInit } from './power-button';
import { acpiFindS5 } from './s5';

/** "DSDT". */
const DSDT_SIGNATURE: u32 = 0x54445344;

const SPACE_MEMORY: u8 = 0;
const SPACE_PORT: u8 = 1;

const SLEEP_TYPE_SHIFT: u32 = 10;
const SLEEP_TYPE_MASK: u32 = 7 << 10;
const SLEEP_ENABLE: u32 = 1 << 13;
const SLEEP_TIMEOUT_NS: u64 = 1_000_000_000;

/** The PC's reset control register: bit 1 a hard reset, bit 2 starts it. */
const RESET_CONTROL: u16 = 0xcf9;
const HARD_RESET: u8 = 0x02;
const START_RESET: u8 = 0x06;

let pm1a: u32 = 0;
let pm1b: u32 = 0;
let sleepTypes: i32 = -1;
let resetSpace: u8 = 0xff;
let resetAddress: u64 = 0;
let resetValue: u8 = 0;

function sleep(register: u32, type: u32): void {
  if (register == 0) return;
  const kept = inw(<u16>register) & ~(<u16>(SLEEP_TYPE_MASK | SLEEP_ENABLE));
  outw(<u16>register, <u16>(kept | (type << SLEEP_TYPE_SHIFT)));
  outw(<u16>register, <u16>(kept | (type << SLEEP_TYPE_SHIFT) | SLEEP_ENABLE));
}

function sync(): void {
  if (cacheSync() != 0) logWarn('power', 'not everything could be written to the disks');
}

function waitForEnd(): void {
  const deadline = nowNs() + SLEEP_TIMEOUT_NS;
  while (nowNs() < deadline) pause();
}

/** Returns only when it did not work. */
function powerOff(): void {
  sync();
  if (sleepTypes < 0) return;
  acpiEnterMode();
  sleep(pm1a, (<u32>sleepTypes) & 0xff);
  sleep(pm1b, (<u32>sleepTypes) >> 8);
  waitForEnd();
}

function resetByRegister(): void {
  if (resetSpace == SPACE_PORT) outb(<u16>resetAddress, resetValue);
  else if (resetSpace == SPACE_MEMORY) {
    const register = mapDevice(resetAddress, 1, CACHE_UNCACHED);
    if (register != 0) write8(register, resetValue);
  }
}

/** Returns only when it did not work: the caller goes on with the keyboard controller and a triple fault. */
function restart(): void {
  sync();
  resetByRegister();
  outb(RESET_CONTROL, HARD_RESET);
  outb(RESET_CONTROL, START_RESET);
  waitForEnd();
}

function readFadt(fadt: usize): void {
  const length = <i32>acpiTableLength(fadt);
  if (length < Fadt.V1Bytes) return;
  acpiModeInit(fadt);
  pm1a = load<u32>(fadt, Fadt.Pm1aControl);
  pm1b = load<u32>(fadt, Fadt.Pm1bControl);
  if (length >= Fadt.ResetEnd && (load<u32>(fadt, Fadt.Flags) & FadtFlag.ResetSupported) != 0) {
    resetSpace = load<u8>(fadt, Fadt.ResetSpace);
    resetAddress = load<u64>(fadt, Fadt.ResetAddress);
    resetValue = load<u8>(fadt, Fadt.ResetValue);
  }
  let dsdt: usize = 0;
  if (length >= Fadt.XDsdtEnd) dsdt = acpiMapTable(load<u64>(fadt, Fadt.XDsdt), DSDT_SIGNATURE);
  if (dsdt == 0) dsdt = acpiMapTable(load<u32>(fadt, Fadt.Dsdt), DSDT_SIGNATURE);
  if (dsdt != 0 && pm1a != 0)
    sleepTypes = acpiFindS5(dsdt + TABLE_HEADER_BYTES, acpiTableLength(dsdt) - TABLE_HEADER_BYTES);
  if (!powerButtonInit(fadt)) logInfo('acpi', 'no power button to listen to');
}

export function acpiPowerInit(): void {
  const fadt = acpiFindTable(FADT_SIGNATURE);
  if (fadt != 0) readFadt(fadt);
  setPowerHandlers(powerOff, restart);
  if (fadt == 0) logWarn('acpi', 'no tables: power-off will only halt');
  else if (sleepTypes < 0) logWarn('acpi', 'no soft-off state: power-off will only halt');
  else logInfo('acpi', "power-off and reset are the firmware's");
}
