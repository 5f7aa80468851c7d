/** `npm run breenix` in a checkout: builds what is stale of the system and of the emulator, then is `breenix`. */
import process from 'node:process';
import { build } from './build.ts';

try {
  await build(['kernel', 'userland', 'image', 'emulator']);
  await import('../electron/cli/main.ts');
} catch (error) {
  process.stderr.write(`breenix: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
