/**
 * The options of `breenix run`, shared in part by `npm run qemu`: one table makes the parser and the help.
 */
import path from 'node:path';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

interface OptionRow {
  readonly name: string;
  readonly value?: string;
  readonly multiple?: true;
  readonly help: string;
}

const optionTable = [
  {
    name: 'image',
    value: 'FILE',
    help: 'what to boot, a raw disk image or an ISO (default: the Breenix system image)',
  },
  {
    name: 'kernel',
    value: 'FILE',
    help: 'boot this Linux kernel (a bzImage) instead; no disk unless --image',
  },
  { name: 'initrd', value: 'FILE', help: "the kernel's initial RAM disk" },
  { name: 'append', value: 'TEXT', help: "the kernel's command line" },
  { name: 'disk', value: 'FILE', multiple: true, help: 'a further disk; may be given twice' },
  { name: 'cdrom', value: 'FILE', help: 'an ISO image in the CD-ROM drive' },
  { name: 'memory', value: 'SIZE', help: 'guest memory: 256, 256M or 1G (default 256M; 16M to 2G)' },
  { name: 'firmware', value: 'bios|uefi|FILE', help: 'what starts the machine (default bios)' },
  {
    name: 'uefi-variables',
    value: 'FILE',
    help: 'where UEFI keeps its variables (default IMAGE.uefi-variables)',
  },
  { name: 'headless', help: 'no window: the serial console is this terminal (the default of this command)' },
  {
    name: 'exec',
    value: 'COMMAND',
    help: "run COMMAND in the guest's shell, print its output, exit with its status",
  },
  { name: 'timeout', value: 'SECONDS', help: 'end the machine after this time with status 124' },
  { name: 'serial', value: 'stdio|file:PATH', help: 'where the serial port goes (default stdio)' },
  { name: 'screenshot', value: 'FILE.png', help: 'write the last screen there when the run ends' },
  {
    name: 'deterministic',
    help: 'time from the instruction count, the same run each time; idle time passes at once',
  },
  { name: 'no-translator', help: 'interpret all code instead of translating what is hot' },
  {
    name: 'check-translator',
    value: 'N',
    help: 'compare every Nth run of translated code with the interpreter; end at a difference',
  },
  {
    name: 'save-state',
    value: 'FILE',
    help: 'save the machine there when the run ends, and on SIGUSR1 or Ctrl-A S',
  },
  { name: 'load-state', value: 'FILE', help: 'go on with a saved machine instead of starting one' },
  {
    name: 'verbose',
    help: 'also print what the machine notes: firmware messages, unknown ports and registers',
  },
  { name: 'help', help: 'print this' },
] as const satisfies readonly OptionRow[];

/** Every option, in the order of the help. */
export const optionNames: readonly OptionName[] = optionTable.map((row) => row.name);

export type OptionName = (typeof optionTable)[number]['name'];

export type SerialTarget = { readonly kind: 'stdio' } | { readonly kind: 'file'; readonly path: string };

export interface KernelOptions {
  readonly kernel: string;
  readonly initrd: string | null;
  readonly append: string;
}

export interface RunOptions {
  readonly image: string | null;
  readonly linux: KernelOptions | null;
  readonly disks: readonly string[];
  readonly cdrom: string | null;
  readonly memoryBytes: number;
  readonly firmware: string;
  readonly uefiVariables: string | null;
  readonly exec: string | null;
  readonly timeoutMs: number | null;
  readonly serial: SerialTarget;
  readonly screenshot: string | null;
  readonly deterministic: boolean;
  readonly translator: false | { readonly checkEvery?: number };
  readonly saveState: string | null;
  readonly loadState: string | null;
  readonly verbose: boolean;
}

/** Two IDE channels of two drives: the system disk, two more, and the CD-ROM drive. */
const maximumExtraDisks = 2;
const mebibyte = 1024 * 1024;
const memoryLimits = { minimumBytes: 16 * mebibyte, maximumBytes: 2048 * mebibyte };

function parseMemory(text: string): number {
  const match = /^(\d+)([MG]?)(?:i?B)?$/i.exec(text);
  const factor = match?.[2]?.toUpperCase() === 'G' ? 1024 : 1;
  const bytes = match === null ? Number.NaN : Number(match[1]) * factor * mebibyte;
  if (!(bytes >= memoryLimits.minimumBytes && bytes <= memoryLimits.maximumBytes)) {
    throw new UsageError(`--memory ${text}: give MiB from 16 to 2048, for example 256, 256M or 1G`);
  }
  return bytes;
}

function parseTimeout(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  // setTimeout holds at most 2^31 - 1 milliseconds.
  if (!(seconds > 0 && seconds < 2_147_483)) {
    throw new UsageError(`--timeout ${text}: give seconds above 0, for example 60 or 2.5`);
  }
  return seconds * 1000;
}

function parseSerial(text: string): SerialTarget {
  if (text === 'stdio') return { kind: 'stdio' };
  const file = /^file:(.+)$/.exec(text)?.[1];
  if (file === undefined) throw new UsageError(`--serial ${text}: give stdio or file:PATH`);
  return { kind: 'file', path: path.resolve(file) };
}

function parseKernel(one: (name: OptionName) => string | null): KernelOptions | null {
  const [kernel, initrd, append] = [one('kernel'), one('initrd'), one('append')];
  if (kernel === null) {
    const given = initrd !== null ? '--initrd' : append !== null ? '--append' : null;
    if (given !== null) throw new UsageError(`${given} is for a kernel; give one with --kernel`);
    return null;
  }
  // A kernel reads bytes and no encoding.
  const bytes = Buffer.from(append ?? '').toString('latin1');
  if (bytes.includes('\0')) throw new UsageError('--append holds a NUL character');
  return {
    kernel: path.resolve(kernel),
    initrd: initrd === null ? null : path.resolve(initrd),
    append: bytes,
  };
}

function parseTranslator(off: boolean, check: string | null): RunOptions['translator'] {
  if (check === null) return off ? false : {};
  if (off) throw new UsageError('--check-translator and --no-translator exclude each other');
  const checkEvery = /^\d{1,9}$/.test(check) ? Number(check) : 0;
  if (checkEvery === 0)
    throw new UsageError(`--check-translator ${check}: give a number from 1, for example 100`);
  return { checkEvery };
}

/** Rejects what parseArgs takes silently: an option given twice, and an empty value. */
function single(values: readonly (string | boolean)[], name: string): string | null {
  if (values.length > 1) throw new UsageError(`--${name} is given ${values.length} times; give it once`);
  const [value] = values;
  if (value === '') throw new UsageError(`--${name} has an empty value`);
  return typeof value === 'string' ? value : null;
}

/** The help text for the options in `names`. */
export function optionHelp(names: readonly OptionName[]): string {
  return optionTable
    .filter((row) => names.includes(row.name))
    .map((row) => {
      const left = `  --${row.name}${'value' in row ? ` ${row.value}` : ''}`;
      return `${left.padEnd(30)}${row.help}`;
    })
    .join('\n');
}

/**
 * Parses the words after the command. Returns `null` when help was asked for.
 * @throws {UsageError} for anything that is not one of the options in `allowed`.
 */
export function parseRunOptions(words: readonly string[], allowed: readonly OptionName[]): RunOptions | null {
  const rows = optionTable.filter((row) => allowed.includes(row.name));
  const parsed = parseWords({
    args: [...words],
    strict: true,
    allowPositionals: false,
    options: Object.fromEntries(
      rows.map((row) => [
        row.name,
        { type: 'value' in row ? ('string' as const) : ('boolean' as const), multiple: true },
      ]),
    ),
  });
  const values: Partial<Record<string, (string | boolean)[]>> = parsed.values;
  const one = (name: OptionName): string | null => single(values[name] ?? [], name);
  if (values.help !== undefined) return null;
  const disks = (values.disk ?? []).map((value) => single([value], 'disk') ?? '');
  if (disks.length > maximumExtraDisks) {
    throw new UsageError(
      `--disk is given ${disks.length} times; the board has room for ${maximumExtraDisks} more disks`,
    );
  }
  const exec = one('exec');
  if (exec !== null && /[\r\n]/.test(exec)) {
    throw new UsageError('--exec takes one line; join commands with ;');
  }
  const screenshot = one('screenshot');
  if (screenshot !== null && !screenshot.endsWith('.png')) {
    throw new UsageError(`--screenshot ${screenshot}: only PNG is written; end the name in .png`);
  }
  const timeout = one('timeout');
  const resolve = (file: string | null): string | null => (file === null ? null : path.resolve(file));
  return {
    image: resolve(one('image')),
    linux: parseKernel(one),
    disks: disks.map((file) => path.resolve(file)),
    cdrom: resolve(one('cdrom')),
    memoryBytes: parseMemory(one('memory') ?? '256M'),
    firmware: one('firmware') ?? 'bios',
    uefiVariables: resolve(one('uefi-variables')),
    exec,
    timeoutMs: timeout === null ? null : parseTimeout(timeout),
    serial: parseSerial(one('serial') ?? 'stdio'),
    screenshot: resolve(screenshot),
    deterministic: values.deterministic !== undefined,
    translator: parseTranslator(values['no-translator'] !== undefined, one('check-translator')),
    saveState: resolve(one('save-state')),
    loadState: resolve(one('load-state')),
    verbose: values.verbose !== undefined,
  };
}
