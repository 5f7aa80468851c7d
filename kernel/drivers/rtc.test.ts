import { describe, expect, it } from 'vitest';
import { compileKernel, instantiateKernel, standardDoubles, type KernelModule } from '../testing/compile.ts';

const wasm = await compileKernel({ entries: ['drivers/rtc.ts', 'mm/kmalloc.ts'], replace: standardDoubles });

const bcd = (n: number): number => ((n / 10) << 4) | (n % 10);

interface Clock {
  time: Date;
  binary?: boolean;
  hours24?: boolean;
  century?: number;
  /** Called at each access to a register, with its number. */
  onRead?: (register: number, clock: Clock) => void;
  updating?: (reads: number) => boolean;
}

async function readClock(clock: Clock): Promise<number> {
  let index = 0;
  let statusReads = 0;
  const encode = (n: number): number => (clock.binary ? n : bcd(n));
  const hours = (): number => {
    const h = clock.time.getUTCHours();
    if (clock.hours24 ?? true) return encode(h);
    return encode(h % 12 === 0 ? 12 : h % 12) | (h >= 12 ? 0x80 : 0);
  };
  const kernel: KernelModule = await instantiateKernel(wasm, {
    ports: {
      outb: (_port: number, value: number) => {
        index = value;
      },
      inb: () => {
        clock.onRead?.(index, clock);
        const t = clock.time;
        switch (index) {
          case 0:
            return encode(t.getUTCSeconds());
          case 2:
            return encode(t.getUTCMinutes());
          case 4:
            return hours();
          case 7:
            return encode(t.getUTCDate());
          case 8:
            return encode(t.getUTCMonth() + 1);
          case 9:
            return encode(t.getUTCFullYear() % 100);
          case 10:
            return clock.updating?.(statusReads++) ? 0xa6 : 0x26;
          case 11:
            return (clock.binary ? 4 : 0) | ((clock.hours24 ?? true) ? 2 : 0);
          case 0x32:
            return clock.century ?? encode(Math.floor(t.getUTCFullYear() / 100));
          default:
            return 0;
        }
      },
    },
  });
  return Number(kernel.fn64('rtcReadSeconds')());
}

const at = (text: string): Date => new Date(`${text}Z`);
const seconds = (text: string): number => at(text).getTime() / 1000;

describe('CMOS clock', () => {
  it('reads BCD and binary, 24 and 12 hours', async () => {
    for (const binary of [false, true]) {
      for (const hours24 of [false, true]) {
        for (const text of [
          '2026-11-22T00:00:01',
          '2024-02-29T12:34:56',
          '1999-12-31T23:59:59',
          '2000-03-01T11:00:00',
        ]) {
          expect(await readClock({ time: at(text), binary, hours24 })).toBe(seconds(text));
        }
      }
    }
  });

  it('guesses the century when the board does not tell', async () => {
    expect(await readClock({ time: at('2026-01-02T03:04:05'), century: 0 })).toBe(
      seconds('2026-01-02T03:04:05'),
    );
    expect(await readClock({ time: at('1985-01-02T03:04:05'), century: 0xff })).toBe(
      seconds('1985-01-02T03:04:05'),
    );
  });

  it('waits for an update and notices one between two registers', async () => {
    const waiting = { time: at('2026-01-01T00:00:59'), updating: (reads: number) => reads < 50 };
    expect(await readClock(waiting)).toBe(seconds('2026-01-01T00:00:59'));
    let ticked = false;
    const torn = {
      time: at('2026-01-01T00:59:59'),
      onRead: (register: number, clock: Clock) => {
        if (register !== 4 || ticked) return; // after seconds and minutes were read
        ticked = true;
        clock.time = at('2026-01-01T01:00:00');
      },
    };
    expect(await readClock(torn)).toBe(seconds('2026-01-01T01:00:00'));
  });

  it('answers 0 for a clock that makes no sense, and never hangs', async () => {
    expect(await readClock({ time: at('2026-01-01T00:00:00'), updating: () => true })).toBe(
      seconds('2026-01-01T00:00:00'),
    );
    const broken = await instantiateKernel(wasm, { ports: { outb: () => undefined, inb: () => 0xff } });
    expect(Number(broken.fn64('rtcReadSeconds')())).toBe(0);
  });
});
