/**
 * The build's targets by name, in the order in which they are built. Each is one function in a module of its own,
 * loaded only when asked for; it hashes its inputs and does nothing when nothing changed.
 */
import type { BuildTarget } from './report.ts';

export const TARGETS: Readonly<Record<string, () => Promise<BuildTarget>>> = {
  kernel: async () => (await import('./kernel.ts')).buildKernel,
  userland: async () => (await import('./userland.ts')).buildUserland,
  image: async () => (await import('./image.ts')).buildImage,
  emulator: async () => (await import('./emulator.ts')).buildEmulator,
  renderer: async () => (await import('./renderer.ts')).buildRenderer,
  electron: async () => (await import('./electron.ts')).buildElectron,
};

/** Type checks, for `--check`: of those targets that TypeScript's own compiler cannot check. */
export const CHECKS: Readonly<Record<string, () => Promise<BuildTarget>>> = {
  kernel: async () => (await import('./check.ts')).checkTarget('kernel'),
  userland: async () => (await import('./check.ts')).checkTarget('userland'),
};
