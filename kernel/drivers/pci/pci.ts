/**
 * What is on the PCI buses: enumeration at boot, and looking a function up by its class.
 *
 * Source: PCI Local Bus Specification 3.0, 6.1 and 6.2; PCI-to-PCI Bridge Architecture 1.2, 3.2. The firmware has
 * assigned addresses and bus numbers; they are used as they are.
 */
import { LOG_DEBUG, logBegin, logDec, logEnd, logHex, logStr } from '../../lib/log';
import { pciAddress, pciRead16, pciRead32, pciRead8, pciWrite32 } from './config';

const MAX_FUNCTIONS: u32 = 64;
const MAX_BUSES: u32 = 256;
const DEVICES: u32 = 32;
const FUNCTIONS: u32 = 8;
const ABSENT: u32 = 0xffff;
const CLASS_BRIDGE: u32 = 0x06;
const SUBCLASS_PCI_BRIDGE: u32 = 0x04;
const MULTI_FUNCTION: u32 = 0x80;
const BAR_IS_IO: u32 = 1;

const enum Register {
  VendorId = 0x00,
  DeviceId = 0x02,
  Command = 0x04,
  ProgIf = 0x09,
  Subclass = 0x0a,
  Class = 0x0b,
  HeaderType = 0x0e,
  Bar0 = 0x10,
  SecondaryBus = 0x19,
}

/** Bits of the command register. */
export const PCI_COMMAND_IO: u32 = 1;
export const PCI_COMMAND_MEMORY: u32 = 2;
export const PCI_COMMAND_BUS_MASTER: u32 = 4;

/** Addresses (config.ts) of the functions that were found. */
const functions = memory.data(64 * 4, 4);
let count: u32 = 0;
/** Bit per bus: a loop of bridges ends. */
const visited = memory.data(256, 1);

function add(address: u32): void {
  if (count == MAX_FUNCTIONS) return;
  store<u32>(functions + count * 4, address);
  count++;
  const identity = pciRead32(address, Register.VendorId);
  const classCode = pciRead32(address, 0x08) >> 8;
  logBegin(LOG_DEBUG, 'pci');
  logDec(address >> 8);
  logStr(':');
  logDec((address >> 3) & 31);
  logStr('.');
  logDec(address & 7);
  logStr(' ');
  logHex(identity);
  logStr(' class ');
  logHex(classCode);
  logEnd();
}

function scanFunction(address: u32): void {
  add(address);
  if (pciRead8(address, Register.Class) != CLASS_BRIDGE) return;
  if (pciRead8(address, Register.Subclass) == SUBCLASS_PCI_BRIDGE)
    scanBus(pciRead8(address, Register.SecondaryBus));
}

function scanBus(bus: u32): void {
  if (bus >= MAX_BUSES || load<u8>(visited + bus) != 0) return;
  store<u8>(visited + bus, 1);
  for (let device: u32 = 0; device < DEVICES; device++) {
    const first = pciAddress(bus, device, 0);
    if (pciRead16(first, Register.VendorId) == ABSENT) continue;
    const several = (pciRead8(first, Register.HeaderType) & MULTI_FUNCTION) != 0;
    const last: u32 = several ? FUNCTIONS : 1;
    for (let f: u32 = 0; f < last; f++) {
      const address = pciAddress(bus, device, f);
      if (pciRead16(address, Register.VendorId) != ABSENT) scanFunction(address);
    }
  }
}

/** Finds all functions. Once, before the drivers that look for theirs. */
export function pciInit(): void {
  scanBus(0);
}

export function pciCount(): u32 {
  return count;
}

/** Address of function `n` of pciCount(). */
export function pciAt(n: u32): u32 {
  return load<u32>(functions + n * 4);
}

/** The first function of this class and subclass, or -1. */
export function pciFindClass(classCode: u32, subclass: u32): i32 {
  for (let n: u32 = 0; n < count; n++) {
    const address = pciAt(n);
    if (pciRead8(address, Register.Class) == classCode && pciRead8(address, Register.Subclass) == subclass)
      return <i32>address;
  }
  return -1;
}

export function pciProgIf(address: u32): u32 {
  return pciRead8(address, Register.ProgIf);
}

/** The port range that base address register `n` names; 0 when it is memory or unset. */
export function pciPortBar(address: u32, n: u32): u32 {
  const bar = pciRead32(address, Register.Bar0 + n * 4);
  return bar & BAR_IS_IO ? bar & 0xfffc : 0;
}

/** Switches on what `bits` names (PCI_COMMAND_…). The status half of the dword is write-one-to-clear: zeroes keep it. */
export function pciEnable(address: u32, bits: u32): void {
  pciWrite32(address, Register.Command, (pciRead32(address, Register.Command) & 0xffff) | bits);
}
