/**
 * `node --import electron/stand-in/register.ts out/electron/main.mjs` runs the Electron shell without Electron:
 * whoever imports `electron` gets the stand-in.
 */
import { registerHooks } from 'node:module';

const standIn = new URL('electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === 'electron' ? { url: standIn, shortCircuit: true } : nextResolve(specifier, context),
});
