/**
 * Runs the standing CPU benchmark on the processor alone: a board with RAM, a boot ROM of a few instructions
 * and a UART that is always ready.
 *
 * `--help` says how to call it.
 *
 * The image is bench32.img or bench64.img: a boot sector, then the payload, loaded at 0x10000 and entered in
 * 32-bit protected mode. It prints "S name" and "E name result tsc" on COM1.
 */
import { readFileSync } from 'node:fs';
import { createVcpu } from '../emulator/cpu/vcpu.ts';
import { bareHost } from '../emulator/cpu/testing/bare-host.ts';
import { readCommandLine, type Synopsis, WrongWords } from './lib/command-line.ts';

const RAM_BYTES = 128 << 20;
const PAYLOAD = 0x10000;
const ROM_BASE = 0xffff0000;
const ROM_BYTES = 0x10000;

const SYNOPSIS: Synopsis<'translator' | 'check' | 'statistics'> = {
  command: 'node bench/interpreter.ts',
  purpose:
    'The programs of bench/cpu on the processor alone. SCALE multiplies their work, MASK (hexadecimal) chooses them by\n' +
    'their bits, BUDGET is the length of a slice in instructions; bench/cpu/make-image.ts makes an IMAGE.',
  options: {
    translator: { help: 'translate what is hot' },
    check: { value: 'N', help: 'compare every Nth run of translated code with the interpreter' },
    statistics: { help: 'what was translated' },
  },
  words: { names: 'IMAGE [SCALE [MASK [BUDGET]]]', least: 1, most: 4 },
};

/** Real mode at the reset vector to flat 32-bit protected mode at PAYLOAD. */
function bootRom(): Uint8Array {
  const rom = new Uint8Array(ROM_BYTES);
  rom.set([0xe9, 0x0d, 0x00], 0xfff0);
  // cli; lgdt [cs:0x100]; mov eax,cr0; or al,1; mov cr0,eax; jmp 8:pm
  rom.set(
    [0xfa, 0x66, 0x2e, 0x0f, 0x01, 0x16, 0x00, 0x01, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0],
    0,
  );
  rom.set([0x66, 0xea, 0x40, 0x00, 0xff, 0xff, 0x08, 0x00], 16);
  // mov ax,16; mov ds,es,ss,fs,gs; mov esp,0x80000; mov eax,PAYLOAD; jmp eax
  rom.set([0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0x8e, 0xe0, 0x8e, 0xe8], 0x40);
  rom.set([0xbc, 0x00, 0x00, 0x08, 0x00, 0xb8, 0x00, 0x00, 0x01, 0x00, 0xff, 0xe0], 0x4e);
  rom.set([0x17, 0x00, 0x10, 0x01, 0xff, 0xff], 0x100);
  rom.set([0xff, 0xff, 0, 0, 0, 0x9a, 0xcf, 0], 0x118);
  rom.set([0xff, 0xff, 0, 0, 0, 0x92, 0xcf, 0], 0x120);
  return rom;
}

/** Processor time of this thread: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function main(): Promise<void> {
  const values = readCommandLine(SYNOPSIS, (line) => {
    const [imagePath = '', scale = '1', mask = 'ffffffff', budget = '1000000'] = line.words;
    for (const [name, word] of Object.entries({ SCALE: scale, BUDGET: budget }))
      if (!/^[1-9]\d{0,8}$/.test(word))
        throw new WrongWords(`${name} ${word}: give a whole number of at least 1`);
    if (!/^[0-9a-f]{1,8}$/i.test(mask))
      throw new WrongWords(`MASK ${mask}: give up to eight digits, hexadecimal`);
    return {
      words: [imagePath, scale, mask, budget] as const,
      translator: line.flag('translator'),
      check: line.text('check') === undefined ? undefined : line.count('check'),
      statistics: line.flag('statistics'),
    };
  });
  const [imagePath, scale, mask, budget] = values.words;
  const checked = values.check === undefined ? {} : { checkEvery: values.check };
  const translator = values.translator || values.check !== undefined ? checked : null;
  const image = readFileSync(imagePath);
  const config = image.indexOf('BENCHCFG');
  image.writeUInt32LE(Number(scale), config + 8);
  image.writeUInt32LE(parseInt(mask, 16) >>> 0, config + 12);

  let line = '';
  const state = { done: false };
  let started = 0;
  let startedCount = 0n;
  const onLine = (text: string): void => {
    const [kind, name = '', result = ''] = text.split(' ');
    if (kind === 'S') {
      started = cpuMs();
      startedCount = vcpu.instructionCount;
    } else if (kind === 'E') {
      const ms = cpuMs() - started;
      const count = vcpu.instructionCount - startedCount;
      const mips = Number(count) / ms / 1000;
      console.log(
        `${name.padEnd(10)} ${result} ${(ms / 1000).toFixed(3)} s ${mips.toFixed(0).padStart(5)} MIPS`,
      );
    } else if (kind === 'DONE') {
      state.done = true;
      vcpu.requestYield();
    }
  };
  const startTime = performance.now();
  const vcpu = await createVcpu(
    RAM_BYTES,
    bareHost({
      portRead: (port) => (port === 0x3fd ? 0x60 : 0xff),
      portWrite: (port, _size, value) => {
        if (port !== 0x3f8) return;
        if (value === 10) {
          onLine(line);
          line = '';
        } else line += String.fromCharCode(value & 0xff);
      },
      timestampCounter: () => BigInt(Math.round((performance.now() - startTime) * 1e6)),
      log: (level, message) => {
        console.error(`${level}: ${message}`);
      },
    }),
    { translator },
  );
  const bytes = new Uint8Array(vcpu.memory.buffer);
  const rom = vcpu.allocateBacking(ROM_BYTES);
  bytes.set(bootRom(), rom);
  bytes.set(image.subarray(512), vcpu.ramOffset + PAYLOAD);
  vcpu.mapPages(0, RAM_BYTES, 'ram', vcpu.ramOffset);
  vcpu.mapPages(ROM_BASE, ROM_BYTES, 'rom', rom);
  vcpu.reset('power-on');
  while (!state.done) {
    const result = vcpu.run(Number(budget));
    if (result === 'triple-fault' || result === 'halted') {
      const registers = [...vcpu.registers()].map(([name, value]) => `${name}=${value.toString(16)}`);
      throw new Error(`${result}: ${registers.join(' ')}`);
    }
  }
  if (values.statistics) console.log(vcpu.translatorStatistics);
}

await main();
