/**
 * PCI configuration space by mechanism #1: an address register at 0xcf8 and a window at 0xcfc.
 *
 * Source: PCI Local Bus Specification 3.0, 3.2.2.3.2. The two ports are one unit: a spinlock holds them together.
 */
import { inl, outl } from '../../arch/x86_64/ports';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';

const ADDRESS: u16 = 0xcf8;
const DATA: u16 = 0xcfc;
const ENABLE: u32 = 0x80000000;

const lock = memory.data(4, 4);

/** Where a function is: bus << 8 | device << 3 | function. */
export function pciAddress(bus: u32, device: u32, func: u32): u32 {
  return (bus << 8) | (device << 3) | func;
}

/** The aligned dword at `offset` (0 to 252); all ones when there is no such function. */
export function pciRead32(address: u32, offset: u32): u32 {
  const flags = lockIrqSave(lock);
  outl(ADDRESS, ENABLE | (address << 8) | (offset & 0xfc));
  const value = inl(DATA);
  unlockIrqRestore(lock, flags);
  return value;
}

export function pciWrite32(address: u32, offset: u32, value: u32): void {
  const flags = lockIrqSave(lock);
  outl(ADDRESS, ENABLE | (address << 8) | (offset & 0xfc));
  outl(DATA, value);
  unlockIrqRestore(lock, flags);
}

export function pciRead16(address: u32, offset: u32): u32 {
  return (pciRead32(address, offset) >> ((offset & 2) * 8)) & 0xffff;
}

export function pciRead8(address: u32, offset: u32): u32 {
  return (pciRead32(address, offset) >> ((offset & 3) * 8)) & 0xff;
}
