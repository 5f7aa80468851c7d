/**
 * Small JSON files that survive a crash at any moment: written beside their place, synced, then renamed over it.
 * A file that does not fit its schema is kept aside under another name, so that nothing of the user's is lost.
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';

export type ReadResult<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'missing' }
  /** `keptAs` is where the file lies now. */
  | { readonly kind: 'corrupted'; readonly reason: string; readonly keptAs: string };

export async function readJsonFile<T>(
  file: string,
  schema: v.GenericSchema<unknown, T>,
): Promise<ReadResult<T>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    throw error;
  }
  const reason = (() => {
    try {
      const parsed = v.safeParse(schema, JSON.parse(text));
      return parsed.success ? { value: parsed.output } : v.summarize(parsed.issues);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  })();
  if (typeof reason === 'object') return { kind: 'ok', value: reason.value };
  const keptAs = `${file}.corrupted-${timestamp()}`;
  await rename(file, keptAs);
  return { kind: 'corrupted', reason, keptAs };
}

export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  const unfinished = `${file}.${process.pid}.new`;
  try {
    const handle = await open(unfinished, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** A rename is on disk when its folder is; Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** 20261122-140501-123: sorts by time, fits every file system. */
export const timestamp = (): string =>
  new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').replace('.', '-').slice(0, 19);
