/**
 * Keeps two Breenix processes from writing to one image. Node has no file locks, so it is done with claims: files
 * in a folder beside the image (`.NAME.lock/`), each named after the process that made it.
 *
 * Why it is safe: everybody makes a claim first and then looks at the claims of others, so of two that come at
 * once at least one sees the other. A claim names its process by number and start time; the claim of a process
 * that is gone counts for nothing, and removing it can never remove that of a living one. There is nothing to
 * take over, hence no race in taking over.
 *
 * Rules for callers: `release` once; a process that dies without it leaves a claim that the next opener removes.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { processStart } from './process-identity.ts';

export type LockMode = 'exclusive' | 'shared';

/** Another process has the image open. */
export class ImageLockedError extends Error {
  readonly path: string;
  /** Process number of the holder. */
  readonly holderPid: number;

  constructor(imagePath: string, holder: Claim, description: string) {
    super(
      `${imagePath} is in use by ${description} (process ${holder.pid}): close it there, or work on a copy of the image`,
    );
    this.name = 'ImageLockedError';
    this.path = imagePath;
    this.holderPid = holder.pid;
  }
}

interface Claim {
  readonly file: string;
  readonly pid: number;
  readonly start: string;
  readonly host: string;
  readonly mode: LockMode;
  /** Held, as opposed to made a moment ago by somebody who is still looking. */
  readonly held: boolean;
}

const ATTEMPTS = 40;
const MAXIMUM_WAIT_MS = 25;
let claimCount = 0;

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function hostTag(): string {
  return hostname().replace(/[^A-Za-z0-9-]/g, '-');
}

/** STATE_MODE_PID_START_HOST_COUNT; START and HOST hold no underscore. */
function parseClaim(file: string): Claim | null {
  const match = /^(held|wanted)_(exclusive|shared)_(\d+)_([^_]+)_([^_]*)_\d+$/.exec(file);
  if (!match) return null;
  const [, state, mode, pid = '', start = '', host = ''] = match;
  return {
    file,
    pid: Number(pid),
    start,
    host,
    mode: mode === 'shared' ? 'shared' : 'exclusive',
    held: state === 'held',
  };
}

/** A claim made on another machine, on a shared folder, cannot be checked from here: it counts. */
function isLiving(claim: Claim): boolean {
  return claim.host !== hostTag() || processStart(claim.pid) === claim.start;
}

export class ImageLock {
  readonly #folder: string;
  readonly #file: string;
  #released = false;

  private constructor(folder: string, file: string) {
    this.#folder = folder;
    this.#file = file;
  }

  /** `imagePath` is the image's real path, without symbolic links. Throws ImageLockedError. */
  static acquire(imagePath: string, mode: LockMode): ImageLock {
    const folder = path.join(path.dirname(imagePath), `.${path.basename(imagePath)}.lock`);
    const start = processStart(process.pid) ?? 'unknown';
    const name = `${mode}_${process.pid}_${start}_${hostTag()}_${claimCount++}`;
    for (let attempt = 0; ; attempt++) {
      const lock = ImageLock.#try(folder, name, imagePath, mode, attempt + 1 === ATTEMPTS);
      if (lock) return lock;
      sleep(1 + Math.random() * MAXIMUM_WAIT_MS);
    }
  }

  /** null: somebody else is also trying, or the folder went away under us; try again. */
  static #try(
    folder: string,
    name: string,
    imagePath: string,
    mode: LockMode,
    last: boolean,
  ): ImageLock | null {
    const wanted = `wanted_${name}`;
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, wanted), describeThisProcess(), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !last) return null;
      throw error;
    }
    const rivals = readdirSync(folder)
      .filter((file) => file !== wanted)
      .map(parseClaim)
      .filter((claim) => claim !== null)
      .filter((claim) => {
        if (isLiving(claim)) return mode === 'exclusive' || claim.mode === 'exclusive';
        rmSync(path.join(folder, claim.file), { force: true });
        return false;
      });
    const holder = rivals.find((claim) => claim.held) ?? (last ? rivals[0] : undefined);
    if (rivals.length === 0) {
      const held = `held_${name}`;
      renameSync(path.join(folder, wanted), path.join(folder, held));
      return new ImageLock(folder, held);
    }
    rmSync(path.join(folder, wanted), { force: true });
    if (holder) throw new ImageLockedError(imagePath, holder, describe(folder, holder));
    return null;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    rmSync(path.join(this.#folder, this.#file), { force: true });
    try {
      rmdirSync(this.#folder);
    } catch {
      // Somebody else has a claim in it, or it is gone already.
    }
  }
}

function describeThisProcess(): string {
  const script = process.argv[1];
  const program = script === undefined ? process.title : path.basename(script);
  return `${program}, started ${new Date().toISOString()}`;
}

function describe(folder: string, claim: Claim): string {
  try {
    const text = readFileSync(path.join(folder, claim.file), 'utf8').split('\n')[0] ?? '';
    const where = claim.host === hostTag() ? '' : ` on ${claim.host}`;
    return `${text || 'another program'}${where}`;
  } catch {
    return 'another program';
  }
}
