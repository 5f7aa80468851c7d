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

  /** Called whenever the line status is read. */
  onStatus = (): void => undefined;

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
        this.onStatus();
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
  entries: [
    'drivers/uart16550.ts',
    'drivers/uart-line.ts',
    'drivers/uart-output.ts',
    'drivers/uart-port.ts',
    'mm/kmalloc.ts',
    'lib/panic.ts',
    'sched/clock.ts',
    'arch/x86_64/irq.ts',
    'testing/doubles/wake-count.ts',
  ],
  replace: { ...standardDoubles, 'lib/panic.ts': 'testing/doubles/panic.ts' },
});

describe('uart16550', () => {
  let com1: FakeUart;
  let kernel: KernelModule;
  let port: number;
  let logged: string[];

  beforeEach(async () => {
    com1 = new FakeUart();
    logged = [];
    kernel = await instantiateKernel(wasm, {
      ports: {
        inb: (p: number) => (p >= 0x3f8 && p <= 0x3ff ? com1.read(p - 0x3f8) : 0xff),
        outb: (p: number, v: number) => {
          if (p >= 0x3f8 && p <= 0x3ff) com1.write(p - 0x3f8, v);
        },
      },
      log: {
        text: (line: number, length: number) => logged.push(kernel.text(line, length)),
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
  const log = (text: string): unknown => kernel.fn('uartLog')(port, kernel.putString(text), text.length);
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

  /** Each look at the line status takes this long; returns how often it was looked at. */
  const passTime = (millisecondsALook: number): (() => number) => {
    let looks = 0;
    com1.onStatus = () => {
      looks++;
      kernel.fn('advanceClock')(BigInt(millisecondsALook * 1e6));
    };
    return () => looks;
  };

  it('gives up on a transmitter that takes nothing for ten seconds, and waits for it no more until it does', () => {
    com1.ready = false;
    const looks = passTime(1);
    kernel.fn('uartWritePolled')(port, kernel.putString('never'), 5);
    expect(sent()).toBe('');
    expect(looks()).toBeGreaterThanOrEqual(10_000);
    expect(looks()).toBeLessThan(11_000);
    const before = looks();
    kernel.fn('uartWritePolled')(port, kernel.putString('never'), 5);
    expect(looks() - before).toBe(1);
    com1.ready = true;
    kernel.fn('uartWritePolled')(port, kernel.putString('again'), 5);
    expect(sent()).toBe('again');
  });

  it('does not give up while only the processor was away', () => {
    com1.ready = false;
    const looks = passTime(60_000);
    const status = com1.onStatus;
    com1.onStatus = () => {
      status();
      com1.ready = looks() > 5000;
    };
    kernel.fn('uartWritePolled')(port, kernel.putString('late'), 4);
    expect(sent()).toBe('late');
  });

  it('waits longer for the last words of a panic, which come after what was queued', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.ready = false;
    send('before ');
    const looks = passTime(1);
    const status = com1.onStatus;
    com1.onStatus = () => {
      status();
      com1.ready = looks() % 20_000 === 0;
    };
    kernel.fn('setPanicking')();
    log('the end\n');
    expect(sent()).toBe('before the end\r\n');
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

  it('wakes who waits for the last byte, also when it was written at once and nothing is queued', () => {
    start();
    com1.autoDrain = false;
    expect(send('bye')).toBe(3);
    const before = kernel.fn('wakeCount')();
    expect(kernel.fn('uartSendPending')(port)).toBeGreaterThan(0);
    com1.drain();
    raise();
    expect(kernel.fn('wakeCount')()).toBeGreaterThan(before);
    expect(kernel.fn('uartSendPending')(port)).toBe(0);
    expect(com1.ier & 2).toBe(0);
  });

  it('queues lines of the log among the output of the terminal, in the order in which they came', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.ready = false;
    send('one ');
    log('two\n');
    send('three ');
    log('four ');
    log('five\n');
    log('\n');
    send('six');
    expect(com1.transmitted).toHaveLength(0);
    com1.ready = true;
    raise();
    expect(sent()).toBe('one two\r\nthree four five\r\n\r\nsix');
    expect(com1.ier & 2).toBe(0);
  });

  it('leaves out whole lines of the log that do not fit, keeps the oldest, and reports how many at that place', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.ready = false;
    const line = (n: number): string => `line ${n} ${'x'.repeat(80)}\n`;
    for (let n = 0; n < 1000; n++) log(line(n));
    expect(logged).toEqual([]);
    com1.ready = true;
    raise();
    const kept = sent().split('\r\n').length - 1;
    expect(kept).toBeGreaterThan(300);
    expect(sent()).toBe(Array.from({ length: kept }, (_, n) => line(n).replace('\n', '\r\n')).join(''));
    expect(logged).toEqual([`serial: lines dropped here because the port was too slow: ${1000 - kept}`]);
    log('after\n');
    raise();
    expect(sent().endsWith('after\r\n')).toBe(true);
    expect(com1.ier & 2).toBe(0);
  });

  it('ends a line of the log whose rest does not fit', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.ready = false;
    log('begins ');
    for (let n = 0; n < 40; n++) log('x'.repeat(1000));
    log(' ends\n');
    log('next\n');
    com1.ready = true;
    raise();
    expect(sent()).toMatch(/^begins x+\r\n$/);
    expect(logged).toEqual(['serial: lines dropped here because the port was too slow: 2']);
  });

  it('keeps lines of the log when the terminal forgets its output', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.ready = false;
    send('forgotten');
    log('kept\n');
    kernel.fn('uartDropOutput')(port);
    com1.ready = true;
    raise();
    expect(sent()).toBe('kept\r\n');
  });

  it('sends everything before the machine is turned off', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.ready = false;
    send('a');
    log('b\n');
    const looks = passTime(1);
    const status = com1.onStatus;
    com1.onStatus = () => {
      status();
      com1.ready = looks() > 5000;
    };
    kernel.fn('uartDrain')(port);
    expect(sent()).toBe('ab\r\n');
  });

  it('wakes who waits for the end of the output although a line of the log has sent it', () => {
    start();
    kernel.fn('uartQueueLog')(port);
    com1.autoDrain = false;
    send('a'.repeat(20));
    com1.drain();
    const before = kernel.fn('wakeCount')();
    com1.autoDrain = true;
    log('line\n');
    raise();
    expect(sent()).toBe(`${'a'.repeat(20)}line\r\n`);
    expect(kernel.fn('wakeCount')()).toBeGreaterThan(before);
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
