import { describe, expect, it } from 'vitest';
import { Ports } from '../machine/port-space.ts';
import { I440fx } from './i440fx.ts';
import { IrqLines } from './irq-lines.ts';
import { PciFunction } from './pci-function.ts';
import { PciHost } from './pci-host.ts';
import { Piix3Isa } from './piix3-isa.ts';

function setUp(): { ports: Ports; host: PciHost; logged: string[] } {
  const logged: string[] = [];
  const ports = new Ports((_level, text) => logged.push(text));
  const host = new PciHost();
  ports.claim('pci', 0xcf8, 8, host, 4);
  return { ports, host, logged };
}
const select = (ports: Ports, device: number, fn: number, offset: number): void => {
  ports.write(0xcf8, 4, (0x80000000 | (device << 11) | (fn << 8) | (offset & 0xfc)) >>> 0);
};

describe('PCI configuration', () => {
  it('finds functions by mechanism 1 and nothing elsewhere', () => {
    const { ports, host } = setUp();
    host.add(0, 0, new I440fx().pci);
    select(ports, 0, 0, 0);
    expect(ports.read(0xcfc, 4)).toBe(0x12378086);
    expect(ports.read(0xcfe, 2)).toBe(0x1237);
    expect(ports.read(0xcf8, 4)).toBe(0x80000000);
    select(ports, 5, 0, 0);
    expect(ports.read(0xcfc, 4)).toBe(0xffffffff);
    ports.write(0xcf8, 4, 0);
    expect(ports.read(0xcfc, 4)).toBe(0xffffffff);
    select(ports, 0, 0, 0x2c);
    expect(ports.read(0xcfc, 4)).toBe(0x11001af4);
  });

  it('sizes BARs and decodes them only while the command register allows', () => {
    const f = new PciFunction({ vendorId: 1, deviceId: 2, revision: 0, classCode: 0x030000 });
    f.defineBar(0, { kind: 'prefetchable', sizeBytes: 0x1000000 });
    f.defineBar(4, { kind: 'io', sizeBytes: 16 });
    f.write(0x10, 4, 0xffffffff);
    expect(f.get(0x10, 4)).toBe(0xff000008);
    f.write(0x20, 4, 0xffffffff);
    expect(f.get(0x20, 4)).toBe(0xfffffff1);
    f.write(0x10, 4, 0xfd000000);
    f.write(0x20, 4, 0xc000);
    expect(f.barAddress(0)).toBeNull();
    f.write(0x04, 2, 0x0002);
    expect(f.barAddress(0)).toBe(0xfd000000);
    expect(f.barAddress(4)).toBeNull();
    f.write(0x04, 2, 0x0003);
    expect(f.barAddress(4)).toBe(0xc000);
    f.write(0x00, 4, 0);
    expect(f.get(0, 2)).toBe(1);
  });

  it('reports shadow RAM segments as the PAM registers say', () => {
    const bridge = new I440fx();
    let changes = 0;
    bridge.onShadowChange = () => changes++;
    expect(bridge.shadow().every((s) => !s.readRam && !s.writeRam)).toBe(true);
    bridge.pci.write(0x59, 1, 0x30);
    bridge.pci.write(0x5a, 1, 0x12);
    expect(changes).toBe(2);
    const segments = bridge.shadow();
    expect(segments.at(-1)).toEqual({ base: 0xf0000, sizeBytes: 0x10000, readRam: true, writeRam: true });
    expect(segments[0]).toMatchObject({ base: 0xc0000, readRam: false, writeRam: true });
    expect(segments[1]).toMatchObject({ base: 0xc4000, readRam: true, writeRam: false });
  });

  it('routes PCI interrupts and resets through port 0xCF9', () => {
    const levels = new Map<number, number>();
    const irqs = new IrqLines(16, (irq, asserted) => levels.set(irq, asserted ? 1 : 0));
    let resets = 0;
    const isa = new Piix3Isa(
      (irq) => irqs.wire(irq),
      () => resets++,
    );
    isa.pirq(0, true);
    expect(levels.size).toBe(0);
    isa.pci.write(0x60, 1, 0x0b);
    expect(levels.get(11)).toBe(1);
    isa.pci.write(0x60, 1, 0x0a);
    expect([levels.get(10), levels.get(11)]).toEqual([1, 0]);
    isa.portWrite(0xcf9, 1, 0x02);
    expect(resets).toBe(0);
    isa.portWrite(0xcf9, 1, 0x06);
    expect(resets).toBe(1);
  });
});

describe('ports', () => {
  it('float when nobody is there, and say so once', () => {
    const { ports, logged } = setUp();
    expect([ports.read(0x300, 1), ports.read(0x300, 2), ports.read(0x300, 4)]).toEqual([
      0xff, 0xffff, 0xffffffff,
    ]);
    ports.write(0x300, 1, 1);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('0x300');
  });

  it('split wide accesses to narrow devices', () => {
    const { ports } = setUp();
    const written: [number, number][] = [];
    const handler = {
      portRead: (port: number) => port & 0xff,
      portWrite: (port: number, _size: number, value: number) => void written.push([port, value]),
    };
    ports.claim('narrow', 0x200, 2, handler);
    expect(ports.read(0x200, 2)).toBe(0x0100);
    expect(ports.read(0x200, 4)).toBe(0xffff0100);
    ports.write(0x200, 2, 0xbbaa);
    expect(written).toEqual([
      [0x200, 0xaa],
      [0x201, 0xbb],
    ]);
  });

  it('give back what a removed claim covered', () => {
    const { ports } = setUp();
    const constant = (value: number) => ({ portRead: () => value, portWrite: () => undefined });
    ports.claim('below', 0x100, 8, constant(1));
    const above = ports.claim('above', 0x104, 8, constant(2));
    expect([0x103, 0x104, 0x10b].map((p) => ports.read(p, 1))).toEqual([1, 2, 2]);
    above.remove();
    above.remove();
    expect([0x103, 0x104, 0x10b].map((p) => ports.read(p, 1))).toEqual([1, 1, 0xff]);
  });
});
