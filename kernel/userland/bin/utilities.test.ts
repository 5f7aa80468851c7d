/**
 * The utilities on Linux, by a table of command lines: testing/utilities.txt. Each is run by the host's sh with our
 * programs first in PATH, in a folder with the files that testing/utilities-files.sh makes. Standard error is not compared: its
 * wording is free.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, BUILD_TIMEOUT_MS, buildForHost } from '../testing/on-host.ts';

const TABLE = path.resolve(import.meta.dirname, '../testing/utilities.txt');
const FILES = path.resolve(import.meta.dirname, '../testing/utilities-files.sh');
const TIMEOUT_MS = 60_000;
/** They need the rights of root. */
const PRIVILEGED = /\b(chown|chgrp|mknod|nice -n -|id|whoami|groups|chroot)\b/;

interface Row {
  readonly command: string;
  readonly status: number;
  readonly stdout: string;
}

/** `### [STATUS] COMMAND`, then what it prints; a backslash before the end of the line: no newline there. */
function rows(): Row[] {
  const found: Row[] = [];
  for (const part of readFileSync(TABLE, 'utf8').split(/^### /m).slice(1)) {
    const [, status, command, output] = /^\[(\d+)\] ([^\n]*)\n([^]*)$/.exec(part) ?? [];
    if (command === undefined) throw new Error(`malformed: ${part.slice(0, 60)}`);
    found.push({ command, status: Number(status), stdout: (output ?? '').replace(/\\\n$/, '') });
  }
  return found;
}

function sh(command: string, cwd: string, programs: string) {
  return spawnSync('/bin/sh', ['-c', command], {
    cwd,
    env: { PATH: `${programs}/usr/bin:/bin`, LC_ALL: 'C.UTF-8', HOME: '/', TERM: 'dumb' },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    input: '',
  });
}

const folders: string[] = [];
beforeAll(buildForHost, BUILD_TIMEOUT_MS);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('utilities', () => {
  const table = rows().filter(({ command }) => process.getuid?.() === 0 || !PRIVILEGED.test(command));

  it('has a table', () => {
    expect(table.length).toBeGreaterThan(100);
  });

  it.each(table)('$command', { timeout: TIMEOUT_MS }, ({ command, status, stdout }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'breenix-utilities-'));
    folders.push(folder);
    expect(sh(readFileSync(FILES, 'utf8'), folder, '').status).toBe(0);
    const outcome = sh(command, folder, `${BIN}:`);
    expect({ status: outcome.status, stdout: outcome.stdout }).toEqual({ status, stdout });
  });
});
