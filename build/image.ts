/** Builds the system disk image: out/breenix.img from the kernel, the user programs and kernel/userland/etc. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openRawImage } from '../disk-images/formats/raw.ts';
import { buildSystemImage, makeGrubImages } from '../disk-images/recipes/system.ts';
import type { GrubImages } from '../disk-images/recipes/grub.ts';
import { malformedElfFiles } from '../kernel/userland/fixtures/malformed-elf.ts';
import {
  buildIdentity,
  cachedPath,
  isCached,
  isFresh,
  listFiles,
  markFresh,
  sha256,
  writeAtomically,
} from './cache.ts';
import { buildCTests, C_TESTS_OUT } from './c-tests.ts';
import { KERNEL_STRIPPED } from './kernel.ts';
import { fromRoot, OUT } from './paths.ts';
import type { Report } from './report.ts';
import { USERLAND_OUT } from './userland.ts';

export const SYSTEM_IMAGE = path.join(OUT, 'breenix.img');

/** Mount points, which must exist on the root file system. */
const DIRECTORIES = ['/dev', '/proc', '/tmp', '/etc'];
const STEP = 'image';

/** Folders of the host and where their files go. */
const TREES: readonly { readonly from: string; readonly to: string }[] = [
  { from: path.join(USERLAND_OUT, 'bin'), to: '/bin' },
  { from: path.join(USERLAND_OUT, 'tests'), to: '/tests' },
  { from: C_TESTS_OUT, to: '/tests/c' },
  { from: fromRoot('kernel/userland/etc'), to: '/etc' },
];

function collectFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { from, to } of TREES) {
    for (const file of listFiles(from, () => true)) {
      files.set(path.posix.join(to, path.relative(from, file).split(path.sep).join('/')), file);
    }
  }
  return files;
}

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

export async function buildImage(report: Report): Promise<void> {
  await buildCTests(report);
  const recipe = buildIdentity(['image.ts', '../disk-images', '../kernel/userland/fixtures']);
  const files = collectFiles();
  const key = sha256(recipe, JSON.stringify([...files]));
  if (isFresh(STEP, key)) return;
  if (!existsSync(KERNEL_STRIPPED))
    throw new Error('there is no kernel yet: node build/build.ts kernel userland image');
  const image = buildSystemImage({
    kernel: readFileSync(KERNEL_STRIPPED),
    files: new Map([
      ...[...files].map(([to, from]) => [to, readFileSync(from)] as const),
      ...[...malformedElfFiles()].map(([name, bytes]) => [`/tests/data/${name}`, bytes] as const),
    ]),
    directories: DIRECTORIES,
    timestamp: new Date(),
    grub: cachedGrub(recipe),
  });
  replaceImage(image);
  markFresh(STEP, key, {
    inputs: [KERNEL_STRIPPED, ...files.values()],
    outputs: [],
    mutableOutputs: [SYSTEM_IMAGE],
  });
  report.built(path.relative(process.cwd(), SYSTEM_IMAGE));
}

/** A machine that runs from the image would go on with the old one and its user lose what it writes: refuse. */
function replaceImage(image: Uint8Array): void {
  const old = existsSync(SYSTEM_IMAGE) ? openRawImage(SYSTEM_IMAGE, { readOnly: false }) : null;
  try {
    writeAtomically(SYSTEM_IMAGE, image);
  } finally {
    old?.close();
  }
}
