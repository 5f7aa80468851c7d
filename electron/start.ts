/**
 * `npm start`: builds what is stale, then opens the desktop app; without Electron's program or a display it says
 * so in one line and serves the same app to the browser.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { electronProgram } from './services/electron-program.ts';
import { parseStartOptions, StartUsageError, usage, type StartOptions } from './start-options.ts';

/** What the app needs of the build, with what those are made from. */
const BROWSER_TARGETS = ['kernel', 'userland', 'image', 'emulator', 'renderer'];

const root = path.resolve(import.meta.dirname, '..');

async function main(): Promise<number> {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const desktop = options.web ? null : desktopProgram();
  const { build } = await import('../build/build.ts');
  await build(desktop === null ? BROWSER_TARGETS : [...BROWSER_TARGETS, 'electron']);
  return desktop === null ? await serveToBrowser(options) : await openDesktop(desktop);
}

/** Null, with the reason printed, where no window can be opened. */
function desktopProgram(): string | null {
  const program = electronProgram(root);
  const hasDisplay =
    process.platform !== 'linux' || (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? '') !== '';
  const reason = program === null ? 'Electron’s program is not installed' : 'there is no display';
  if (program !== null && hasDisplay) return program;
  const console = process.stdout.isTTY
    ? ' (a serial console in this terminal: npm run breenix -- run --headless)'
    : '';
  process.stdout.write(`${reason}: serving the app to your browser instead${console}\n`);
  return null;
}

function openDesktop(program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [path.join(root, 'out/electron/main.mjs')], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

async function serveToBrowser(options: StartOptions): Promise<number> {
  const { runWeb } = await import('./web/main.ts');
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return await runWeb({
    root,
    version: manifest.version,
    port: options.port,
    openBrowser: options.openBrowser && !noBrowserPossible(),
    folders: options.folders,
    vmEntry: path.join(root, 'electron/vm-process/main.ts'),
  });
}

/** On Linux a browser needs a display; everywhere else there is one. */
const noBrowserPossible = (): boolean =>
  process.platform === 'linux' && (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? '') === '';

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`breenix: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof StartUsageError ? 2 : 1;
}
