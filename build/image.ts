/** Builds the system disk image: out/breenix.img from the kernel, the user programs and kernel/userland/etc. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openRawImage } from '../disk-images/formats/raw.ts';
import { buildSystemImage, makeGrubImages, type SystemImageOptions } from '../disk-images/recipes/system.ts';
import type { GrubImages } from '../disk-images/recipes/grub.ts';
import {
  buildIdentity,
  cachedPath,
  isCached,
  isFresh,
  markFresh,
  sha256,
  writeAtomically,
  writeSparse,
} from './cache.ts';
import { buildCTests } from './c-tests.ts';
import { KERNEL_STRIPPED } from './kernel.ts';
import { OUT, ROOT } from './paths.ts';
import type { Report } from './report.ts';
import { collectRootFiles, readRootFiles, type RootFiles } from './root-files.ts';

/** As built, and never written to: what new machines and tests copy. */
export const SYSTEM_IMAGE = path.join(OUT, 'breenix.img');
/** The disk that `npm run breenix run` and `npm run qemu` use and write to; a new build replaces it. */
export const WORK_DISK = path.join(OUT, 'disk.img');

const STEP = 'image';

/** grub-mkimage takes a second, and its result changes only with GRUB's packages and our recipe. */
function cachedGrub(recipe: string): GrubImages {
  const parts = ['bootCode', 'core', 'efi'] as const;
  const version = ['i386-pc/kernel.img', 'x86_64-efi/kernel.img'].map((file) => {
    const at = path.join('/usr/lib/grub', file);
    return existsSync(at) ? readFileSync(at) : '';
  });
  const key = sha256(recipe, ...version);
  const paths = parts.map((part) => cachedPath('grub', key, `-${part}`));
  if (!paths.every(isCached)) {
    const made = makeGrubImages();
    parts.forEach((part, i) => {
      writeAtomically(paths[i] ?? '', made[part]);
    });
  }
  const [bootCode, core, efi] = paths.map((file) => readFileSync(file));
  if (!bootCode || !core || !efi) throw new Error('the cache of GRUB images is broken: remove out/cache');
  return { bootCode, core, efi };
}

/** Of every file on the disk: that of the sources where git knows it, so that the same commit gives the same image. */
function timestamp(): Date {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d+$/.test(given)) return new Date(Number(given) * 1000);
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' });
  return status === 0 && /^\d+$/.test(stdout.trim()) ? new Date(Number(stdout) * 1000) : new Date();
}

interface Parts {
  /** Of the code that puts the image together. */
  readonly recipe: string;
  readonly files: RootFiles;
}

async function gather(report: Report): Promise<Parts> {
  await buildCTests(report);
  const recipe = buildIdentity([
    'image.ts',
    'root-files.ts',
    '../disk-images',
    '../kernel/userland/fixtures',
  ]);
  return { recipe, files: await collectRootFiles(report) };
}

/** What may differ from out/breenix.img. */
export type ImageShape = Pick<SystemImageOptions, 'table' | 'sizeMiB' | 'kernelArguments'>;

function assemble({ recipe, files }: Parts, shape: ImageShape): Uint8Array {
  if (!existsSync(KERNEL_STRIPPED))
    throw new Error('there is no kernel yet: node build/build.ts kernel userland image');
  return buildSystemImage({
    ...shape,
    kernel: readFileSync(KERNEL_STRIPPED),
    root: readRootFiles(files),
    timestamp: timestamp(),
    grub: cachedGrub(recipe),
  });
}

/** The bytes of a system disk of another shape, from the same kernel and files. */
export async function makeImage(report: Report, shape: ImageShape): Promise<Uint8Array> {
  return assemble(await gather(report), shape);
}

export async function buildImage(report: Report): Promise<void> {
  const parts = await gather(report);
  const { fromHost, links } = parts.files;
  const key = sha256(parts.recipe, JSON.stringify([...fromHost]), JSON.stringify([...links]));
  if (isFresh(STEP, key)) return;
  replaceImage(assemble(parts, {}));
  markFresh(STEP, key, {
    inputs: [KERNEL_STRIPPED, ...[...fromHost.values()].map(({ from }) => from)],
    outputs: [SYSTEM_IMAGE],
    mutableOutputs: [WORK_DISK],
  });
  report.built(path.relative(process.cwd(), SYSTEM_IMAGE));
}

/** A machine that runs from the image would go on with the old one and its user lose what it writes: refuse. */
function replaceImage(image: Uint8Array): void {
  const old = existsSync(WORK_DISK) ? openRawImage(WORK_DISK, { readOnly: false }) : null;
  try {
    writeSparse(SYSTEM_IMAGE, image);
    writeSparse(WORK_DISK, image);
  } finally {
    old?.close();
  }
}
