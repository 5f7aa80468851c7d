import { beforeEach, describe, expect, it } from 'vitest';
import { recordLine, type RecordedLine } from '../machine/testing.ts';
import { PicPair } from './pic8259.ts';

describe('8259 pair', () => {
  let intr: RecordedLine;
  let pic: PicPair;
  const out = (port: number, value: number): void => {
    (port < 0xa0 ? pic.master : pic.slave).portWrite(port, 1, value);
  };
  const inp = (port: number): number => (port < 0xa0 ? pic.master : pic.slave).portRead(port);
  const pulse = (irq: number): void => {
    pic.setIrq(irq, true);
    pic.setIrq(irq, false);
  };

  beforeEach(() => {
    intr = recordLine();
    pic = new PicPair(intr.line);
    pic.reset();
    out(0x20, 0x11);
    out(0x21, 0x20);
    out(0x21, 0x04);
    out(0x21, 0x01);
    out(0xa0, 0x11);
    out(0xa1, 0x28);
    out(0xa1, 0x02);
    out(0xa1, 0x01);
  });

  it('delivers an edge with the programmed vector and blocks lower ones until EOI', () => {
    pic.setIrq(4, true);
    expect(intr.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x24);
    expect(intr.level).toBe(false);
    pic.setIrq(5, true);
    expect(intr.level).toBe(false);
    pic.setIrq(1, true);
    expect(intr.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x21);
    out(0x20, 0x20);
    expect(intr.level).toBe(false);
    out(0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x25);
  });

  it('takes slave interrupts through the cascade', () => {
    pic.setIrq(14, true);
    expect(pic.acknowledge()).toBe(0x2e);
    out(0x20, 0x0b);
    expect(inp(0x20)).toBe(0x04);
    out(0xa0, 0x0b);
    expect(inp(0xa0)).toBe(0x40);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    expect(inp(0xa0)).toBe(0);
  });

  it('masks and unmasks', () => {
    out(0x21, 0xff);
    pic.setIrq(0, true);
    expect(intr.level).toBe(false);
    expect(inp(0x21)).toBe(0xff);
    out(0x21, 0xfe);
    expect(intr.level).toBe(true);
  });

  it('answers with the spurious vector when the request has gone, without setting ISR', () => {
    pulse(3);
    expect(intr.level).toBe(false);
    expect(pic.acknowledge()).toBe(0x27);
    out(0x20, 0x0b);
    expect(inp(0x20)).toBe(0);
  });

  it('gives one interrupt for a held edge line and again for a level line', () => {
    pic.setIrq(5, true);
    pic.acknowledge();
    out(0x20, 0x20);
    expect(intr.level).toBe(false);
    pic.setIrq(5, false);
    pic.elcr.portWrite(0x4d0, 1, 0x20);
    expect(pic.elcr.portRead(0x4d0, 1)).toBe(0x20);
    pic.setIrq(5, true);
    pic.acknowledge();
    out(0x20, 0x20);
    expect(intr.level).toBe(true);
    pic.setIrq(5, false);
    expect(intr.level).toBe(false);
  });

  it('refuses level triggering for the timer, keyboard and cascade inputs', () => {
    pic.elcr.portWrite(0x4d0, 1, 0xff);
    pic.elcr.portWrite(0x4d1, 1, 0xff);
    expect(pic.elcr.portRead(0x4d0, 1)).toBe(0xf8);
    expect(pic.elcr.portRead(0x4d1, 1)).toBe(0xde);
  });

  it('rotates priorities on rotate-EOI and set-priority', () => {
    pic.setIrq(3, true);
    pic.acknowledge();
    out(0x20, 0xa0);
    pic.setIrq(3, false);
    pic.setIrq(3, true);
    pic.setIrq(4, true);
    expect(pic.acknowledge()).toBe(0x24);
    out(0x20, 0x20);
    out(0x20, 0xc2);
    expect(pic.acknowledge()).toBe(0x23);
  });

  it('polls', () => {
    pic.setIrq(6, true);
    out(0x20, 0x0c);
    expect(inp(0x20)).toBe(0x86);
    out(0x20, 0x0c);
    expect(inp(0x20) & 0x80).toBe(0);
  });

  it('lets lower levels through in special mask mode', () => {
    pic.setIrq(1, true);
    pic.acknowledge();
    pic.setIrq(6, true);
    expect(intr.level).toBe(false);
    out(0x21, 0x02);
    out(0x20, 0x68);
    expect(intr.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x26);
  });

  it('ends interrupts by itself in automatic EOI mode', () => {
    out(0x20, 0x11);
    out(0x21, 0x20);
    out(0x21, 0x04);
    out(0x21, 0x03);
    pic.setIrq(2 + 1, true);
    pic.acknowledge();
    out(0x20, 0x0b);
    expect(inp(0x20)).toBe(0);
  });
});
