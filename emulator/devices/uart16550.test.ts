import { beforeEach, describe, expect, it } from 'vitest';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { Uart16550 } from './uart16550.ts';

const CHARACTER_NS = 87_000;

describe('16550', () => {
  let time: TestTime;
  let irq: RecordedLine;
  let sent: number[];
  let uart: Uart16550;
  const read = (register: number): number => uart.portRead(0x3f8 + register);
  const write = (register: number, value: number): void => {
    uart.portWrite(0x3f8 + register, 1, value);
  };

  beforeEach(() => {
    time = new TestTime();
    irq = recordLine();
    sent = [];
    uart = new Uart16550(time.timers, irq.line, (byte) => sent.push(byte));
    uart.reset();
    write(3, 0x83);
    write(0, 1);
    write(1, 0);
    write(3, 0x03);
    write(4, 0x0b);
  });

  it('sends what is written and is empty again', () => {
    for (const c of 'hi') write(0, c.charCodeAt(0));
    expect(String.fromCharCode(...sent)).toBe('hi');
    expect(read(5) & 0x60).toBe(0x60);
  });

  it('keeps the divisor apart from data and interrupt enable', () => {
    write(3, 0x83);
    write(0, 0x0c);
    write(1, 0x00);
    expect(read(0)).toBe(0x0c);
    write(3, 0x03);
    write(1, 0x05);
    expect(read(1)).toBe(0x05);
    expect(sent).toEqual([]);
  });

  it('raises the transmitter interrupt when it is enabled and after each byte', () => {
    write(1, 0x02);
    expect(irq.level).toBe(true);
    expect(read(2) & 0x0f).toBe(0x02);
    expect(irq.level).toBe(false);
    write(0, 0x41);
    expect(irq.level).toBe(true);
  });

  it('loses nothing of a long paste, whatever the guest does', () => {
    write(2, 0x07);
    const paste = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);
    uart.receive(paste);
    const got: number[] = [];
    while (got.length < paste.length) {
      // Now and then the guest is away far longer than the FIFO is deep.
      time.advance(got.length % 7 === 0 ? 50 * CHARACTER_NS : CHARACTER_NS);
      while ((read(5) & 1) !== 0) got.push(read(0));
    }
    expect(got).toEqual([...paste]);
    expect(read(5) & 0x02).toBe(0);
  });

  it('takes a character from an idle line at once, those behind it one character time apart', () => {
    write(1, 0x01);
    uart.receive(Uint8Array.of(1, 2));
    expect(irq.level).toBe(true);
    expect(read(0)).toBe(1);
    expect(irq.level).toBe(false);
    time.advance(0.9 * CHARACTER_NS);
    expect(read(5) & 1).toBe(0);
    // A character that comes while the line is busy waits its turn too.
    uart.receive(Uint8Array.of(3));
    expect(read(5) & 1).toBe(0);
    time.advance(0.1 * CHARACTER_NS);
    // The guest takes its time: what waits comes as soon as there is room, with an edge of its own.
    time.advance(5 * CHARACTER_NS);
    const { rises } = irq;
    expect(read(0)).toBe(2);
    expect(irq.rises).toBe(rises + 1);
    expect(read(0)).toBe(3);
    expect(irq.level).toBe(false);
  });

  it('keeps the line busy when it is saved within a character', () => {
    write(2, 0x01);
    uart.receive(Uint8Array.of(1, 2));
    const states = [saveFields(uart), saveFields(time.timers)] as const;
    uart.reset();
    restoreFields(uart, states[0]);
    restoreFields(time.timers, states[1]);
    expect(read(0)).toBe(1);
    time.advance(0.9 * CHARACTER_NS);
    expect(read(5) & 1).toBe(0);
    time.advance(0.2 * CHARACTER_NS);
    expect(read(0)).toBe(2);
  });

  it('interrupts at the FIFO trigger, and by timeout below it', () => {
    write(2, 0x87);
    write(1, 0x01);
    uart.receive(new Uint8Array(8).fill(0x61));
    time.advance(6.5 * CHARACTER_NS);
    expect(irq.level).toBe(false);
    time.advance(CHARACTER_NS);
    expect(read(2) & 0x0f).toBe(0x04);
    for (let i = 0; i < 6; i++) read(0);
    expect(irq.level).toBe(false);
    time.advance(5 * CHARACTER_NS);
    expect(read(2) & 0x0f).toBe(0x0c);
    read(0);
    read(0);
    expect(irq.level).toBe(false);
  });

  it('identifies itself as a 16550 with FIFOs only when they are on', () => {
    expect(read(2) & 0xc0).toBe(0);
    write(2, 0x01);
    expect(read(2) & 0xc0).toBe(0xc0);
  });

  it('keeps the interrupt behind OUT2', () => {
    write(4, 0x03);
    write(1, 0x02);
    expect(irq.level).toBe(false);
    write(4, 0x0b);
    expect(irq.level).toBe(true);
  });

  it('loops back data and modem lines, and tells nobody outside', () => {
    write(4, 0x1f);
    write(0, 0x5a);
    expect(sent).toEqual([]);
    expect(read(5) & 1).toBe(1);
    expect(read(0)).toBe(0x5a);
    expect(read(6) & 0xf0).toBe(0xf0);
    write(4, 0x10);
    expect(read(6) & 0xf0).toBe(0x00);
  });

  it('reports an overrun in loopback without FIFO', () => {
    write(4, 0x10);
    write(0, 1);
    write(0, 2);
    expect(read(5) & 0x02).toBe(0x02);
    expect(read(5) & 0x02).toBe(0);
    expect(read(0)).toBe(2);
  });

  it('waits for a guest that lowers RTS', () => {
    write(4, 0x09);
    uart.receive(Uint8Array.of(1, 2));
    time.advance(10 * CHARACTER_NS);
    expect(read(5) & 1).toBe(0);
    write(4, 0x0b);
    time.advance(2 * CHARACTER_NS);
    expect(read(0)).toBe(1);
  });

  it('receives a break as a character of zeros with its errors, when it is that one’s turn', () => {
    write(2, 0xc1);
    write(1, 0x05);
    uart.receive(Uint8Array.of(0x41));
    time.advance(2 * CHARACTER_NS);
    uart.receiveBreak();
    // Of a character that waits behind another only bit 7 tells.
    expect(read(5)).toBe(0xe1);
    expect(irq.level).toBe(false);
    expect(read(0)).toBe(0x41);
    expect(read(2) & 0x0f).toBe(0x06);
    expect(read(5)).toBe(0xf9);
    expect(read(5)).toBe(0x61);
    expect(read(0)).toBe(0);
    expect(read(5)).toBe(0x60);
  });

  it('loops a break back once for each time that it begins', () => {
    write(4, 0x10);
    write(3, 0x43);
    write(3, 0x43);
    expect(read(5) & 0x9b).toBe(0x19);
    expect(read(0)).toBe(0);
    write(3, 0x03);
    expect(read(5) & 0x1f).toBe(0);
    uart.receiveBreak();
    expect(read(5) & 0x1f).toBe(0);
  });

  it.each([
    [0x01, 1],
    [0x41, 4],
    [0x81, 8],
    [0xc1, 14],
  ])('with FIFO control %d interrupts at %d characters', (control, level) => {
    write(2, control);
    write(1, 0x01);
    for (let i = 1; i <= level; i++) {
      expect(read(2) & 0x0f).toBe(0x01);
      // From inside, so that no time passes in which the time-out could come.
      write(4, 0x10);
      write(0, i);
      write(4, 0x0b);
    }
    expect(read(2) & 0x0f).toBe(0x04);
    read(0);
    expect(read(2) & 0x0f).toBe(0x01);
  });

  it('tells of the most urgent interrupt first, each until it is served', () => {
    write(4, 0x1b);
    write(1, 0x0f);
    write(0, 1);
    write(0, 2);
    write(4, 0x10);
    const pending = (): number => read(2) & 0x0f;
    expect(pending()).toBe(0x06);
    read(5);
    expect(pending()).toBe(0x04);
    read(0);
    expect(pending()).toBe(0x02);
    // Reading it was serving it.
    expect(pending()).toBe(0x00);
    read(6);
    expect(pending()).toBe(0x01);
  });

  it('notes which modem lines changed, of the ring only its end', () => {
    write(4, 0x10);
    read(6);
    write(4, 0x14);
    expect(read(6)).toBe(0x40);
    write(4, 0x10);
    expect(read(6)).toBe(0x04);
    write(4, 0x1b);
    expect(read(6)).toBe(0xbb);
    expect(read(6)).toBe(0xb0);
  });

  it('keeps the scratch register and ignores writes to the status registers', () => {
    write(7, 0x42);
    write(5, 0);
    expect(read(7)).toBe(0x42);
    expect(read(5) & 0x60).toBe(0x60);
  });
});
