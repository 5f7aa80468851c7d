/** Builds the renderer: renderer/ with what it takes of electron/protocol to out/renderer, by vite. */
import path from 'node:path';
import { buildIdentity, isFresh, listFiles, markFresh, sha256 } from './cache.ts';
import { fromRoot, OUT } from './paths.ts';
import type { Report } from './report.ts';

const RENDERER_OUT = path.join(OUT, 'renderer');

export async function buildRenderer(report: Report): Promise<void> {
  const inputs = [
    ...listFiles(fromRoot('renderer'), (name) => !name.endsWith('.test.ts')),
    ...listFiles(fromRoot('electron/protocol'), (name) => !name.endsWith('.test.ts')),
    // The versions of vite, svelte and everything that is bundled.
    fromRoot('package-lock.json'),
  ];
  const key = sha256(buildIdentity(['renderer.ts']), ...inputs);
  if (isFresh('renderer', key)) return;
  const { build } = await import('vite');
  await build({ configFile: fromRoot('renderer/vite.config.ts'), logLevel: 'warn' });
  markFresh('renderer', key, { inputs, outputs: [path.join(RENDERER_OUT, 'index.html')] });
  report.built('out/renderer');
}
