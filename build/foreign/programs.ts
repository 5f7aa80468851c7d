/**
 * Programs nobody here wrote, for the system disk: tcc with musl's headers and libc.a, lua and dash, built from
 * Debian's sources against musl, and Debian's busybox-static as it is.
 *
 * Rules for callers: they are separate programs under their own licences, whose texts go onto the disk beside them
 * (/usr/share/doc/NAME). Results are kept in the build cache by the identity of what they were made from.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { buildIdentity, listFiles, programIdentity, sha256 } from '../cache.ts';
import {
  buildMuslProgram,
  compileMuslObject,
  MUSL_INCLUDE,
  MUSL_LIBRARY,
  muslCompilerScript,
} from '../musl.ts';
import { CACHE } from '../paths.ts';
import { findTool, run } from '../toolchain/clang.ts';
import { spawnSync } from 'node:child_process';
import { debianBinary, DebianError, debianSources } from './debian.ts';

/** A file of the host and where it goes on the disk. */
export interface ForeignFile {
  readonly from: string;
  readonly to: string;
  readonly mode: number;
}

export interface ForeignPrograms {
  readonly files: readonly ForeignFile[];
  /** Symbolic links by path. */
  readonly links: ReadonlyMap<string, string>;
}

/** Commands that Breenix has no program of its own for. */
const BUSYBOX_COMMANDS = [
  'awk',
  'base64',
  'bc',
  'bunzip2',
  'bzcat',
  'bzip2',
  'cpio',
  'dc',
  'dos2unix',
  'ed',
  'fallocate',
  'fdisk',
  'getopt',
  'gunzip',
  'gzip',
  'hexedit',
  'lzcat',
  'lzma',
  'mkdosfs',
  'mke2fs',
  'nproc',
  'patch',
  'run-parts',
  'setsid',
  'shred',
  'shuf',
  'unix2dos',
  'unlink',
  'unlzma',
  'unxz',
  'unzip',
  'uudecode',
  'uuencode',
  'xxd',
  'xz',
  'xzcat',
  'zcat',
];

const TCC_HOME = '/usr/lib/tcc';
/** Where tcc looks for headers, libraries and start files inside Breenix. */
const TCC_CONFIGURATION = `#define TCC_VERSION "0.9.27"
#define CONFIG_TCC_STATIC 1
#define CONFIG_TCCDIR "${TCC_HOME}"
#define CONFIG_TCC_SYSINCLUDEPATHS "{B}/include:/usr/include"
#define CONFIG_TCC_LIBPATHS "/usr/lib:{B}"
#define CONFIG_TCC_CRTPREFIX "/usr/lib"
#define CONFIG_TCC_ELFINTERP "/lib/ld-musl-x86_64.so.1"
`;
/** There is no dynamic linker on the disk. */
const CC_SCRIPT = '#!/bin/sh\nexec /usr/bin/tcc -static "$@"\n';
/** busybox only reads archives; tcc makes them. */
const AR_SCRIPT = `#!/bin/sh
case $1 in
*[rcsq]*) exec /usr/bin/tcc -ar "$@" ;;
*) exec /usr/bin/busybox ar "$@" ;;
esac
`;

type Recipe = (source: string, out: string) => Promise<void>;

async function buildLua(source: string, out: string): Promise<void> {
  const folder = path.join(source, 'src');
  const sources = listFiles(folder, (name) => name.endsWith('.c') && name !== 'luac.c');
  const flags = ['-O2', '-w', '-DLUA_USE_POSIX', '-s'];
  await buildMuslProgram({ sources, flags, output: path.join(out, 'lua') });
}

async function buildTcc(source: string, out: string): Promise<void> {
  const work = path.join(out, 'work');
  cpSync(source, work, { recursive: true, preserveTimestamps: true });
  writeFileSync(path.join(work, 'config.h'), TCC_CONFIGURATION);
  const flags = ['-O2', '-w', '-DTCC_TARGET_X86_64', '-DONE_SOURCE=1', `-I${work}`, '-s'];
  await buildMuslProgram({ sources: [path.join(work, 'tcc.c')], flags, output: path.join(out, 'tcc') });
  const objects: string[] = [];
  for (const name of ['libtcc1.c', 'va_list.c', 'dsohandle.c', 'alloca86_64.S', 'alloca86_64-bt.S']) {
    const object = path.join(out, `${name}.o`);
    await compileMuslObject(path.join(work, 'lib', name), ['-O2', '-w'], object);
    objects.push(object);
  }
  await run(findTool('llvm-ar'), ['rcs', path.join(out, 'libtcc1.a'), ...objects]);
  for (const object of objects) rmSync(object);
  renameSync(path.join(work, 'include'), path.join(out, 'include'));
  rmSync(work, { recursive: true });
}

/** dash makes some of its sources by programs of its own: its own configure and make know how. */
async function buildDash(source: string, out: string): Promise<void> {
  const work = path.join(out, 'work');
  cpSync(source, work, { recursive: true, preserveTimestamps: true });
  const compiler = path.join(out, 'cc');
  writeFileSync(compiler, await muslCompilerScript(), { mode: 0o755 });
  const steps = [
    [
      './configure',
      '-q',
      '--host=x86_64-linux-musl',
      `CC=${compiler}`,
      `CC_FOR_BUILD=${compiler}`,
      'CFLAGS=-O2 -w',
    ],
    // Whatever the files' times say, the generated ones of the archive are right.
    ['make', '-s', '-j2', 'ACLOCAL=:', 'AUTOCONF=:', 'AUTOHEADER=:', 'AUTOMAKE=:'],
  ];
  for (const [command = '', ...args] of steps) {
    const { status, stderr, error } = spawnSync(command, args, { cwd: work, encoding: 'utf8' });
    if (status !== 0)
      throw new DebianError(`dash: ${command} failed: ${error?.message ?? stderr.trim().slice(-2000)}`);
  }
  renameSync(path.join(work, 'src/dash'), path.join(out, 'dash'));
  rmSync(work, { recursive: true });
  rmSync(compiler);
}

const RECIPES: readonly { readonly debian: string; readonly licence: string; readonly build: Recipe }[] = [
  { debian: 'tcc', licence: 'COPYING', build: buildTcc },
  { debian: 'lua5.4', licence: 'src/lua.h', build: buildLua },
  { debian: 'dash', licence: 'COPYING', build: buildDash },
];

/** Builds what is missing, or finds it in the cache; a DebianError or ToolError says why it cannot be had. */
export async function foreignPrograms(): Promise<ForeignPrograms> {
  const sources = debianSources(RECIPES.map(({ debian }) => debian));
  const libc = path.join(MUSL_LIBRARY, 'libc.a');
  const key = sha256(buildIdentity(['foreign', 'musl.ts']), programIdentity([findTool('clang'), libc])).slice(
    0,
    16,
  );
  const built = new Map<string, string>();
  const files: ForeignFile[] = [];
  for (const [i, { debian, licence, build }] of RECIPES.entries()) {
    const source = sources[i] ?? '';
    const folder = path.join(CACHE, 'foreign', `${debian}-${key}`);
    if (!existsSync(folder)) {
      const temporary = `${folder}.new`;
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary, { recursive: true });
      await build(source, temporary);
      renameSync(temporary, folder);
    }
    built.set(debian, folder);
    files.push({ from: path.join(source, licence), to: `/usr/share/doc/${debian}/licence`, mode: 0o644 });
  }
  for (const [name, text] of Object.entries({ cc: CC_SCRIPT, ar: AR_SCRIPT })) {
    const from = path.join(CACHE, 'foreign', name);
    writeFileSync(from, text);
    files.push({ from, to: `/usr/bin/${name}`, mode: 0o755 });
  }
  files.push(...programFiles(built), ...muslFiles(), ...busyboxFiles());
  return { files, links: new Map(BUSYBOX_COMMANDS.map((name) => [`/usr/bin/${name}`, 'busybox'])) };
}

function programFiles(built: ReadonlyMap<string, string>): ForeignFile[] {
  const from = (debian: string, name: string): string => path.join(built.get(debian) ?? '', name);
  const tcc = built.get('tcc') ?? '';
  return [
    { from: from('tcc', 'tcc'), to: '/usr/bin/tcc', mode: 0o755 },
    { from: from('lua5.4', 'lua'), to: '/usr/bin/lua', mode: 0o755 },
    { from: from('dash', 'dash'), to: '/usr/bin/dash', mode: 0o755 },
    { from: path.join(tcc, 'libtcc1.a'), to: `${TCC_HOME}/libtcc1.a`, mode: 0o644 },
    ...tree(path.join(tcc, 'include'), `${TCC_HOME}/include`),
  ];
}

/** musl's headers, start files and library, and its licence. */
function muslFiles(): ForeignFile[] {
  const libraries = readdirSync(MUSL_LIBRARY).filter((name) => /\.(a|o)$/.test(name));
  return [
    ...libraries.map((name) => ({
      from: path.join(MUSL_LIBRARY, name),
      to: `/usr/lib/${name}`,
      mode: 0o644,
    })),
    ...tree(MUSL_INCLUDE, '/usr/include'),
    { from: '/usr/share/doc/musl-dev/copyright', to: '/usr/share/doc/musl/licence', mode: 0o644 },
  ].filter(({ from }) => existsSync(from));
}

function busyboxFiles(): ForeignFile[] {
  const folder = debianBinary('busybox-static');
  return [
    { from: path.join(folder, 'bin/busybox'), to: '/usr/bin/busybox', mode: 0o755 },
    {
      from: path.join(folder, 'usr/share/doc/busybox-static/copyright'),
      to: '/usr/share/doc/busybox/licence',
      mode: 0o644,
    },
  ];
}

function tree(folder: string, to: string): ForeignFile[] {
  return listFiles(folder, () => true).map((from) => ({
    from,
    to: path.posix.join(to, path.relative(folder, from).split(path.sep).join('/')),
    mode: 0o644,
  }));
}
