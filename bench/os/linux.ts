/**
 * Linux as the peer of bench/os: Debian's cloud kernel with an initial RAM disk that holds the benchmark as /init and the
 * modules of the IDE disk.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { debianBinary } from '../../build/foreign/debian.ts';
import { listFiles } from '../../build/cache.ts';

/** What the benchmark's cold read needs: the PIIX IDE controller and SCSI disks above it. */
const MODULES = ['ata_piix', 'ata_generic', 'sd_mod'];

export interface LinuxFiles {
  readonly kernel: string;
  readonly initrd: string;
  readonly version: string;
}

/** The newest cloud kernel that the package index offers. */
function kernelPackage(): string {
  const depends = execFileSync('apt-cache', ['depends', 'linux-image-cloud-amd64'], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined)
    throw new Error('linux-image-cloud-amd64 is not in the package index: apt-get update');
  return name;
}

/** `depends=` of a module's .modinfo section. */
function dependencies(file: string): string[] {
  const text = readFileSync(file).toString('latin1');
  const list = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '';
  return list.split(',').filter((name) => name !== '');
}

/** Files of the modules in the order in which they must be loaded. */
function moduleFiles(folder: string): string[] {
  const byName = new Map<string, string>();
  for (const file of listFiles(folder, (name) => name.endsWith('.ko'))) {
    byName.set(path.basename(file, '.ko').replaceAll('-', '_'), file);
  }
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const file = byName.get(name.replaceAll('-', '_'));
    if (file === undefined || ordered.has(file)) return;
    for (const needed of dependencies(file)) add(needed);
    ordered.add(file);
  };
  for (const name of MODULES) add(name);
  return [...ordered];
}

/** One entry of a cpio archive in the "newc" form (cpio(5), initramfs buffer format of the kernel's documentation). */
function cpioEntry(name: string, mode: number, content: Uint8Array, inode: number): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  const pad = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);
  return Buffer.concat([Buffer.from(header), pad(header.length), content, pad(content.length)]);
}

/** Writes the RAM disk to `folder` and finds the kernel. */
export function linuxFiles(program: Uint8Array, folder: string): LinuxFiles {
  const tree = debianBinary(kernelPackage());
  const boot = path.join(tree, 'boot');
  const name = readdirSync(boot).find((file) => file.startsWith('vmlinuz-'));
  if (name === undefined) throw new Error(`${boot} has no vmlinuz`);
  const none = new Uint8Array();
  const entries = [
    cpioEntry('dev', 0o040755, none, 1),
    cpioEntry('modules', 0o040755, none, 2),
    cpioEntry('init', 0o100755, program, 3),
    ...moduleFiles(path.join(tree, 'lib/modules')).map((file, i) =>
      cpioEntry(`modules/${String(i).padStart(2, '0')}.ko`, 0o100644, readFileSync(file), 10 + i),
    ),
    cpioEntry('TRAILER!!!', 0, none, 0),
  ];
  const initrd = path.join(folder, 'initrd');
  writeFileSync(initrd, Buffer.concat(entries));
  return { kernel: path.join(boot, name), initrd, version: name.replace('vmlinuz-', '') };
}
