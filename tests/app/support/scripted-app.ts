/** The app with scripted machines, in both of its forms, in a temporary folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleShell } from '../../../build/electron.ts';
import { projectRoot, startShellApp, startWebApp, type RunningApp } from './running-app.ts';

const DISK_BYTES = 1024 * 1024;

export interface ScriptedApp {
  /** The data folder, kept over restarts. */
  readonly home: string;
  /** The disk of the machine "breenix". */
  readonly disk: string;
  readonly start: () => Promise<RunningApp>;
  readonly remove: () => void;
}

export type FormName = 'browser' | 'shell';

export async function makeScriptedApp(form: FormName): Promise<ScriptedApp> {
  const root = mkdtempSync(path.join(tmpdir(), 'breenix-app-'));
  const out = path.join(root, 'out');
  mkdirSync(out);
  symlinkSync(path.join(projectRoot, 'out/renderer'), path.join(out, 'renderer'));
  writeFileSync(path.join(out, 'breenix.img'), 'template');
  truncateSync(path.join(out, 'breenix.img'), DISK_BYTES);
  const home = path.join(root, 'home');
  const support = path.join(projectRoot, 'tests/app/support');
  if (form === 'shell') {
    await bundleShell(path.join(out, 'electron'), path.join(support, 'scripted-vm-entry.ts'));
  }
  return {
    home,
    disk: path.join(home, 'machines/breenix/disk.img'),
    start: () =>
      form === 'browser'
        ? startWebApp([path.join(support, 'scripted-server.ts'), root], { home })
        : startShellApp(path.join(out, 'electron/main.mjs'), { home }),
    remove: () => {
      rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
