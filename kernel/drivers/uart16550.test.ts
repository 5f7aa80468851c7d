import { beforeEach, describe, expect, it } from 'vitest';
import { compileKernel, instantiateKernel, standardDoubles, type KernelModule } from '../testing/compile.ts';

/** As much of a PC16550D as the driver can see. */
class FakeUart {
  ier = 0;
  mcr = 0;
  lcr = 0;
  transmitted: number[] = [];
  incoming: number[] = [];
  /** Whether the transmitter takes bytes now. */
  ready = true;
  #inFifo = 0;

  get thre(): boolean {
    return this.ready && this.#inFifo === 0;
  }

  /** The transmitter has sent what was in its FIFO. */
  drain(): void {
    this.#inFifo = 0;
  }

  irq(): boolean {
    return ((this.ier & 1) !== 0 && this.incoming.length > 0) || ((this.ier & 2) !== 0 && this.thre);
  }

  read(reg: number): number {
    switch (reg) {
      case 0:
        return this.incoming.shift() ?? 0;
      case 1:
        return this.ier;
      case 2:
        return this.irq() ? 0xc4 : 0xc1;
      case 4:
        return this.mcr;
      case 5:
        return (this.incoming.length > 0 ? 1 | (this.errors.shift() ?? 0) : 0) | (this.thre ? 0x60 : 0);
      case 6:
        return (this.mcr & 0x10) !== 0 ? ((this.mcr & 2) << 3) | ((this.mcr & 8) << 4) : 0xb0;
      default:
        return 0;
    }
  }

  divisor = 0;
  fcr = 0;
  /** Line-status error bits that come with the next bytes. */
  errors: number[] = [];

  write(reg: number, value: number): void {
    if ((this.lcr & 0x80) !== 0 && reg < 2) {
      this.divisor = reg === 0 ? (this.divisor & 0xff00) | value : (this.divisor & 0xff) | (value << 8);
    } else if (reg === 2) this.fcr = value;
    if (reg === 0 && (this.lcr & 0x80) === 0) {
      if (this.#inFifo >= 16) throw new Error('transmit FIFO overrun');
      this.transmitted.push(value);
      this.#inFifo++;
      if (this.autoDrain) this.#inFifo = 0;
    } else if (reg === 1 && (this.lcr & 0x80) === 0) this.ier = value;
    else if (reg === 3) this.lcr = value;
    else if (reg === 4) this.mcr = value;
  }

  autoDrain = true;
}

const wasm = await compileKernel({
  entries: ['drivers/uart16550.ts', 'mm/kmalloc.ts', 'arch/x86_64/irq.ts', 'testing/doubles/wake-count.ts'],
  replace: standardDoubles,
});

describe('uart16550', () => {
  let com1: FakeUart;
  let kernel: KernelModule;
  let port: number;

  beforeEach(async () => {
    com1 = new FakeUart();
    kernel = await instantiateKernel(wasm, {
      ports: {
        inb: (p: number) => (p >= 0x3f8 && p <= 0x3ff ? com1.read(p - 0x3f8) : 0xff),
        outb: (p: number, v: number) => {
          if (p >= 0x3f8 && p <= 0x3ff) com1.write(p - 0x3f8, v);
        },
      },
    });
    kernel.fn('uartEarlyInit')();
    port = kernel.fn('uart')(0);
  });

  const start = (): void => void kernel.fn('uartStart')(port, kernel.fn('wakeCounter')(), 0);
  const raise = (): void => {
    for (let i = 0; i < 1000 && com1.irq(); i++) kernel.fn('raiseIrq')(4);
  };
  const send = (text: string): number => kernel.fn('uartSend')(port, kernel.putString(text), text.length);
  const sent = (): string => String.fromCharCode(...com1.transmitted);
  const drainReceived = (): string => {
    let out = '';
    for (let b = kernel.fn('uartReceive')(port); b >= 0; b = kernel.fn('uartReceive')(port))
      out += String.fromCharCode(b);
    return out;
  };

  it('finds the port that is there and not the one that is missing', () => {
    const text = kernel.putString('lost');
    kernel.fn('uartWritePolled')(kernel.fn('uart')(1), text, 4);
    kernel.fn('uartWritePolled')(port, text, 4);
    expect(sent()).toBe('lost');
    expect(com1.mcr).toBe(0x0b);
    expect(com1.lcr).toBe(3);
  });

  it('writes polled at most 16 bytes per empty transmitter', () => {
    const text = 'x'.repeat(100);
    kernel.fn('uartWritePolled')(port, kernel.putString(text), 100);
    expect(sent()).toBe(text);
  });

  it('gives up on a transmitter that never empties', () => {
    com1.ready = false;
    kernel.fn('uartWritePolled')(port, kernel.putString('never'), 5);
    expect(sent()).toBe('');
  });

  it('sends by interrupt and keeps the order with polled output', () => {
    start();
    com1.autoDrain = false;
    expect(send('a'.repeat(20))).toBe(20);
    expect(com1.transmitted).toHaveLength(16);
    com1.autoDrain = true;
    com1.drain();
    kernel.fn('uartWritePolled')(port, kernel.putString('LOG'), 3);
    expect(sent()).toBe('a'.repeat(20) + 'LOG');
    raise();
    expect(com1.ier & 2).toBe(0);
  });

  it('takes no more than its queue holds and wakes the writer when it drains', () => {
    start();
    com1.autoDrain = false;
    com1.ready = false;
    expect(send('b'.repeat(5000))).toBe(4096);
    expect(send('c')).toBe(0);
    com1.ready = true;
    com1.autoDrain = true;
    const before = kernel.fn('wakeCount')();
    raise();
    expect(kernel.fn('wakeCount')()).toBeGreaterThan(before);
    expect(sent()).toBe('b'.repeat(4096));
  });

  it('receives by interrupt and holds the sender back instead of losing bytes', () => {
    start();
    const text = Array.from({ length: 10000 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
    com1.incoming = [...text].map((c) => c.charCodeAt(0));
    raise();
    expect(com1.ier & 1).toBe(0); // full: the interrupt is off
    expect(com1.incoming.length).toBe(10000 - 4096);
    let got = '';
    for (let i = 0; i < 5; i++) {
      got += drainReceived();
      raise();
    }
    expect(got).toBe(text);
    expect(com1.ier & 1).toBe(1);
  });

  it('sets speed, size, parity and stop bits, and sends breaks', () => {
    kernel.fn('uartConfigure')(port, 9600, 7, 2, 2);
    expect(com1.divisor).toBe(12);
    expect(com1.lcr).toBe(0x02 | 0x04 | 0x08 | 0x10);
    kernel.fn('uartSetBreak')(port, 1);
    expect(com1.lcr & 0x40).toBe(0x40);
    kernel.fn('uartSetBreak')(port, 0);
    expect(com1.lcr & 0x40).toBe(0);
    kernel.fn('uartConfigure')(port, 1_000_000, 8, 1, 0);
    expect([com1.divisor, com1.lcr]).toEqual([1, 3]);
  });

  it('reports breaks and damaged bytes, each with its byte', () => {
    start();
    com1.incoming.push(0x41, 0x00, 0x42);
    com1.errors.push(0, 0x10, 0x04);
    raise();
    const status = (): number => kernel.fn('uartReceiveStatus')(port);
    expect([kernel.fn('uartReceive')(port), status()]).toEqual([0x41, 0]);
    expect([kernel.fn('uartReceive')(port), status()]).toEqual([0, 2]);
    expect([kernel.fn('uartReceive')(port), status()]).toEqual([0x42, 1]);
  });

  it('forgets output, and shows and sets the modem lines', () => {
    start();
    com1.autoDrain = false;
    send('x'.repeat(100));
    expect(kernel.fn('uartSendPending')(port)).toBe(84);
    kernel.fn('uartDropOutput')(port);
    com1.drain();
    expect(kernel.fn('uartSendPending')(port)).toBe(0);
    expect(com1.fcr & 4).toBe(4);
    expect(kernel.fn('uartModemGet')(port)).toBe(0x002 | 0x004 | 0x4000 | 0x020 | 0x100 | 0x040);
    kernel.fn('uartModemSet')(port, 0x004);
    expect(com1.mcr).toBe(0x0a);
  });
});
