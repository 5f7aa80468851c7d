/** The power button's registers, against a model of a board's PM1 blocks, GPE block and SMI command port. */
import { describe, expect, it } from 'vitest';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['drivers/acpi/fixed-events.fixture.ts', 'mm/kmalloc.ts'],
  replace: standardDoubles,
});

const SCI = 9;
const SMI_COMMAND = 0xb2;
const ACPI_ENABLE = 0xf1;
const CONTROL = 0x604;
const GPE0 = 0xafe0;
const TIMER = 0x001;
const BUTTON = 0x100;
const WAKE = 0x8000;

interface Block {
  readonly base: number;
  status: number;
  enable: number;
}

class Board {
  readonly blocks: Block[] = [{ base: 0x600, status: 0, enable: 0 }];
  readonly gpe = [0xff, 0xff, 0xff, 0xff];
  readonly smi: number[] = [];
  acpiMode = false;
  /** Looks at the control register before the firmware has handed over; Infinity: it never does. */
  handOverAfter = 3;
  kernel: KernelModule | null = null;

  /** What the SCI line is at. */
  get asserted(): boolean {
    return this.acpiMode && this.blocks.some(({ status, enable }) => (status & enable) !== 0);
  }

  /** A level-triggered line: the handler comes as long as it is up. Answers how often it came. */
  raise(): number {
    let calls = 0;
    for (; this.asserted && calls < 10; calls++) this.kernel?.fn('raiseIrq')(SCI);
    return calls;
  }

  press(block = 0): number {
    const at = this.blocks[block];
    if (at !== undefined) at.status |= BUTTON;
    return this.raise();
  }

  get presses(): number {
    return this.kernel?.fn('pressCount')() ?? -1;
  }

  read(port: number): number {
    if (port === CONTROL) {
      if (this.smi.includes(ACPI_ENABLE) && this.handOverAfter-- <= 0) this.acpiMode = true;
      return this.acpiMode ? 1 : 0;
    }
    for (const { base, status, enable } of this.blocks) {
      if (port === base) return status;
      if (port === base + 2) return enable;
    }
    throw new Error(`read of port ${port.toString(16)}`);
  }

  write(port: number, value: number): void {
    for (const block of this.blocks) {
      if (port === block.base) block.status &= ~value;
      else if (port === block.base + 2) block.enable = value;
      else continue;
      return;
    }
    throw new Error(`write to port ${port.toString(16)}`);
  }

  writeByte(port: number, value: number): void {
    if (port === SMI_COMMAND) this.smi.push(value);
    else if (port >= GPE0 && port < GPE0 + 4) this.gpe[port - GPE0] = value;
    else throw new Error(`write to port ${port.toString(16)}`);
  }
}

interface Description {
  readonly flags?: number;
  readonly sci?: number;
  readonly eventBytes?: number;
  readonly blockB?: number;
  readonly smiCommand?: number;
}

function fadt({
  flags = 0,
  sci = SCI,
  eventBytes = 4,
  blockB = 0,
  smiCommand = SMI_COMMAND,
}: Description): Buffer {
  const table = Buffer.alloc(116);
  table.writeUInt32LE(116, 4);
  table.writeUInt16LE(sci, 46);
  table.writeUInt32LE(smiCommand, 48);
  table.writeUInt8(ACPI_ENABLE, 52);
  table.writeUInt32LE(0x600, 56);
  table.writeUInt32LE(blockB, 60);
  table.writeUInt32LE(CONTROL, 64);
  table.writeUInt32LE(GPE0, 80);
  table.writeUInt8(eventBytes, 88);
  table.writeUInt8(4, 92);
  table.writeUInt32LE(flags, 112);
  return table;
}

async function start(board: Board, description: Description = {}): Promise<boolean> {
  const kernel = await instantiateKernel(wasm, {
    ports: {
      inw: (port: number) => board.read(port),
      outw: (port: number, value: number) => {
        board.write(port, value & 0xffff);
      },
      outb: (port: number, value: number) => {
        board.writeByte(port, value & 0xff);
      },
    },
  });
  board.kernel = kernel;
  return kernel.fn('watch')(kernel.put(fadt(description))) !== 0;
}

describe('the power button', () => {
  it('is heard once a press, and its status bit is cleared alone', async () => {
    const board = new Board();
    expect(await start(board)).toBe(true);
    expect(board.kernel?.fn('levelIrqs')()).toBe(1 << SCI);
    const [block] = board.blocks;
    if (block === undefined) throw new Error('no block');
    block.status = TIMER | WAKE;
    expect(board.press()).toBe(1);
    expect(board.presses).toBe(1);
    expect(block.status).toBe(TIMER | WAKE);
    expect(board.press()).toBe(1);
    expect(board.presses).toBe(2);
  });

  it('is the only event that stays enabled; what happened before is forgotten', async () => {
    const board = new Board();
    board.blocks[0] = { base: 0x600, status: BUTTON | TIMER | WAKE, enable: 0x4721 };
    expect(await start(board)).toBe(true);
    // PCIEXP_WAKE_DIS is no event and stays.
    expect(board.blocks[0]).toMatchObject({ status: 0, enable: 0x4000 | BUTTON });
    expect(board.gpe).toEqual([0xff, 0xff, 0, 0]);
    expect(board.raise()).toBe(0);
    expect(board.presses).toBe(0);
    board.kernel?.fn('raiseIrq')(SCI);
    expect(board.presses).toBe(0);
  });

  it('is heard from either of two blocks', async () => {
    const board = new Board();
    board.blocks.push({ base: 0x680, status: 0, enable: 0 });
    expect(await start(board, { blockB: 0x680 })).toBe(true);
    expect(board.press(1)).toBe(1);
    expect(board.press(0)).toBe(1);
    expect(board.presses).toBe(2);
  });
});

describe('ACPI mode', () => {
  it('is asked for once, and only when the firmware has the registers', async () => {
    const board = new Board();
    expect(await start(board)).toBe(true);
    expect(board.smi).toEqual([ACPI_ENABLE]);
    const already = new Board();
    already.acpiMode = true;
    expect(await start(already)).toBe(true);
    expect(already.smi).toEqual([]);
  });

  it('that does not come leaves the button alone', async () => {
    const stubborn = new Board();
    stubborn.handOverAfter = Infinity;
    expect(await start(stubborn)).toBe(false);
    const noCommand = new Board();
    expect(await start(noCommand, { smiCommand: 0 })).toBe(false);
    for (const { blocks, kernel } of [stubborn, noCommand]) {
      expect(blocks[0]?.enable).toBe(0);
      expect(kernel?.fn('levelIrqs')()).toBe(0);
    }
  });

  it('is not asked for where there is no such button', async () => {
    const absent: Description[] = [{ flags: 1 << 4 }, { flags: 1 << 20 }, { sci: 16 }, { eventBytes: 2 }];
    for (const description of absent) {
      const board = new Board();
      expect(await start(board, description)).toBe(false);
      expect(board.smi).toEqual([]);
    }
  });
});
