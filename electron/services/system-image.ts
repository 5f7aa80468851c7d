/**
 * The Breenix system image and the machines' copies of it. A machine works on a copy of its own; the image that
 * the build makes is only ever read.
 */
import { constants } from 'node:fs';
import { copyFile, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { isMissing, syncFolder } from './json-file.ts';

/** What a file was when it was copied: tells whether either side has changed since. */
const fileStamp = v.strictObject({
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  modifiedMs: v.number(),
});
type FileStamp = v.InferOutput<typeof fileStamp>;

export const diskOrigin = v.strictObject({ template: fileStamp, copy: fileStamp });
export type DiskOrigin = v.InferOutput<typeof diskOrigin>;

export class MissingSystemImageError extends Error {
  override readonly name = 'MissingSystemImageError';
}

/** Makes `target` a copy of `template`, whole or not at all; a file already there is replaced. */
export async function copySystemImage(template: string, target: string): Promise<DiskOrigin> {
  const stampBefore = await stampOf(template);
  if (stampBefore === null) {
    throw new MissingSystemImageError(
      `The system image ${template} is missing. Build it with: npm run build`,
    );
  }
  const unfinished = `${target}.${process.pid}.new`;
  try {
    await copyFile(template, unfinished, constants.COPYFILE_FICLONE);
    const handle = await open(unfinished, 'r+');
    try {
      await handle.chmod(0o600);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(target));
  const copy = await stampOf(target);
  if (copy === null) throw new Error(`${target} vanished while it was made`);
  return { template: stampBefore, copy };
}

export interface Comparison {
  /** The disk is exactly as it was copied: nobody has written to it. */
  readonly untouched: boolean;
  /** The template is another one than the disk was copied from. */
  readonly templateChanged: boolean;
}

export async function compareWithOrigin(
  template: string,
  disk: string,
  origin: DiskOrigin,
): Promise<Comparison> {
  const [templateNow, diskNow] = await Promise.all([stampOf(template), stampOf(disk)]);
  return {
    untouched: sameStamp(diskNow, origin.copy),
    // Without a template there is nothing newer to offer.
    templateChanged: templateNow !== null && !sameStamp(templateNow, origin.template),
  };
}

/** Null when there is no such file. */
export async function stampOf(file: string): Promise<FileStamp | null> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { sizeBytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const sameStamp = (a: FileStamp | null, b: FileStamp): boolean =>
  a !== null && a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs;
