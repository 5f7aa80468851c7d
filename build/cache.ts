/**
 * The build cache: a step runs again only when the content of something it read has changed.
 *
 * Rules for callers:
 * - A key or a record must cover everything that the result depends on: sources, options, and the code of the
 *   build itself (`toolIdentity`).
 * - Files are written under a temporary name and renamed, so that a build that is killed, or two builds at once,
 *   leave nothing half written.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { CACHE, ROOT } from './paths.ts';

const SPARSE_PIECE = 65_536;
const ZEROES = Buffer.alloc(SPARSE_PIECE);

export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  // The length keeps ('ab', 'c') and ('a', 'bc') apart.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

const hashes = new Map<string, { readonly state: string; readonly hash: string }>();

/**
 * Hash of a file's content; null when there is none. A file is read once in a process as long as its inode, size and
 * time stamps stay: dozens of programs share the same sources.
 */
export function hashFile(file: string): string | null {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    const state = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
    const known = hashes.get(file);
    if (known?.state === state) return known.hash;
    const hash = sha256(readFileSync(file));
    hashes.set(file, { state, hash });
    return hash;
  } catch {
    return null;
  }
}

export function writeAtomically(file: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, content, { mode });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** As writeAtomically, but pieces that are all zero become holes: a disk image takes no more room than what is on it. */
export function writeSparse(file: string, content: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  const descriptor = openSync(temporary, 'wx', 0o644);
  try {
    ftruncateSync(descriptor, content.length);
    for (let at = 0; at < content.length; at += SPARSE_PIECE) {
      const piece = content.subarray(at, at + SPARSE_PIECE);
      if (ZEROES.compare(piece, 0, piece.length, 0, piece.length) !== 0)
        writeSync(descriptor, piece, 0, piece.length, at);
    }
    closeSync(descriptor);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes only what differs, so that time stamps tell what a build changed. */
export function writeIfChanged(file: string, content: string | Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(content))) return;
  writeAtomically(file, content);
}

/** All files below `directory`, sorted; absolute paths. */
export function listFiles(directory: string, matches: (file: string) => boolean): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && matches(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** A hash of the build's own code: files or whole folders of build/, tests left out. */
export function buildIdentity(parts: readonly string[]): string {
  const files = parts.flatMap((part) => {
    const at = path.join(ROOT, 'build', part);
    if (part.endsWith('.ts')) return [at];
    return listFiles(at, (name) => /\.(ts|h)$/.test(name) && !name.endsWith('.test.ts'));
  });
  return sha256(...files.map((file) => hashFile(file) ?? ''));
}

/** Identifies installed programs by place, size and time stamp: running each for its version would take too long. */
export function programIdentity(executables: readonly string[]): string {
  return executables
    .map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${file} ${size} ${mtimeMs}`;
    })
    .join('\n');
}

/** Paths within the checkout are relative to it: a copy of it, cache included, is judged by its own files. */
interface Record {
  readonly key: string;
  readonly inputs: Readonly<globalThis.Record<string, string | null>>;
  readonly outputs: Readonly<globalThis.Record<string, string>>;
}

function recorded(file: string): string {
  return file.startsWith(ROOT + path.sep) ? path.relative(ROOT, file) : file;
}

function recordPath(name: string): string {
  return path.join(CACHE, 'steps', `${name.replace(/[^A-Za-z0-9_.-]/g, '_')}.json`);
}

/** State of an output that its users may write to: only its being there counts. */
const MUTABLE = 'mutable';

/** Size and time stamp: enough to see that nobody replaced an output since. */
function outputState(file: string): string {
  if (!existsSync(file)) return 'missing';
  const { size, mtimeMs } = statSync(file);
  return `${size} ${mtimeMs}`;
}

/** True when the step ran with this key, none of its inputs changed and its outputs are as it left them. */
export function isFresh(name: string, key: string): boolean {
  const file = recordPath(name);
  if (!existsSync(file)) return false;
  const record = JSON.parse(readFileSync(file, 'utf8')) as Record;
  if (record.key !== key) return false;
  for (const [output, state] of Object.entries(record.outputs)) {
    const now = outputState(path.resolve(ROOT, output));
    if (now === 'missing' || (state !== MUTABLE && now !== state)) return false;
  }
  return Object.entries(record.inputs).every(([input, hash]) => hashFile(path.resolve(ROOT, input)) === hash);
}

export interface StepFiles {
  /** Files that the result depends on. One that is absent counts: its appearance makes the step stale. */
  readonly inputs: readonly string[];
  /** Files that the step made; one that somebody changed since is made again. */
  readonly outputs: readonly string[];
  /** The same, but for files that others may write to, such as a disk image. */
  readonly mutableOutputs?: readonly string[];
}

/** Records that the step ran. */
export function markFresh(name: string, key: string, files: StepFiles): void {
  const record: Record = {
    key,
    inputs: Object.fromEntries([...new Set(files.inputs)].map((file) => [recorded(file), hashFile(file)])),
    outputs: Object.fromEntries([
      ...files.outputs.map((file) => [recorded(file), outputState(file)] as const),
      ...(files.mutableOutputs ?? []).map((file) => [recorded(file), MUTABLE] as const),
    ]),
  };
  writeAtomically(recordPath(name), JSON.stringify(record));
}

/** The path where a result with this content key is or will be. */
export function cachedPath(kind: string, key: string, extension: string): string {
  return path.join(CACHE, kind, key.slice(0, 2), `${key.slice(2)}${extension}`);
}

const KEEP_DAYS = 14;

/** True when the result is there; notes the use, so that `pruneCache` keeps it. */
export function isCached(file: string): boolean {
  if (!existsSync(file)) return false;
  const now = new Date();
  utimesSync(file, now, now);
  return true;
}

/** Removes results that no build has used for two weeks. */
export function pruneCache(kind: string): void {
  const oldest = Date.now() - KEEP_DAYS * 86_400_000;
  for (const file of listFiles(path.join(CACHE, kind), () => true)) {
    // A compilation beside this one may rename its temporary files meanwhile.
    const status = statSync(file, { throwIfNoEntry: false });
    if (status && status.mtimeMs < oldest) rmSync(file, { force: true });
  }
}
