/** The table of long tests in tests/README.md is what `npm run test:long` runs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { listFiles } from '../../build/cache.ts';

const root = path.resolve(import.meta.dirname, '../..');
const FOLDERS = ['build', 'disk-images', 'electron', 'emulator', 'kernel', 'renderer', 'tests'];

it('names every long test with its minutes', () => {
  const readme = readFileSync(path.join(root, 'tests/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `(\S+\.long\.test\.ts)` +\| +\d+ \|/gm)].map(([, file]) => file);
  const files = FOLDERS.flatMap((folder) =>
    listFiles(path.join(root, folder), (name) => name.endsWith('.long.test.ts')),
  ).map((file) => path.relative(root, file));
  expect(rows.sort()).toEqual(files.sort());
});
