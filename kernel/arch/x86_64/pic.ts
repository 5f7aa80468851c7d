/**
 * The two 8259A interrupt controllers, moved to vectors 32–47.
 * Source: Intel 8259A datasheet (ICW1–ICW4, OCW1–OCW3); the edge/level control registers: Intel 82371AB (PIIX4) data sheet.
 */
import { inb, outb } from './ports';
import { VECTOR_IRQ_BASE } from './idt';

const MASTER_COMMAND: u16 = 0x20;
const MASTER_DATA: u16 = 0x21;
const SLAVE_COMMAND: u16 = 0xa0;
const SLAVE_DATA: u16 = 0xa1;
const ICW1_INIT_ICW4: u8 = 0x11;
const ICW4_8086: u8 = 0x01;
const OCW2_EOI: u8 = 0x20;
const OCW3_READ_ISR: u8 = 0x0b;
const CASCADE_LINE: u32 = 2;
const MASTER_LEVEL: u16 = 0x4d0;
const SLAVE_LEVEL: u16 = 0x4d1;
/** Timer, keyboard, cascade, clock, coprocessor: these are edge-triggered on every board. */
const ALWAYS_EDGE: u32 = 0x2107;

/** All lines masked except the cascade. */
export function picInit(): void {
  outb(MASTER_COMMAND, ICW1_INIT_ICW4);
  outb(SLAVE_COMMAND, ICW1_INIT_ICW4);
  outb(MASTER_DATA, <u8>VECTOR_IRQ_BASE);
  outb(SLAVE_DATA, <u8>(VECTOR_IRQ_BASE + 8));
  outb(MASTER_DATA, bit(CASCADE_LINE));
  outb(SLAVE_DATA, <u8>CASCADE_LINE);
  outb(MASTER_DATA, ICW4_8086);
  outb(SLAVE_DATA, ICW4_8086);
  outb(MASTER_DATA, ~bit(CASCADE_LINE));
  outb(SLAVE_DATA, 0xff);
}

export function picUnmask(line: u32): void {
  const port = line < 8 ? MASTER_DATA : SLAVE_DATA;
  outb(port, inb(port) & ~bit(line & 7));
}

/** Makes the line level-triggered; boards before PCI have no register for it, and then all bits read as 1. */
export function picSetLevel(line: u32): void {
  const levels = (<u32>inb(MASTER_LEVEL)) | ((<u32>inb(SLAVE_LEVEL)) << 8);
  if ((levels & ALWAYS_EDGE) != 0 || (ALWAYS_EDGE >> line) & 1) return;
  const port = line < 8 ? MASTER_LEVEL : SLAVE_LEVEL;
  outb(port, inb(port) | bit(line & 7));
}

export function picMask(line: u32): void {
  const port = line < 8 ? MASTER_DATA : SLAVE_DATA;
  outb(port, inb(port) | bit(line & 7));
}

export function picEndOfInterrupt(line: u32): void {
  if (line >= 8) outb(SLAVE_COMMAND, OCW2_EOI);
  outb(MASTER_COMMAND, OCW2_EOI);
}

/**
 * Lines 7 and 15 also signal "the request went away": then the in-service bit is clear and no EOI is due, except to
 * the master for its cascade line.
 */
export function picIsSpurious(line: u32): bool {
  if ((line & 7) != 7) return false;
  const port = line < 8 ? MASTER_COMMAND : SLAVE_COMMAND;
  outb(port, OCW3_READ_ISR);
  if (inb(port) & 0x80) return false;
  if (line >= 8) outb(MASTER_COMMAND, OCW2_EOI);
  return true;
}

function bit(line: u32): u8 {
  return <u8>((<u32>1) << line);
}
