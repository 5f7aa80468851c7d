/** `breenix cp`: copies files and folders between the host and disk images, or between images. */
import path from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { CopyStoppedError, copyTree, type CopyReport, type Place } from '../../disk-images/exchange/copy.ts';
import type { Owner } from '../../disk-images/exchange/file-tree.ts';
import { exitStatus } from './exit-status.ts';
import { parsePlace, PLACE_HELP, type PlaceName, PlaceOpener } from './file-place.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

const USAGE = `Usage: breenix cp [OPTION …] SOURCE … TARGET

Copies files, folders with all that is in them, and symbolic links, with their permissions and
times. An existing folder is copied into; an existing file is replaced.

${PLACE_HELP}

  --owner UID:GID     who owns what is copied into an image (default: who owned it in another
                      image, root otherwise)
  --verbose           name each file as it is copied
  --help              print this

The machine must be off: an image that is in use is refused. A journal that a crash left
unfinished is replayed first. The status is 1 when something could not be copied.
`;

const interrupted = 130;

interface CopyWords {
  readonly sources: readonly PlaceName[];
  readonly target: PlaceName;
  readonly owner: Owner | null;
  readonly verbose: boolean;
}

function parseOwner(text: string): Owner {
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(text);
  const [uid, gid] = [Number(match?.[1]), Number(match?.[2])];
  if (!(uid <= 0xffff_ffff && gid <= 0xffff_ffff)) {
    throw new UsageError(`--owner ${text}: give two numbers, for example 1000:1000`);
  }
  return { uid, gid };
}

/** Null when help was asked for. */
function parseCopyWords(words: readonly string[]): CopyWords | null {
  const { values, positionals } = parseWords({
    args: [...words],
    allowPositionals: true,
    options: { owner: { type: 'string' }, verbose: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help === true) return null;
  if (positionals.length < 2) {
    throw new UsageError("cp: name what to copy and where to, for example 'breenix cp :/etc/motd .'");
  }
  const places = positionals.map(parsePlace);
  const target = places.pop();
  if (!target) throw new UsageError('cp: name where to copy to');
  if (target.image === null && places.every(({ image }) => image === null)) {
    throw new UsageError('cp: none of these is in a disk image; write IMAGE:/PATH for one that is');
  }
  const owner = values.owner === undefined ? null : parseOwner(values.owner);
  return { sources: places, target, owner, verbose: values.verbose === true };
}

/** The folder that takes everything, or null when the target is the name of the one copy. */
function folderOf(target: Place, name: PlaceName, sourceCount: number): string | null {
  const real = target.tree.realPath(target.path);
  const node = target.tree.stat(real);
  if (node?.kind === 'directory') return real;
  const shown = target.tree.describe(target.path);
  if (sourceCount > 1) throw new UsageError(`cp: ${shown} is no folder; several files need one`);
  if (name.mustBeFolder) throw new UsageError(`cp: ${shown} is no folder`);
  const parent = path.posix.dirname(real);
  if (target.tree.stat(target.tree.realPath(parent))?.kind !== 'directory') {
    throw new UsageError(`cp: there is no folder ${target.tree.describe(parent)} to copy into`);
  }
  return null;
}

function destination(source: Place, target: Place, folder: string | null): Place {
  const { tree } = target;
  if (folder === null) return { tree, path: tree.realPath(target.path) };
  const name = path.posix.basename(source.path);
  return { tree, path: name === '' ? folder : path.posix.join(folder, name) };
}

function checkNotInItself(source: Place, to: Place): void {
  if (source.tree !== to.tree) return;
  const from = source.path === '/' ? '/' : `${source.path}/`;
  if (`${to.path}/`.startsWith(from)) {
    throw new UsageError(`cp: ${source.tree.describe(source.path)} cannot be copied into itself`);
  }
}

async function copyAll(words: CopyWords, opener: PlaceOpener): Promise<number> {
  let status: number = exitStatus.success;
  const interruption = new AbortController();
  const stop = (): void => {
    interruption.abort();
  };
  const report: CopyReport = {
    copied: (from, to) => {
      if (words.verbose) process.stdout.write(`${from} -> ${to}\n`);
    },
    problem: (message) => {
      process.stderr.write(`breenix: ${message}\n`);
      status = exitStatus.hostError;
    },
  };
  const target = opener.open(words.target);
  const sources = words.sources.map((source) => opener.open(source));
  const folder = folderOf(target, words.target, sources.length);
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    for (const named of sources) {
      // Links that are named are followed, those in folders are copied as links.
      const source = { tree: named.tree, path: named.tree.realPath(named.path) };
      const to = destination(named, target, folder);
      checkNotInItself(source, to);
      const steps = copyTree(source, to, report, words.owner === null ? {} : { owner: words.owner });
      while (steps.next().done !== true) {
        await setImmediate();
        if (interruption.signal.aborted) return interrupted;
      }
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  return status;
}

/** Resolves to the exit status. @throws {UsageError} when nothing can be copied. */
export async function copyCommand(words: readonly string[]): Promise<number> {
  const parsed = parseCopyWords(words);
  if (!parsed) {
    process.stdout.write(USAGE);
    return exitStatus.success;
  }
  const opener = new PlaceOpener([parsed.target], (text) => {
    process.stderr.write(`breenix: ${text}\n`);
  });
  try {
    const status = await copyAll(parsed, opener);
    opener.close();
    return status;
  } catch (error) {
    // A full disk is in order; after anything unexpected the image keeps the mark that a check is due.
    if (error instanceof UsageError || isOutOfSpace(error)) opener.close();
    else opener.abandon();
    throw error;
  }
}

function isOutOfSpace(error: unknown): boolean {
  if (!(error instanceof CopyStoppedError)) return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'no-space';
}
