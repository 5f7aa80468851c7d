#!/usr/bin/env node
/**
 * The program of the `breenix` command. It keeps what Node makes of our modules (types stripped, code compiled) from
 * one start to the next, which is two thirds of a start's processor time, and goes on with main.ts.
 *
 * - Plain JavaScript: when everything else is kept, Node needs no reader of TypeScript at all.
 * - The folder is the user's own (XDG base directories 0.8 and their counterparts): into one that everybody may write
 *   to, another user could put code. A folder that cannot be written to costs the time and nothing else, and so does
 *   a home that does not exist: it is not for us to make one.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** A machine that is killed leaves something for the next start as well. */
const KEEP_AFTER_MS = 3000;

function cacheFolder() {
  const { env } = process;
  if (env.BREENIX_HOME) return path.resolve(env.BREENIX_HOME, 'cache');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library/Caches/Breenix');
  if (process.platform === 'win32')
    return path.join(env.LOCALAPPDATA ?? path.join(homedir(), 'AppData/Local'), 'Breenix/cache');
  const base = path.isAbsolute(env.XDG_CACHE_HOME ?? '')
    ? env.XDG_CACHE_HOME
    : path.join(homedir(), '.cache');
  return path.join(base, 'breenix');
}

if (process.env.BREENIX_HOME || existsSync(homedir())) {
  module.enableCompileCache(path.join(cacheFolder(), 'modules'));
  setTimeout(module.flushCompileCache, KEEP_AFTER_MS).unref();
}
await import('./main.ts');
