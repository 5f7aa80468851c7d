/** What is kept on the host: folders, JSON files, machines and their disks, which files may be used. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveAllowed } from './allowed-folders.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { MachineStore } from './machine-store.ts';
import { PreferencesStore } from './preferences-store.ts';
import { readTail } from './process-log.ts';
import { userFolders } from './user-folders.ts';

let folder: string;
let said: string[];

const say = (line: string): void => {
  said.push(line);
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-services-'));
  said = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('user folders', () => {
  test('follow the XDG variables, and ignore relative ones', () => {
    const env = { XDG_DATA_HOME: '/d', XDG_CONFIG_HOME: 'relative', XDG_STATE_HOME: '/s' };
    expect(userFolders(env, 'linux', '/home/u')).toEqual({
      data: '/d/breenix',
      config: '/home/u/.config/breenix',
      state: '/s/breenix',
    });
  });

  test('lie below BREENIX_HOME where it is set', () => {
    expect(userFolders({ BREENIX_HOME: '/x', XDG_DATA_HOME: '/d' }, 'linux', '/home/u').data).toBe('/x');
  });
});

describe('JSON files', () => {
  const schema = v.strictObject({ n: v.number() });

  test('come back as they were written, and leave nothing beside them', async () => {
    const file = path.join(folder, 'a.json');
    expect(await readJsonFile(file, schema)).toEqual({ kind: 'missing' });
    await writeJsonFile(file, { n: 5 });
    expect(await readJsonFile(file, schema)).toEqual({ kind: 'ok', value: { n: 5 } });
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test.each(['', '{"n":', '{"n":"5"}', '{"n":5,"more":1}', '[]'])('%j is kept aside', async (text) => {
    const file = path.join(folder, 'a.json');
    writeFileSync(file, text);
    const result = await readJsonFile(file, schema);
    expect(result.kind).toBe('corrupted');
    expect(existsSync(file)).toBe(false);
    expect(result.kind === 'corrupted' ? readFileSync(result.keptAs, 'utf8') : null).toBe(text);
  });

  test('a write that fails leaves the old file', async () => {
    const file = path.join(folder, 'a.json');
    await writeJsonFile(file, { n: 1 });
    mkdirSync(`${file}.${process.pid}.new`);
    await expect(writeJsonFile(file, { n: 2 })).rejects.toThrow();
    expect(await readJsonFile(file, schema)).toMatchObject({ value: { n: 1 } });
    rmSync(`${file}.${process.pid}.new`, { recursive: true, force: true });
  });
});

describe('machines', () => {
  let template: string;
  const data = (): string => path.join(folder, 'data');
  const disk = (): string => path.join(data(), 'machines/breenix/disk.img');
  const open = (): Promise<MachineStore> => MachineStore.open(data(), template, say);

  beforeEach(() => {
    template = path.join(folder, 'breenix.img');
    writeFileSync(template, 'system one');
  });

  test('the first start makes one, with a disk of its own', async () => {
    const store = await open();
    expect(store.ids).toEqual(['breenix']);
    expect(readFileSync(disk(), 'utf8')).toBe('system one');
    expect(readdirSync(path.dirname(disk())).sort()).toEqual(['disk.img', 'machine.json']);
    expect(said).toEqual([]);
  });

  test('without a system image the first start says how to get one', async () => {
    rmSync(template);
    await expect(open()).rejects.toThrow('npm run build');
    expect(existsSync(disk())).toBe(false);
  });

  test('a newer system reaches a disk that nobody has written to', async () => {
    await open();
    writeFileSync(template, 'system two!');
    const store = await open();
    expect(readFileSync(disk(), 'utf8')).toBe('system two!');
    expect(said[0]).toContain('newer system image');
    expect(await store.hasNewerSystemImage('breenix')).toBe(false);
  });

  test('and never one that somebody has', async () => {
    await open();
    writeFileSync(disk(), 'my system!');
    utimesSync(disk(), 1, 1);
    writeFileSync(template, 'system two!');
    const store = await open();
    expect(readFileSync(disk(), 'utf8')).toBe('my system!');
    expect(await store.hasNewerSystemImage('breenix')).toBe(true);
    const kept = await store.restoreDisk('breenix');
    expect(readFileSync(kept, 'utf8')).toBe('my system!');
    expect(readFileSync(disk(), 'utf8')).toBe('system two!');
    expect(await store.hasNewerSystemImage('breenix')).toBe(false);
  });

  test('changes are kept', async () => {
    const store = await open();
    await store.change('breenix', { name: 'Other', memoryMiB: 64, disk: template });
    const definition = (await open()).get('breenix');
    expect(definition).toMatchObject({ name: 'Other', memoryMiB: 64, disk: template });
    await store.change('breenix', { disk: disk() });
    expect((await open()).get('breenix')?.disk).toBe('disk.img');
  });

  test('changes made at once are all kept', async () => {
    const store = await open();
    await Promise.all([
      store.change('breenix', { memoryMiB: 64 }),
      store.change('breenix', { disk: template }),
      store.change('breenix', { name: 'Other' }),
    ]);
    const wanted = { name: 'Other', memoryMiB: 64, disk: template };
    expect(store.get('breenix')).toMatchObject(wanted);
    expect((await open()).get('breenix')).toMatchObject(wanted);
    expect(readdirSync(path.dirname(disk())).sort()).toEqual(['disk.img', 'machine.json']);
  });

  test('a change that is refused holds up none of those after it', async () => {
    const store = await open();
    const refused = store.change('nobody', { name: 'Other' });
    const kept = store.change('breenix', { name: 'Other' });
    await expect(refused).rejects.toThrow('there is no machine nobody');
    await kept;
    expect(store.get('breenix')?.name).toBe('Other');
  });

  test('a damaged definition is kept aside and its disk used as it is', async () => {
    await open();
    writeFileSync(disk(), 'precious');
    writeFileSync(path.join(path.dirname(disk()), 'machine.json'), 'oops');
    const store = await open();
    expect(store.ids).toEqual(['breenix']);
    expect(readFileSync(disk(), 'utf8')).toBe('precious');
    expect(said[0]).toContain('could not be read');
    expect(said[1]).toContain('made anew around its disk');
  });
});

test('preferences have defaults, are kept, and survive damage', async () => {
  const store = await PreferencesStore.open(folder, say);
  expect(store.current.scale).toBe('fit');
  await store.change({ scale: '2x' });
  expect((await PreferencesStore.open(folder, say)).current.scale).toBe('2x');
  writeFileSync(path.join(folder, 'preferences.json'), '{"scale":"7x"}');
  expect((await PreferencesStore.open(folder, say)).current.scale).toBe('fit');
  expect(said[0]).toContain('kept as');
});

test('preferences changed at once are all kept', async () => {
  const store = await PreferencesStore.open(folder, say);
  await Promise.all([
    store.change({ scale: '2x' }),
    store.change({ libraryOpen: false }),
    store.change({ releaseKey: 'scroll-lock' }),
  ]);
  const wanted = { scale: '2x', libraryOpen: false, releaseKey: 'scroll-lock' };
  expect(store.current).toEqual(wanted);
  expect((await PreferencesStore.open(folder, say)).current).toEqual(wanted);
});

test('who waits for settings to settle finds them on the disk', async () => {
  const store = await PreferencesStore.open(folder, say);
  void store.change({ scale: '2x' });
  void store.change({ libraryOpen: false });
  await store.settled();
  const kept = (await PreferencesStore.open(folder, say)).current;
  expect([kept.scale, kept.libraryOpen]).toEqual(['2x', false]);
});

describe('allowed folders', () => {
  beforeEach(() => {
    mkdirSync(path.join(folder, 'in'));
    mkdirSync(path.join(folder, 'inside-by-name-only'));
    writeFileSync(path.join(folder, 'in/a.img'), '');
    writeFileSync(path.join(folder, 'out.img'), '');
    writeFileSync(path.join(folder, 'inside-by-name-only/a.img'), '');
    symlinkSync(path.join(folder, 'out.img'), path.join(folder, 'in/link.img'));
  });

  test('a file below one is allowed', () => {
    expect(resolveAllowed(path.join(folder, 'in/a.img'), [path.join(folder, 'in')])).toBe(
      path.join(folder, 'in/a.img'),
    );
  });

  test.each(['in/../out.img', 'out.img', 'in/link.img', 'inside-by-name-only/a.img', 'in'])(
    '%s is not',
    (name) => {
      expect(() => resolveAllowed(`${folder}/${name}`, [path.join(folder, 'in')])).toThrow(
        /outside the folders/,
      );
    },
  );

  test('what does not exist is told only inside of them', () => {
    const allowed = [path.join(folder, 'in')];
    expect(() => resolveAllowed(path.join(folder, 'in/missing/a.img'), allowed)).toThrow('does not exist');
    for (const name of ['missing.img', 'in/../missing.img', 'missing/in/a.img', 'in/missing/../../x'])
      expect(() => resolveAllowed(`${folder}/${name}`, allowed)).toThrow(/outside the folders/);
  });

  test('all of the computer is the desktop app’s', () => {
    expect(resolveAllowed(path.join(folder, 'in/link.img'), 'all')).toBe(path.join(folder, 'out.img'));
    expect(() => resolveAllowed('relative.img', 'all')).toThrow('whole path');
    expect(() => resolveAllowed(path.join(folder, 'missing'), 'all')).toThrow('does not exist');
  });
});

test('the end of a log is read from the start of a line', async () => {
  const file = path.join(folder, 'x.log');
  expect((await readTail(file)).text).toBe('');
  writeFileSync(file, `${'a'.repeat(99)}\n`.repeat(5000));
  const { text } = await readTail(file);
  expect(text.length).toBeLessThanOrEqual(256 * 1024);
  expect(text.startsWith('a'.repeat(99))).toBe(true);
});
