/** Whole programs: TypeScript to ELF, run on this machine and looked at with the usual tools. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUT, relativeToRoot } from '../paths.ts';
import { AscError } from './asc/compile.ts';
import { ElfFile } from './elf.ts';
import { buildProgram, compileSources, type ProgramSpec } from './program.ts';

const START = `.globl _start
_start:
  xorl %ebp, %ebp
  call wasm_start
  call main
  movl %eax, %edi
  movl $60, %eax
  syscall
.globl rt_trap
rt_trap:
  addl $100, %edi
  movl $60, %eax
  syscall
.globl memcpy, memmove, memset, memcmp
memcpy:
memmove:
  movq %rdi, %rax
  movq %rdx, %rcx
  rep movsb
  ret
memset:
  movq %rdi, %r8
  movl %esi, %eax
  movq %rdx, %rcx
  rep stosb
  movq %r8, %rax
  ret
memcmp:
  ud2
`;
const IMPORTS = `static inline u64 console_write(u32 fd, u64 at, u64 n) {
  u64 r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(1), "D"((u64)fd), "S"(at), "d"(n) : "rcx", "r11", "memory");
  return r;
}
`;
const LINKER_SCRIPT = `ENTRY(_start)
SECTIONS {
  . = 0x10000000;
  .text : { *(.text .text.*) }
  .rodata ALIGN(4096) : { *(.rodata .rodata.*) }
  .asdata 0x10100000 : { *(.asdata) }
  .data : { *(.data .data.*) }
  .bss : { *(.bss .bss.*) }
}
`;
const CONSOLE = `export declare function write(fd: u32, at: usize, count: usize): u64;
export function print(text: string): void {
  const buffer = memory.data(128, 8);
  for (let i = 0; i < text.length; i++) store<u8>(buffer + i, <u8>text.charCodeAt(i));
  write(1, buffer, text.length);
}
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  print("abort");
  unreachable();
}
`;
const MAIN = `import { print } from "./console";
import { twice } from "./math";
let counter: u32 = 40;
type Operation = (x: u32) => u32;
function apply(operation: u32, x: u32): u32 {
  return call_indirect<u32>(operation, x);
}
export function main(): u32 {
  print("hel");
  print("lo\\n");
  const f: Operation = twice;
  counter += apply(f.index, 1);
  return counter;
}
`;
const MATH = `export function twice(x: u32): u32 {
  let result: u32 = 0;
  for (let i: u32 = 0; i < x; i++) {
    result += 2;
  }
  return result;
}
`;

let directory: string;
beforeAll(() => {
  mkdirSync(OUT, { recursive: true });
  // Inside the repository, because asc names files relative to it.
  directory = mkdtempSync(path.join(OUT, 'testprogram_'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  rmSync(path.join(OUT, 'native', 'test', path.basename(directory)), { recursive: true, force: true });
});

let programs = 0;

function specFor(files: Readonly<Record<string, string>>, changes: Partial<ProgramSpec> = {}): ProgramSpec {
  const folder = path.join(directory, `p${programs++}`);
  mkdirSync(folder);
  const all = {
    'start.S': START,
    'imports.h': IMPORTS,
    'user.ld': LINKER_SCRIPT,
    'console.ts': CONSOLE,
    ...files,
  };
  for (const [name, content] of Object.entries(all)) writeFileSync(path.join(folder, name), content);
  const source = relativeToRoot(folder);
  return {
    name: `test/${path.basename(directory)}`,
    entries: [`${source}/main.ts`],
    aliases: { abort: `${source}/console/abort` },
    memoryBase: 0x1010_0000n,
    floats: true,
    cFlags: ['-g'],
    assembly: [path.join(folder, 'start.S')],
    includeDir: folder,
    linkerScript: path.join(folder, 'user.ld'),
    linkFlags: ['-z', 'noexecstack'],
    singleUnit: false,
    symbolTable: true,
    output: path.join(folder, 'program'),
    debugOutput: path.join(folder, 'program.debug'),
    ...changes,
  };
}

async function build(
  files: Readonly<Record<string, string>>,
  changes: Partial<ProgramSpec> = {},
): Promise<ProgramSpec> {
  const spec = specFor(files, changes);
  await buildProgram(spec, await compileSources(spec));
  return spec;
}

function runProgram(spec: ProgramSpec): { output: string; status: number | null; signal: string | null } {
  const { stdout, status, signal } = spawnSync(spec.output, { encoding: 'utf8', timeout: 60_000 });
  return { output: stdout, status, signal };
}

function mainReturning(expression: string, more = ''): Readonly<Record<string, string>> {
  return {
    'main.ts': `import { print } from "./console";\n${more}\nexport function main(): u32 { print(""); return ${expression}; }\n`,
  };
}

describe('a program', () => {
  it.each([true, false])('runs, as one unit: %s', async (singleUnit) => {
    const spec = await build({ 'main.ts': MAIN, 'math.ts': MATH }, { singleUnit, symbolTable: !singleUnit });
    expect(runProgram(spec)).toEqual({ output: 'hello\n', status: 42, signal: null });
  });

  it('has TypeScript lines for gdb', async () => {
    const spec = await build({ 'main.ts': MAIN, 'math.ts': MATH });
    const commands = ['break main.ts:12', 'run', 'info source', 'info line', 'backtrace'];
    const output = execFileSync(
      'gdb',
      ['-batch', '-nx', ...commands.flatMap((c) => ['-ex', c]), spec.debugOutput],
      { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    expect(output).toMatch(/Breakpoint 1, main .*main\.ts:12/);
    expect(output).toContain(`${spec.entries[0]}`);
    const twice = new ElfFile(readFileSync(spec.debugOutput))
      .symbols()
      .find((s) => s.name.endsWith('math_twice'));
    const at = `0x${(twice?.address ?? 0n).toString(16)}`;
    const line = execFileSync('addr2line', ['-e', spec.debugOutput, at], { encoding: 'utf8' });
    expect(line).toMatch(/math\.ts:[123]\n/);
  });

  it('has a table of TypeScript names, ascending', async () => {
    const spec = await build({ 'main.ts': MAIN, 'math.ts': MATH });
    const elf = new ElfFile(readFileSync(spec.output));
    const symbols = elf.symbols();
    const table = symbols.find((s) => s.name === 'ksyms');
    const section = elf.sections.find((s) => s.name === '.rodata');
    if (!table || !section) throw new Error('there is no symbol table');
    const view = new DataView(section.bytes.buffer, section.bytes.byteOffset, section.bytes.length);
    const rows: { address: bigint; name: string }[] = [];
    for (let at = Number(table.address - section.address); ; at += 16) {
      const address = view.getBigUint64(at, true);
      if (address === 0n) break;
      const text = Number(view.getBigUint64(at + 8, true) - section.address);
      const end = section.bytes.indexOf(0, text);
      rows.push({ address, name: Buffer.from(section.bytes.subarray(text, end)).toString() });
    }
    const source = (spec.entries[0] ?? '').replace('/main.ts', '');
    const twice = symbols.find((s) => s.name.endsWith('math_twice'));
    expect(rows.map((r) => r.name)).toEqual(
      expect.arrayContaining([`${source}/main/main`, `${source}/math/twice`]),
    );
    expect(rows.find((r) => r.name.endsWith('/math/twice'))?.address).toBe(twice?.address);
    expect(rows.map((r) => r.address)).toEqual(
      rows.map((r) => r.address).toSorted((a, b) => (a < b ? -1 : 1)),
    );
  });

  it.each([
    ['unreachable()', 100],
    ['10 / load<u32>(cell)', 101],
    ['call_indirect<u32>(load<u32>(cell) + 999)', 102],
    ['call_indirect<u32>(load<u32>(cell))', 103],
  ])('traps at %s', async (expression, status) => {
    const spec = await build(mainReturning(expression, 'const cell = memory.data<u32>([0]);'));
    expect(runProgram(spec)).toMatchObject({ status });
  });

  it('widens what was loaded as i32 and cast to u32 without a sign', async () => {
    const more = `const cell = memory.data<i32>([-2]);
@unmanaged class Cell { value: i32 = 0; }
function widen(): u64 { return <u64>(<u32>load<i32>(cell)); }
function widenField(): u64 { return <u64>(<u32>changetype<Cell>(cell).value); }`;
    const high = '<u32>(widen() >> 32) * 10 + <u32>(widenField() >> 32) + 7';
    expect(runProgram(await build(mainReturning(high, more)))).toMatchObject({ status: 7 });
  });

  it('keeps the other units as they are when one function is added and data moves', async () => {
    const before = await compileUnits({ 'main.ts': MAIN, 'math.ts': MATH });
    const after = await compileUnits({
      'main.ts': MAIN.replace('print("hel");', 'print("more than before\\n");\n  print("hel");'),
      'math.ts': MATH,
    });
    const changed = [...after].filter(([name, text]) => before.get(name) !== text).map(([name]) => name);
    expect(changed.map((name) => name.replace(/.*_/, '')).sort()).toEqual(['main.c', 'module.c']);
  });
});

/** Generated C by unit; names of temporary folders are left out. */
async function compileUnits(files: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const spec = await build(files);
  const folder = path.join(OUT, 'native', spec.name);
  const own = new RegExp(`${path.basename(directory)}.${path.basename(path.dirname(spec.output))}.`, 'g');
  const names = readdirSync(folder);
  return new Map(
    names
      .filter((name) => name.endsWith('.c'))
      .map((name) => [name.replace(own, ''), readFileSync(path.join(folder, name), 'utf8').replace(own, '')]),
  );
}

describe('what cannot be built', () => {
  it("is refused with asc's message, file and line", async () => {
    const spec = specFor(mainReturning('nothing'));
    await expect(compileSources(spec)).rejects.toThrow(AscError);
    await expect(compileSources(spec)).rejects.toThrow(/Cannot find name 'nothing'[\s\S]*main\.ts\(3,/);
    await expect(compileSources({ ...spec, entries: ['out/none.ts'] })).rejects.toThrow(/out\/none\.ts/);
  });

  it('names the function that creates a managed object', async () => {
    const files = mainReturning('new Thing().x', 'class Thing { x: u32 = 1; }');
    await expect(build(files)).rejects.toThrow(/main.* creates a managed object/);
  });

  it('names the function that uses floating point where none may be', async () => {
    const files = mainReturning('<u32>(<f64>load<u32>(0x10100000) * 1.5)');
    await expect(build(files, { floats: false })).rejects.toThrow(/main\/main uses floating point/);
  });

  it('names an import that imports.h does not have, with the line of its use', async () => {
    const files = mainReturning('absent()', 'declare function absent(): u32;');
    await expect(build(files)).rejects.toThrow(/main\.ts:3.*error: .*main_absent/);
  });
});
