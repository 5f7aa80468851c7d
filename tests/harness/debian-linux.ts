/**
 * Debian's Linux as a guest: its kernel, the modules that a machine needs, and RAM disks that are made of them.
 *
 * - Kernel and modules are files of the build cache, unmodified; nothing of them is part of this repository.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from '../../build/cache.ts';
import { debianBinary } from '../../build/foreign/debian.ts';

export interface DebianKernel {
  /** The bzImage. */
  readonly kernel: string;
  /** As in `uname -r`. */
  readonly version: string;
  readonly modules: string;
}

/** One file or directory of a RAM disk. */
export interface RamDiskEntry {
  readonly name: string;
  /** Type and permissions as in stat(2). */
  readonly mode: number;
  readonly content?: Uint8Array;
}

const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;

/** The newest kernel of a meta package such as linux-image-amd64. Throws when the package index has none. */
export function debianKernel(metaPackage: string): DebianKernel {
  const depends = execFileSync('apt-cache', ['depends', metaPackage], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`${metaPackage} is not in the package index: apt-get update`);
  const tree = debianBinary(name);
  const boot = path.join(tree, 'boot');
  const file = readdirSync(boot).find((entry) => entry.startsWith('vmlinuz-'));
  if (file === undefined) throw new Error(`${boot} has no vmlinuz`);
  return {
    kernel: path.join(boot, file),
    version: file.replace('vmlinuz-', ''),
    modules: path.join(tree, 'lib/modules'),
  };
}

/** `depends=` of a module's .modinfo section. */
function dependencies(file: string): string[] {
  const text = readFileSync(file).toString('latin1');
  const list = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '';
  return list.split(',').filter((name) => name !== '');
}

/** Files of these modules and of all that they need, in the order in which they must be loaded. */
export function moduleFiles(folder: string, names: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const file of listFiles(folder, (name) => name.endsWith('.ko'))) {
    byName.set(path.basename(file, '.ko').replaceAll('-', '_'), file);
  }
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const file = byName.get(name.replaceAll('-', '_'));
    // What is built into the kernel has no file.
    if (file === undefined || ordered.has(file)) return;
    for (const needed of dependencies(file)) add(needed);
    ordered.add(file);
  };
  for (const name of names) add(name);
  return [...ordered];
}

/** The modules as RAM disk entries whose names sort in the order of loading. */
export function moduleEntries(kernel: DebianKernel, names: readonly string[]): RamDiskEntry[] {
  return moduleFiles(kernel.modules, names).map((file, i) => ({
    name: `modules/${String(i).padStart(2, '0')}.ko`,
    mode: FILE,
    content: readFileSync(file),
  }));
}

/** One entry of a cpio archive in the "newc" form (cpio(5), initramfs buffer format of the kernel's documentation). */
function cpioEntry(name: string, mode: number, content: Uint8Array, inode: number): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  const pad = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);
  return Buffer.concat([Buffer.from(header), pad(header.length), content, pad(content.length)]);
}

/** A RAM disk of these entries; directories come before what is in them. */
export function cpioArchive(entries: readonly RamDiskEntry[]): Buffer {
  const none = new Uint8Array();
  return Buffer.concat([
    ...entries.map(({ name, mode, content }, i) => cpioEntry(name, mode, content ?? none, i + 1)),
    cpioEntry('TRAILER!!!', 0, none, 0),
  ]);
}

/** A RAM disk whose process 1 is `program`; the modules lie in /modules for it to load. */
export function programRamDisk(
  kernel: DebianKernel,
  modules: readonly string[],
  program: Uint8Array,
): Buffer {
  return cpioArchive([
    { name: 'dev', mode: DIRECTORY },
    { name: 'modules', mode: DIRECTORY },
    { name: 'init', mode: PROGRAM, content: program },
    ...moduleEntries(kernel, modules),
  ]);
}

/** What `busyboxRamDisk`'s shell prints when it waits for a command. */
export const BUSYBOX_PROMPT = /linux:[^\r\n#]*# /;

const BUSYBOX_INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
for module in /modules/*.ko; do insmod $module; done
export PS1='linux:\\w# ' HOME=/ TERM=linux
exec setsid cttyhack sh
`;

/**
 * A RAM disk that loads `modules` and starts busybox's shell on the console; `more` adds files.
 * The directories bin, dev, proc, sys, tmp and modules are there.
 */
export function busyboxRamDisk(
  kernel: DebianKernel,
  modules: readonly string[],
  more: readonly RamDiskEntry[] = [],
): Buffer {
  const busybox = readFileSync(path.join(debianBinary('busybox-static'), 'bin/busybox'));
  return cpioArchive([
    ...['bin', 'dev', 'proc', 'sys', 'tmp', 'modules'].map((name) => ({ name, mode: DIRECTORY })),
    { name: 'bin/busybox', mode: PROGRAM, content: busybox },
    { name: 'init', mode: PROGRAM, content: Buffer.from(BUSYBOX_INIT) },
    ...moduleEntries(kernel, modules),
    ...more,
  ]);
}

/** Writes `ramDisk` into `folder` and returns its path. */
export function writeRamDisk(ramDisk: Uint8Array, folder: string): string {
  const file = path.join(folder, 'initrd');
  writeFileSync(file, ramDisk);
  return file;
}
