import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostTime, hostTime } from './host-time.ts';
import { createMachine } from './machine.ts';
import type { VcpuFactory } from './powered-machine.ts';
import { ScriptedVcpu, type Script } from './scripted-vcpu.ts';
import { VirtualHostTime } from './testing.ts';
import type { BlockDevice, Machine, MachineConfig, StopReason } from './types.ts';
import type { VcpuHost } from './vcpu-types.ts';

const MIB = 1024 * 1024;

function config(extra: Partial<MachineConfig> = {}): MachineConfig {
  return {
    memoryBytes: 16 * MIB,
    firmware: { bios: new Uint8Array(256 * 1024).fill(0xb1), vgaBios: new Uint8Array(39936).fill(0x55) },
    drives: [],
    log: () => undefined,
    ...extra,
  };
}

/** What firmware does with the local APIC: enabled, LINT0 is where the 8259 interrupts. */
function virtualWire(host: VcpuHost): void {
  host.mmioWrite(0xfee000f0, 4, 0x1ff);
  host.mmioWrite(0xfee00350, 4, 0x700);
}

describe('machine', () => {
  let machine: Machine | null = null;
  let cpus: ScriptedVcpu[] = [];
  let time: VirtualHostTime;

  beforeEach(() => {
    time = new VirtualHostTime();
  });

  async function make(
    script: Script,
    extra: Partial<MachineConfig> = {},
    host: HostTime = time,
  ): Promise<Machine> {
    cpus = [];
    const factory: VcpuFactory = (ramBytes, vcpuHost) => {
      const cpu = new ScriptedVcpu(ramBytes, vcpuHost, script);
      cpus.push(cpu);
      return Promise.resolve(cpu);
    };
    machine = await createMachine(config(extra), factory, host);
    return machine;
  }
  /** Starts it; why it has stopped again within a tenth of a second, `null` when it has not. */
  async function startUntilStopped(m: Machine): Promise<StopReason | null> {
    let why: StopReason | null = null;
    m.on('stopped', (reason) => {
      why = reason;
    });
    m.start();
    await time.run(100);
    return why;
  }

  afterEach(() => {
    machine?.dispose();
    machine = null;
  });

  it('refuses impossible configurations', async () => {
    await expect(make(() => 'halted', { memoryBytes: 8 * MIB })).rejects.toThrow('16 MiB');
    await expect(make(() => 'halted', { memoryBytes: 16 * MIB + 1 })).rejects.toThrow(RangeError);
    const drive = { slot: 'ide0-master', kind: 'cdrom', medium: null } as const;
    await expect(make(() => 'halted', { drives: [drive, drive] })).rejects.toThrow('ide0-master');
  });

  it('shows the ROM at both ends, RAM between, and shadow RAM when the bridge says so', async () => {
    const seen: number[] = [];
    const m = await make((cpu) => {
      const { host } = cpu;
      cpu.write(0x7c00, 0x42);
      seen.push(cpu.read(0xfffffff0), cpu.read(0xf0000), cpu.read(0xc0000), cpu.read(0x7c00));
      cpu.write(0xf0000, 0x99);
      seen.push(cpu.read(0xf0000));
      host.portWrite(0xcf8, 4, 0x80000058);
      host.portWrite(0xcfd, 1, 0x20);
      cpu.write(0xf0000, 0x99);
      seen.push(cpu.read(0xf0000));
      host.portWrite(0xcfd, 1, 0x10);
      cpu.write(0xf0000, 0x77);
      seen.push(cpu.read(0xf0000));
      host.portWrite(0xf4, 1, 3);
      return 'yield';
    });
    expect(await startUntilStopped(m)).toEqual({ kind: 'debug-exit', code: 7 });
    expect(seen).toEqual([0xb1, 0xb1, 0xff, 0x42, 0xb1, 0xb1, 0x99]);
    expect(m.state).toBe('off');
  });

  it('shows video memory at its BAR and gives dirty bands of it', async () => {
    let step = 0;
    const m = await make((cpu) => {
      const { host } = cpu;
      const pci = (offset: number, value: number): void => {
        host.portWrite(0xcf8, 4, (0x80001000 | offset) >>> 0);
        host.portWrite(0xcfc, 4, value);
      };
      const dispi = (index: number, value: number): void => {
        host.portWrite(0x1ce, 2, index);
        host.portWrite(0x1cf, 2, value);
      };
      if (step === 0) {
        pci(0x10, 0xe0000000);
        pci(0x04, 3);
        dispi(1, 640);
        dispi(2, 480);
        dispi(3, 32);
        dispi(4, 0x41);
      } else if (step === 1) {
        // Line 100, pixel 5: blue, green, red.
        [0x10, 0x20, 0x30].forEach((v, i) => {
          cpu.write(0xe0000000 + (100 * 640 + 5) * 4 + i, v);
        });
      }
      step++;
      return 'halted';
    });
    m.start();
    await time.run(20);
    const first = m.takeFrame(false);
    expect(first).toMatchObject({ kind: 'pixels', width: 640, height: 480 });
    expect(first?.kind === 'pixels' && first.bands[0]?.height).toBe(480);
    expect(m.takeFrame(false)).toBeNull();
    m.key('KeyA', true);
    await time.run(20);
    const second = m.takeFrame(false);
    if (second?.kind !== 'pixels') throw new Error('no pixels');
    const [band] = second.bands;
    expect(second.bands).toHaveLength(1);
    expect(band?.y).toBeGreaterThan(95);
    expect((band?.y ?? 0) + (band?.height ?? 0)).toBeLessThan(105);
    const at = ((100 - (band?.y ?? 0)) * 640 + 5) * 4;
    expect([...(band?.rgba.subarray(at, at + 4) ?? [])]).toEqual([0x30, 0x20, 0x10, 0xff]);
  });

  /** A guest that programs the 8254 for a thousand interrupts a second and counts them. */
  function tickingGuest(): {
    script: Script;
    ticks: () => number;
    guestNs: () => number;
    sinceNs: () => number;
  } {
    let [ticks, guestNs, programmedNs] = [0, 0, -1];
    const script: Script = ({ host, interruptLine }) => {
      if (programmedNs < 0) {
        virtualWire(host);
        host.portWrite(0x20, 1, 0x11);
        host.portWrite(0x21, 1, 0x20);
        host.portWrite(0x21, 1, 0x04);
        host.portWrite(0x21, 1, 0x01);
        host.portWrite(0x21, 1, 0xfe);
        host.portWrite(0x43, 1, 0x34);
        host.portWrite(0x40, 1, 1193 & 0xff);
        host.portWrite(0x40, 1, 1193 >> 8);
        programmedNs = Number(host.timestampCounter());
      }
      if (interruptLine && host.acknowledgeInterrupt() === 0x20) {
        ticks++;
        host.portWrite(0x20, 1, 0x20);
      }
      guestNs = Number(host.timestampCounter());
      return 'halted';
    };
    return {
      script,
      ticks: () => ticks,
      guestNs: () => guestNs,
      sinceNs: () => guestNs - programmedNs,
    };
  }

  it('delivers a thousand timer interrupts a second and sleeps between them', async () => {
    const guest = tickingGuest();
    const m = await make(guest.script);
    m.start();
    const startMs = time.nowMs();
    await time.run(500);
    // The host is busy elsewhere: no tick may be lost.
    time.pass(100);
    await time.run(200);
    const elapsedMs = time.nowMs() - startMs;
    expect(elapsedMs).toBeGreaterThanOrEqual(800);
    expect(Math.abs(guest.ticks() - guest.sinceNs() / 1e6)).toBeLessThan(1.1);
    // Several ticks are served for each time that the host wakes: the last few may be waiting.
    expect(guest.guestNs() / 1e6).toBeGreaterThan(elapsedMs - 12);
    expect(guest.guestNs() / 1e6).toBeLessThanOrEqual(elapsedMs);
    expect(m.statistics.busySeconds).toBeLessThan(0.05 * (elapsedMs / 1e3));
  });

  it('has no tick before its time by the real clock of the host either', async () => {
    const guest = tickingGuest();
    const reached = Promise.withResolvers<undefined>();
    const counting: Script = (cpu) => {
      const result = guest.script(cpu);
      if (guest.ticks() === 150) reached.resolve(undefined);
      return result;
    };
    const m = await make(counting, {}, hostTime);
    const startMs = performance.now();
    m.start();
    await reached.promise;
    expect(guest.guestNs() / 1e6).toBeLessThanOrEqual(performance.now() - startMs);
    expect(guest.ticks() - guest.sinceNs() / 1e6).toBeLessThan(1.1);
  });

  it('ends the slice of a guest that answers on the serial line', async () => {
    const asked: number[] = [];
    const out: number[] = [];
    const m = await make((cpu) => {
      time.pass(0.1);
      // A pause is a millisecond and more.
      if (cpu.instructionCount % 5000n === 0n) {
        const before = cpu.yieldsAsked;
        cpu.host.portWrite(0x3f8, 1, 0x41);
        asked.push(cpu.yieldsAsked - before);
      }
      return 'yield';
    });
    m.on('serialOutput', (_port, bytes) => out.push(...bytes));
    m.start();
    await time.run(40);
    m.powerOff();
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.every((times) => times === 1)).toBe(true);
    expect(out).toHaveLength(asked.length);
  });

  it('passes keys, serial bytes and the power button to the guest, and its bytes out', async () => {
    const received: string[] = [];
    const m = await make((cpu) => {
      const { host } = cpu;
      if ((host.portRead(0x64, 1) & 1) !== 0) received.push(`key ${host.portRead(0x60, 1).toString(16)}`);
      if ((host.portRead(0x3fd, 1) & 1) !== 0) {
        const byte = host.portRead(0x3f8, 1);
        received.push(`serial ${String(byte)}`);
        host.portWrite(0x3f8, 1, byte + 1);
      }
      return 'halted';
    });
    const sent: number[] = [];
    m.on('serialOutput', (port, bytes) => {
      if (port === 0) sent.push(...bytes);
    });
    expect(m.key('KeyA', true)).toBe(false);
    m.start();
    expect(m.key('KeyA', true)).toBe(true);
    expect(m.key('NoSuchKey', true)).toBe(false);
    m.serialInput(0, Uint8Array.of(65));
    await time.run(20);
    expect(sent).toEqual([66]);
    expect(received).toEqual(['key 1e', 'serial 65']);
  });

  it('pauses, continues, resets and powers off', async () => {
    const states: string[] = [];
    let resets = 0;
    const m = await make((cpu) => {
      if (cpu.resets === 1) cpu.host.portWrite(0x64, 1, 0xfe);
      return 'halted';
    });
    m.on('stateChanged', (state) => states.push(state));
    m.on('guestReset', () => resets++);
    m.start();
    await time.run(20);
    expect(resets).toBe(1);
    expect(cpus[0]?.resets).toBe(2);
    m.pause();
    m.reset();
    await time.run(20);
    expect(cpus[0]?.resets).toBe(2);
    m.start();
    await time.run(20);
    expect(cpus[0]?.resets).toBe(3);
    m.powerOff();
    m.powerOff();
    expect(states).toEqual(['running', 'paused', 'running', 'off']);
    m.start();
    await time.run(20);
    expect(cpus).toHaveLength(2);
    expect(m.state).toBe('running');
  });

  it('resets although the processor shuts down before it notices', async () => {
    let resets = 0;
    const m = await make((cpu) => {
      if (cpu.resets > 1) return 'halted';
      cpu.host.portWrite(0xcf9, 1, 0x02);
      cpu.host.portWrite(0xcf9, 1, 0x06);
      return 'triple-fault';
    });
    m.on('guestReset', () => resets++);
    m.start();
    await time.run(30);
    expect([resets, m.state, cpus[0]?.resets]).toEqual([1, 'running', 2]);
  });

  it('says why it stopped', async () => {
    const fault = await make(() => 'triple-fault');
    expect(await startUntilStopped(fault)).toMatchObject({ kind: 'triple-fault', detail: 'rip=fff0' });
    const broken = await make(() => {
      throw new Error('the processor burst');
    });
    expect(await startUntilStopped(broken)).toMatchObject({
      kind: 'host-error',
      error: { message: 'the processor burst' },
    });
  });

  it('reads a disk by bus-master DMA', async () => {
    const medium: BlockDevice = {
      sectorSizeBytes: 512,
      sectorCount: 100,
      readOnly: false,
      read: (lba, into) => {
        into.fill(lba);
      },
      write: () => undefined,
      flush: () => undefined,
    };
    const seen: number[] = [];
    const m = await make(
      (cpu) => {
        const { host } = cpu;
        const pci = (offset: number, value: number): void => {
          host.portWrite(0xcf8, 4, (0x80000900 | offset) >>> 0);
          host.portWrite(0xcfc, 4, value);
        };
        pci(0x40, 0x80008000);
        pci(0x20, 0xc000);
        pci(0x04, 5);
        // One PRD: 512 bytes at 0x5000, the last.
        [0, 0x50, 0, 0, 0, 2, 0, 0x80].forEach((v, i) => {
          cpu.write(0x4000 + i, v);
        });
        host.portWrite(0xc004, 4, 0x4000);
        [1, 7, 0, 0, 0xe0, 0xc8].forEach((v, i) => {
          host.portWrite(0x1f2 + i, 1, v);
        });
        seen.push(host.portRead(0xc002, 1) & 7);
        host.portWrite(0xc000, 1, 0x09);
        seen.push(host.portRead(0xc002, 1) & 7, host.portRead(0x1f7, 1) & 0x89);
        seen.push(cpu.read(0x5000), cpu.read(0x51ff), cpu.read(0x5200));
        host.portWrite(0xf4, 1, 0);
        return 'yield';
      },
      { drives: [{ slot: 'ide0-master', kind: 'disk', medium }] },
    );
    await startUntilStopped(m);
    expect(seen).toEqual([0, 4, 0, 7, 7, 0]);
    expect(m.statistics.diskReadBytes).toBe(512);
  });
});
