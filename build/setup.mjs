/**
 * Sets up what is missing before anything else runs: the npm packages of the lock file, and the Debian
 * packages that the build or the tests call. Plain Node without a dependency, because it runs first.
 *
 * Usage: node build/setup.mjs [run|test] [SCRIPT [ARGUMENT …]]    (default: run, no script)
 *
 * - SCRIPT runs once everything is there, with Node 24: this Node if it is one, else the one of node_modules. The
 *   npm scripts start this way, because the shell that runs `a && b` would look `node` up only once.
 * - Silent and fast when nothing is missing; otherwise it says what it does and why.
 * - Where it may not install system packages, it prints the one command that does and exits with 1.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(fileURLToPath(import.meta.url), '../..');

/**
 * A program or file we call, the Debian package that has it, its Homebrew formula, and who needs it.
 * @typedef {{ probe: string, debian: string, brew: string | null, neededFor: 'run' | 'test' }} Requirement
 * @type {readonly Requirement[]}
 */
const requirements = [
  { probe: 'clang', debian: 'clang', brew: 'llvm', neededFor: 'run' },
  { probe: 'ld.lld', debian: 'lld', brew: 'lld', neededFor: 'run' },
  { probe: '/usr/lib/x86_64-linux-musl/libc.a', debian: 'musl-dev', brew: null, neededFor: 'run' },
  { probe: 'llvm-ar', debian: 'llvm', brew: 'llvm', neededFor: 'run' },
  { probe: 'make', debian: 'make', brew: 'make', neededFor: 'run' },
  { probe: 'grub-mkimage', debian: 'grub-common', brew: null, neededFor: 'run' },
  { probe: '/usr/lib/grub/i386-pc/boot.img', debian: 'grub-pc-bin', brew: null, neededFor: 'run' },
  { probe: '/usr/lib/grub/x86_64-efi/fat.mod', debian: 'grub-efi-amd64-bin', brew: null, neededFor: 'run' },
  { probe: '/usr/share/seabios/bios-256k.bin', debian: 'seabios', brew: 'qemu', neededFor: 'run' },
  { probe: 'qemu-system-x86_64', debian: 'qemu-system-x86', brew: 'qemu', neededFor: 'test' },
  { probe: '/usr/share/OVMF/OVMF_CODE_4M.fd', debian: 'ovmf', brew: 'qemu', neededFor: 'test' },
  // For grub-mkrescue.
  { probe: 'xorriso', debian: 'xorriso', brew: 'xorriso', neededFor: 'test' },
  { probe: 'mcopy', debian: 'mtools', brew: 'mtools', neededFor: 'test' },
  { probe: 'fsck.vfat', debian: 'dosfstools', brew: 'dosfstools', neededFor: 'test' },
  { probe: 'e2fsck', debian: 'e2fsprogs', brew: 'e2fsprogs', neededFor: 'test' },
  { probe: 'sgdisk', debian: 'gdisk', brew: 'gptfdisk', neededFor: 'test' },
  { probe: 'gdb', debian: 'gdb', brew: 'gdb', neededFor: 'test' },
  { probe: 'nasm', debian: 'nasm', brew: 'nasm', neededFor: 'test' },
  { probe: 'gcc', debian: 'gcc', brew: 'gcc', neededFor: 'test' },
  { probe: '/usr/include/stdio.h', debian: 'libc6-dev', brew: null, neededFor: 'test' },
  { probe: 'iasl', debian: 'acpica-tools', brew: 'acpica', neededFor: 'test' },
  { probe: 'chromium', debian: 'chromium', brew: 'chromium', neededFor: 'test' },
];

/** @param {string} line */
function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** @param {string} line @returns {never} */
function giveUp(line) {
  say(line);
  process.exit(1);
}

/** @param {string} probe */
function isPresent(probe) {
  if (path.isAbsolute(probe)) return existsSync(probe);
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, probe), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether node_modules is what the lock file says. npm leaves its own copy of the lock there; packages for
 * other platforms are optional and absent from it.
 */
function packagesAreCurrent() {
  const installedLock = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  for (const [location, entry] of Object.entries(wanted)) {
    if (location === '') continue;
    const found = installed[location];
    if (found ? found.version !== entry.version : !entry.optional && !entry.devOptional) return false;
  }
  return Object.keys(installed).every((location) => location in wanted);
}

/** @param {readonly string[]} words @param {NodeJS.ProcessEnv} [env] */
function run(words, env = process.env) {
  const [command = '', ...args] = words;
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env, shell });
  if (error) say(`cannot run ${command}: ${error.message}`);
  return status === 0;
}

function installPackages() {
  if (packagesAreCurrent()) return;
  say('installing the npm packages of package-lock.json (npm ci), because node_modules is missing or older');
  if (!run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'])) {
    giveUp('npm ci failed; its message is above. Repair that (often the network) and run the same again.');
  }
}

/** @param {readonly Requirement[]} missing */
function installDebianPackages(missing) {
  const packages = [...new Set(missing.map((requirement) => requirement.debian))];
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages];
  const byHand = `sudo ${install.join(' ')}`;
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const mayInstall =
    prefix.length === 0 || (isPresent('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0);
  if (!mayInstall) giveUp(`system packages are missing; install them with:\n\n  ${byHand}\n`);
  say(`installing Debian packages that the build or the tests call: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run([...prefix, 'apt-get', 'update', '-q'], env);
  if (!run([...prefix, ...install], env)) giveUp(`apt-get failed; its message is above. By hand: ${byHand}`);
}

/** @param {readonly Requirement[]} missing */
function sayHowToInstall(missing) {
  const names = missing.map((requirement) => requirement.probe).join(', ');
  if (process.platform === 'darwin') {
    const formulas = [...new Set(missing.flatMap(({ brew }) => (brew === null ? [] : [brew])))];
    giveUp(
      `missing: ${names}. Run: brew install ${formulas.join(' ')} (GRUB: build on Linux or in a container)`,
    );
  }
  if (process.platform === 'win32') {
    giveUp(`missing: ${names}. Build inside WSL: winget install Debian.Debian, then the same command there.`);
  }
  const debian = [...new Set(missing.map((requirement) => requirement.debian))].join(' ');
  giveUp(`missing: ${names}. Install what your distribution calls: ${debian}`);
}

/** TypeScript runs as it is from this version on. */
const NODE_MAJOR = 24;

const majorVersion = Number(process.versions.node.split('.')[0]);

/** Runs a script in this process or, where this Node is too old, in a newer one that ends as this one does. */
async function runScript(/** @type {string} */ script, /** @type {readonly string[]} */ args) {
  const file = path.join(root, script);
  if (majorVersion >= NODE_MAJOR) {
    process.argv = [process.execPath, file, ...args];
    await import(pathToFileURL(file).href);
    return;
  }
  const node = path.join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) giveUp(`Node ${NODE_MAJOR} or newer is needed (this is ${process.versions.node})`);
  const child = spawn(node, [file, ...args], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // A terminal's Ctrl-C reaches the child by itself.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.on('exit', (code) => process.exit(code ?? 1));
}

const [purpose = 'run', script, ...scriptArguments] = process.argv.slice(2);
if (purpose !== 'run' && purpose !== 'test') giveUp(`unknown purpose '${purpose}': use run or test`);
if (majorVersion < 20) {
  giveUp(
    `Node 20 or newer is needed to begin (this is ${process.versions.node}); Node 24 is then installed here`,
  );
}
installPackages();
const missing = requirements.filter(
  ({ probe, neededFor }) => (neededFor === 'run' || purpose === 'test') && !isPresent(probe),
);
if (missing.length > 0) {
  if (process.platform === 'linux' && isPresent('apt-get')) installDebianPackages(missing);
  else sayHowToInstall(missing);
}
if (script !== undefined) await runScript(script, scriptArguments);
