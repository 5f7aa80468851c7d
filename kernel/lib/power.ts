/**
 * Turning the machine off and restarting it. Drivers that know how (ACPI) register; without one, restart goes through
 * the keyboard controller's reset line and then a triple fault, and power-off only halts.
 */
import { breakpoint, disableInterrupts, haltForever, loadIdt } from '../arch/x86_64/cpu';
import { outb } from '../arch/x86_64/ports';
import { logDrain, logWarn } from './log';

const KEYBOARD_COMMAND: u16 = 0x64;
/** i8042: pulse output line 0, which is the CPU's reset. */
const PULSE_RESET: u8 = 0xfe;

let powerOff: u32 = 0;
let restart: u32 = 0;

/** Both return only when they did not work. */
export function setPowerHandlers(off: () => void, again: () => void): void {
  powerOff = off.index;
  restart = again.index;
}

export function machinePowerOff(): void {
  logDrain();
  if (powerOff != 0) call_indirect<void>(powerOff);
  logWarn('power', 'this machine cannot be turned off by software: halted');
  logDrain();
  haltForever();
}

export function machineRestart(): void {
  logDrain();
  if (restart != 0) call_indirect<void>(restart);
  disableInterrupts();
  outb(KEYBOARD_COMMAND, PULSE_RESET);
  loadIdt(0, 0);
  breakpoint(); // no handler, no double-fault handler: the CPU shuts down and the board resets it
}

export function machineHalt(): void {
  logWarn('power', 'halted');
  logDrain();
  haltForever();
}
