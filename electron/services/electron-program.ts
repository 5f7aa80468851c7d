/**
 * Where Electron's program lies, or null. The package must never be imported to find out: that starts a
 * download. ELECTRON_OVERRIDE_DIST_PATH is Electron's own variable for a program that lies elsewhere.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const platformPaths: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

export function electronProgram(root: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const electronPackage = path.join(root, 'node_modules/electron');
  const folder = env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(electronPackage, 'dist');
  const pathFile = path.join(electronPackage, 'path.txt');
  const name = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8').trim()
    : (platformPaths[process.platform] ?? 'electron');
  const program = path.join(folder, name);
  return existsSync(program) ? program : null;
}
