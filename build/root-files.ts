/**
 * What is on the root file system of the system disk, and with which permissions: the programs and tests that the build
 * made, kernel/userland/etc, programs of other people, and the directories that everything expects.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RootEntry } from '../disk-images/recipes/system.ts';
import { malformedElfFiles } from '../kernel/userland/fixtures/malformed-elf.ts';
import { listFiles } from './cache.ts';
import { C_TESTS_OUT } from './c-tests.ts';
import { DebianError } from './foreign/debian.ts';
import { type ForeignPrograms, foreignPrograms } from './foreign/programs.ts';
import { fromRoot } from './paths.ts';
import type { Report } from './report.ts';
import { ToolError } from './toolchain/clang.ts';
import { USERLAND_OUT } from './userland.ts';

/** The plain user of /etc/passwd. */
const USER = { uid: 1000, gid: 1000 };

/** Directories that nothing is put into, or that are not root's with mode 0755. */
const DIRECTORIES: readonly (readonly [
  path: string,
  entry: { mode?: number; uid?: number; gid?: number },
])[] = [
  ['/boot', {}],
  ['/dev', {}],
  ['/home', {}],
  ['/home/user', USER],
  ['/mnt', {}],
  ['/proc', {}],
  ['/root', { mode: 0o700 }],
  ['/tmp', { mode: 0o1777 }],
  ['/usr/local/bin', {}],
  ['/var/log', {}],
  ['/var/run', {}],
  ['/var/tmp', { mode: 0o1777 }],
];

/** Folders of the host: where their files go, with which permissions. */
const TREES: readonly { readonly from: string; readonly to: string; readonly mode: number }[] = [
  { from: path.join(USERLAND_OUT, 'bin'), to: '/bin', mode: 0o755 },
  { from: path.join(USERLAND_OUT, 'tests'), to: '/tests', mode: 0o755 },
  { from: C_TESTS_OUT, to: '/tests/c', mode: 0o755 },
  { from: fromRoot('kernel/userland/etc'), to: '/etc', mode: 0o644 },
  { from: fromRoot('kernel/userland/examples'), to: '/usr/share/examples', mode: 0o644 },
];

/** Permissions that differ from their tree's: su and passwd act as root for whoever calls them. */
const MODES: ReadonlyMap<string, number> = new Map([
  ['/bin/su', 0o4755],
  ['/bin/passwd', 0o4755],
  ['/etc/shadow', 0o600],
]);

export interface RootFiles {
  /** By absolute path on the disk; the host's file, or what stands for it. */
  readonly fromHost: ReadonlyMap<string, { readonly from: string; readonly mode: number }>;
  readonly links: ReadonlyMap<string, string>;
}

const NO_PROGRAMS: ForeignPrograms = { files: [], links: new Map() };

/** Programs of other people, or none with a warning where their packages cannot be had. */
async function others(report: Report): Promise<ForeignPrograms> {
  try {
    return await foreignPrograms();
  } catch (error) {
    if (!(error instanceof DebianError) && !(error instanceof ToolError)) throw error;
    report.warn(`the disk will be without cc, lua, dash and busybox: ${error.message}`);
    return NO_PROGRAMS;
  }
}

/** What goes onto the disk, without reading it yet. */
export async function collectRootFiles(report: Report): Promise<RootFiles> {
  const fromHost = new Map<string, { from: string; mode: number }>();
  for (const { from, to, mode } of TREES) {
    for (const file of listFiles(from, (name) => !name.startsWith('.'))) {
      const at = path.posix.join(to, path.relative(from, file).split(path.sep).join('/'));
      fromHost.set(at, { from: file, mode: MODES.get(at) ?? mode });
    }
  }
  const foreign = await others(report);
  for (const { from, to, mode } of foreign.files) fromHost.set(to, { from, mode });
  return { fromHost, links: foreign.links };
}

/** Reads the files. Names of one file of the host (hard links) stay names of one file. */
export function readRootFiles({ fromHost, links }: RootFiles): Map<string, RootEntry> {
  const root = new Map<string, RootEntry>();
  for (const [at, owner] of DIRECTORIES) root.set(at, { directory: true, ...owner });
  const known = new Map<string, string>();
  for (const [at, { from, mode }] of fromHost) {
    const { dev, ino, nlink } = statSync(from);
    const identity = `${dev}:${ino}`;
    const first = known.get(identity);
    if (nlink > 1 && first !== undefined) root.set(at, { sameAs: first });
    else root.set(at, { content: readFileSync(from), mode });
    known.set(identity, at);
  }
  for (const [at, target] of links) root.set(at, { target });
  for (const [name, content] of malformedElfFiles())
    root.set(`/tests/data/${name}`, { content, mode: 0o755 });
  return root;
}
