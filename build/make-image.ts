/**
 * Writes a system disk of another shape than out/breenix.img: `npm run image -- FILE [--table gpt] [--size MIB]
 * [--argument WORD …]`. The kernel, the programs and the files are those of the build.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { PARTITION_TABLES } from '../disk-images/recipes/system.ts';
import { build } from './build.ts';
import { writeSparse } from './cache.ts';
import { type ImageShape, makeImage } from './image.ts';

const USAGE = `Usage: npm run image -- FILE [OPTION …]

  --table mbr|gpt     the partition table (default mbr); both boot by BIOS and by UEFI
  --size MIB          size of the disk (default 256)
  --argument WORD     a word for the kernel's command line; may be given several times
  --help              print this
`;

function parseSize(text: string): number {
  const mib = /^\d+$/.test(text) ? Number(text) : 0;
  if (mib < 64 || mib > 65_536) throw new Error(`--size ${text}: give MiB from 64 to 65536, for example 512`);
  return mib;
}

/** The file to write and what the image is like; null when help was asked for. */
function parseWords(words: readonly string[]): { readonly file: string; readonly shape: ImageShape } | null {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      table: { type: 'string', default: 'mbr' },
      size: { type: 'string' },
      argument: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error('name one file to write; --help explains');
  if (existsSync(file)) throw new Error(`${file} exists already: remove it, or name another`);
  const table = PARTITION_TABLES.find((name) => name === values.table);
  if (!table) throw new Error(`--table ${values.table}: there are ${PARTITION_TABLES.join(' and ')}`);
  const sizeMiB = values.size === undefined ? undefined : parseSize(values.size);
  return {
    file: path.resolve(file),
    shape: { table, kernelArguments: values.argument, ...(sizeMiB === undefined ? {} : { sizeMiB }) },
  };
}

try {
  const wanted = parseWords(process.argv.slice(2));
  if (!wanted) process.stdout.write(USAGE);
  else {
    await build(['kernel', 'userland', 'image']);
    const report = {
      built: () => undefined,
      warn: (text: string): void => {
        process.stderr.write(`${text}\n`);
      },
    };
    writeSparse(wanted.file, await makeImage(report, wanted.shape));
    process.stderr.write(`image: ${wanted.file}\n`);
  }
} catch (error) {
  process.stderr.write(`image: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
