/**
 * Debian's htop, dynamically linked, with Debian's own loader and libraries: it maps five libraries, asks the terminal
 * and reads /proc as it does on Linux.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from '../../build/build.ts';
import { debianBinary } from '../../build/foreign/debian.ts';
import { makeImageVariant } from '../harness/image-variant.ts';
import { startQemuGuest } from '../harness/qemu-guest.ts';
import { waitForPrompt } from '../system/suite.ts';

const LIBRARY_PACKAGES = ['libc6', 'libncursesw6', 'libtinfo6', 'libnl-3-200', 'libnl-genl-3-200'];
const LIBRARIES =
  /^(ld-linux-x86-64|libc|libm|libncursesw|libtinfo|libnl-3|libnl-genl-3)\.so\.[0-9]+$|^ld-linux/;
const LOADER = 'ld-linux-x86-64.so.2';
const EXECUTABLE = 0o755;

/** The libraries of a package that htop is linked with, by the name that the loader looks for. */
function* libraries(name: string): Generator<[string, string]> {
  const tree = debianBinary(name);
  for (const folder of ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']) {
    const from = path.join(tree, folder);
    if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const file of readdirSync(from)) if (LIBRARIES.test(file)) yield [file, path.join(from, file)];
  }
}

let folder = '';
beforeAll(async () => {
  await build(['kernel', 'userland', 'image']);
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-dynamic-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('runs htop as Debian links it', async () => {
  const files = new Map<string, { mode: number; content: Uint8Array }>();
  for (const name of LIBRARY_PACKAGES) {
    for (const [file, from] of libraries(name)) {
      const at = file === LOADER ? `/lib64/${file}` : `/lib/x86_64-linux-gnu/${file}`;
      files.set(at, { mode: EXECUTABLE, content: readFileSync(from) });
    }
  }
  expect(files.size).toBeGreaterThanOrEqual(7);
  const htop = readFileSync(path.join(debianBinary('htop'), 'usr/bin/htop'));
  files.set('/usr/bin/htop', { mode: EXECUTABLE, content: htop });
  const terminal = path.join(debianBinary('ncurses-base'), 'lib/terminfo/x/xterm');
  files.set('/usr/share/terminfo/x/xterm', { mode: 0o644, content: readFileSync(terminal) });
  const image = path.join(folder, 'image');
  makeImageVariant(image, { files });
  const guest = await startQemuGuest({ image, firmware: 'bios', memoryMiB: 256, discardWrites: true });
  try {
    await waitForPrompt(guest);
    const command = '(sleep 4; echo q) | TERM=xterm htop --no-color --delay 10 > /tmp/screen; echo ended $?';
    expect((await guest.console.run(command)).output).toContain('ended 0');
    const { output } = await guest.console.run("tr '\\033' '\\n' < /tmp/screen");
    for (const word of ['Tasks', 'Load average', 'Uptime', '/bin/init', '/bin/getty tty2', 'Quit'])
      expect(output).toContain(word);
  } finally {
    await guest.kill();
  }
});
