/**
 * Builds the Electron shell to out/electron: `main.mjs`, `preload.cjs` (a sandboxed preload script must be
 * CommonJS in one file) and `vm-process.mjs`. It is what an installer carries; the browser form runs the sources.
 */
import type { BuildOptions } from 'esbuild';
import path from 'node:path';
import { buildIdentity, isFresh, listFiles, markFresh, sha256 } from './cache.ts';
import { fromRoot, OUT } from './paths.ts';
import type { Report } from './report.ts';

const ELECTRON_OUT = path.join(OUT, 'electron');

const SOURCE_FOLDERS = ['electron', 'emulator', 'disk-images'];

/**
 * Bundled CommonJS packages call `require` and name their folder; a module of today has neither. Node's own way
 * to get them back stands at the head of each bundle.
 */
const BANNER =
  "import { createRequire as breenixRequire } from 'node:module'; const require = breenixRequire(import.meta.url);";

export async function buildElectron(report: Report): Promise<void> {
  const inputs = [
    ...SOURCE_FOLDERS.flatMap((folder) =>
      listFiles(fromRoot(folder), (name) => name.endsWith('.ts') && !name.endsWith('.test.ts')),
    ),
    fromRoot('package-lock.json'),
  ];
  const key = sha256(buildIdentity(['electron.ts']), ...inputs);
  if (isFresh('electron', key)) return;
  await bundleShell(ELECTRON_OUT, fromRoot('electron/desktop/vm-entry.ts'));
  const outputs = ['main.mjs', 'vm-process.mjs', 'preload.cjs'].map((name) => path.join(ELECTRON_OUT, name));
  markFresh('electron', key, { inputs, outputs });
  report.built('out/electron');
}

/** `vmEntry` is the program of a machine's process; the app's specs put another in its place. */
export async function bundleShell(outdir: string, vmEntry: string): Promise<void> {
  const { build } = await import('esbuild');
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node24',
    outdir,
    sourcemap: true,
    logLevel: 'warning',
    // Electron provides the first; native code is not bundled.
    external: ['electron', 'node-pty'],
  } satisfies BuildOptions;
  await build({
    ...common,
    format: 'esm',
    banner: { js: BANNER },
    outExtension: { '.js': '.mjs' },
    entryPoints: {
      main: fromRoot('electron/desktop/main.ts'),
      'vm-process': vmEntry,
    },
  });
  await build({
    ...common,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    entryPoints: { preload: fromRoot('electron/desktop/preload.ts') },
  });
}
