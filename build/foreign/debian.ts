/**
 * Packages of Debian for the system disk: sources that we build against musl, and programs that are static as they are.
 *
 * Rules for callers: what comes back lies in the build cache and is not to be changed. Each package is fetched once; a
 * new version is taken after `rm -r out/cache/debian`. Where there is no apt-get (other systems than Debian and its
 * kin) a DebianError says so. Nothing of a package is ever part of this repository.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { CACHE } from '../paths.ts';

const STORE = path.join(CACHE, 'debian');
const SOURCES = '/etc/apt';

export class DebianError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DebianError';
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error) throw new DebianError(`${command} cannot be run: ${error.message}`);
  if (status !== 0) throw new DebianError(`${[command, ...args].join(' ')}: ${stderr.trim()}`);
}

/** Fills `folder` by `fill` in a temporary place, so that a build that is killed leaves nothing half done. */
function once(name: string, fill: (folder: string) => void): string {
  const folder = path.join(STORE, name);
  if (existsSync(folder)) return folder;
  mkdirSync(STORE, { recursive: true });
  const temporary = mkdtempSync(path.join(STORE, 'new-'));
  try {
    fill(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another build was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The machine's package sources as source packages' ones: few machines list those. */
function sourceList(folder: string): readonly string[] {
  const parts = path.join(folder, 'sources');
  const lists = path.join(folder, 'lists/partial');
  mkdirSync(parts);
  mkdirSync(lists, { recursive: true });
  const files = [path.join(SOURCES, 'sources.list')];
  const more = path.join(SOURCES, 'sources.list.d');
  if (existsSync(more)) files.push(...readdirSync(more).map((name) => path.join(more, name)));
  for (const file of files) {
    if (!/\.(list|sources)$/.test(file) || !existsSync(file)) continue;
    const text = readFileSync(file, 'utf8')
      .replaceAll(/^Types:.*$/gm, 'Types: deb-src')
      .replaceAll(/^deb(-src)?\s/gm, 'deb-src ');
    writeFileSync(path.join(parts, path.basename(file)), text);
  }
  return [
    ...['-o', 'Dir::Etc::SourceList=/dev/null', '-o', `Dir::Etc::SourceParts=${parts}`],
    ...['-o', `Dir::State::Lists=${path.join(folder, 'lists')}`, '-o', 'APT::Sandbox::User=root'],
  ];
}

/** Folders with the unpacked source of each package, Debian's own part in `debian`, in the same order. */
export function debianSources(names: readonly string[]): string[] {
  const missing = names.filter((name) => !existsSync(path.join(STORE, `source-${name}`)));
  if (missing.length > 0) {
    mkdirSync(STORE, { recursive: true });
    const folder = mkdtempSync(path.join(STORE, 'new-'));
    try {
      const options = sourceList(folder);
      run('apt-get', [...options, '-q', 'update'], folder);
      for (const name of missing) {
        once(`source-${name}`, (target) => {
          run('apt-get', [...options, '-q', 'source', '--download-only', name], target);
          const archive = readdirSync(target).find((file) => file.includes('.orig.tar.'));
          if (archive === undefined) throw new DebianError(`the source package ${name} has no archive`);
          unpack(target, archive);
          const packaging = readdirSync(target).find((file) => file.includes('.debian.tar.'));
          if (packaging !== undefined) {
            run(
              'tar',
              ['-xf', path.join(target, packaging), '-C', path.join(target, 'tree'), '--no-same-owner'],
              target,
            );
          }
        });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return names.map((name) => path.join(STORE, `source-${name}`, 'tree'));
}

/** The archive's files under `tree`, whether it has a top folder of its own or not. */
function unpack(folder: string, archive: string): void {
  const tree = path.join(folder, 'tree');
  const inner = path.join(folder, 'unpacked');
  mkdirSync(inner);
  run('tar', ['-xf', path.join(folder, archive), '-C', inner, '--no-same-owner'], folder);
  const [only, ...others] = readdirSync(inner, { withFileTypes: true });
  if (only?.isDirectory() === true && others.length === 0) renameSync(path.join(inner, only.name), tree);
  else renameSync(inner, tree);
}

/** Folder with the unpacked files of a binary package. */
export function debianBinary(name: string): string {
  const folder = once(`binary-${name}`, (target) => {
    run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', name], target);
    const archive = readdirSync(target).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new DebianError(`the package ${name} was not to be had`);
    run('dpkg-deb', ['-x', archive, 'tree'], target);
  });
  return path.join(folder, 'tree');
}
