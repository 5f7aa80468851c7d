/** `breenix ls`: what is in a folder of a disk image. */
import process from 'node:process';
import type { Place } from '../../disk-images/exchange/copy.ts';
import type { NodeKind, TreeNode } from '../../disk-images/exchange/file-tree.ts';
import { exitStatus } from './exit-status.ts';
import { parsePlace, PLACE_HELP, PlaceOpener } from './file-place.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

const USAGE = `Usage: breenix ls [-l] IMAGE:/PATH …

Lists folders of disk images, and single files by their names.

${PLACE_HELP}

  -l, --long          permissions, owner and group, size in bytes, time (UTC), and where links lead
  --help              print this
`;

const KIND_LETTERS: Readonly<Record<NodeKind, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  other: '?',
};

function modeText(mode: number): string {
  const letters = 'rwxrwxrwx';
  return Array.from(letters, (letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-')).join('');
}

function longRow(node: TreeNode, place: Place): string {
  const { mode, owner, sizeBytes, modified, kind } = node;
  const permissions = `${KIND_LETTERS[kind]}${mode === null ? '' : modeText(mode)}`.padEnd(10);
  const who = owner === null ? '-' : `${owner.uid}:${owner.gid}`;
  const time = modified.toISOString().slice(0, 16).replace('T', ' ');
  const leads = kind === 'symlink' ? ` -> ${place.tree.readLink(place.path)}` : '';
  return `${permissions} ${who.padEnd(10)} ${String(sizeBytes).padStart(10)} ${time} ${node.name}${leads}\n`;
}

function show(place: Place, long: boolean): string {
  const shown = place.tree.describe(place.path);
  const named = place.tree.stat(place.path);
  if (!named) throw new UsageError(`ls: there is no ${shown}`);
  const path = long ? place.path : place.tree.realPath(place.path);
  const node = place.tree.stat(path);
  if (node?.kind !== 'directory') return long ? longRow(named, place) : `${named.name}\n`;
  return place.tree
    .list(path)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((child) => {
      const at = { tree: place.tree, path: `${path === '/' ? '' : path}/${child.name}` };
      return long ? longRow(child, at) : `${child.name}\n`;
    })
    .join('');
}

/** Resolves to the exit status. @throws {UsageError} for what is not there. */
export function listCommand(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseWords({
    args: [...words],
    allowPositionals: true,
    options: { long: { type: 'boolean', short: 'l' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return Promise.resolve(exitStatus.success);
  }
  const places = positionals.map(parsePlace);
  if (places.length === 0) throw new UsageError("ls: name a folder, for example 'breenix ls :/etc'");
  const onHost = places.findIndex(({ image }) => image === null);
  if (onHost >= 0)
    throw new UsageError(`ls: ${positionals[onHost] ?? ''} is not in a disk image: write IMAGE:/PATH`);
  const opener = new PlaceOpener([], (text) => {
    process.stderr.write(`breenix: ${text}\n`);
  });
  try {
    for (const [i, place] of places.entries()) {
      const heading = places.length > 1 ? `${i > 0 ? '\n' : ''}${positionals[i] ?? ''}:\n` : '';
      process.stdout.write(heading + show(opener.open(place), values.long === true));
    }
  } finally {
    opener.abandon();
  }
  return Promise.resolve(exitStatus.success);
}
