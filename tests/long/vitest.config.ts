import { defineConfig } from 'vitest/config';

/** The longer proofs of `npm run test:long`: `*.long.test.ts`, beside what they prove or in this folder. */
export default defineConfig({
  test: {
    include: ['{build,disk-images,electron,emulator,kernel,renderer,tests}/**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30 * 60_000,
    hookTimeout: 10 * 60_000,
  },
});
