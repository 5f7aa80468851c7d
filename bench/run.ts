/** `npm run bench`: builds the benchmark's image and runs it on the interpreter. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from '../build/build.ts';
import { makeBenchmarkImage } from './cpu/make-image.ts';

const out = path.resolve(import.meta.dirname, '../out');
const image = path.join(out, 'bench64.img');
await build(['emulator']);
mkdirSync(out, { recursive: true });
makeBenchmarkImage(64, image);
execFileSync(process.execPath, [path.join(import.meta.dirname, 'interpreter.ts'), image], {
  stdio: 'inherit',
});
