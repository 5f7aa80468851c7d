/** The app in one of its forms, with a page that a spec drives. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { _electron, chromium, type Browser, type Page } from 'playwright-core';
import { electronProgram } from '../../../electron/services/electron-program.ts';

export const projectRoot = path.resolve(import.meta.dirname, '../../..');

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const CHROMIUM_FLAGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** What takes longer hangs. Far more than anything takes on a host that is busy with other things. */
export const HANG_MS = 90_000;
/** `npm start` builds what is stale first. */
const BUILD_TIMEOUT_MS = 600_000;

export interface RunningApp {
  /** What the app runs on, for the report. */
  readonly label: string;
  readonly page: Page;
  /** The back end's process. */
  readonly pid: number;
  /** Everything that it has printed. */
  readonly output: () => string;
  /** Ends the app as its user would, or just the browser when the back end is gone. */
  readonly stop: () => Promise<void>;
}

export interface StartRequest {
  /** The data folder (BREENIX_HOME). */
  readonly home: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** Motion is reduced: a blinking cursor would make the same screen two pictures. */
const VIEWPORT = { width: 1200, height: 800 };

/** Polls until `probe` gives something; throws with `what` when it takes too long. */
export async function until<T>(
  what: string,
  probe: () => T | null | undefined | Promise<T | null | undefined>,
  timeoutMs = HANG_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (true) {
    const value = await probe();
    if (value !== null && value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return () => text;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** `command` prints the address that it serves at. */
export async function startWebApp(command: readonly string[], request: StartRequest): Promise<RunningApp> {
  const child = spawn(process.execPath, [...command], {
    cwd: projectRoot,
    env: { ...process.env, BREENIX_HOME: request.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  const address = await until(
    `an address from ${command.join(' ')}`,
    () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${output()}`);
      return /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(output())?.[0];
    },
    BUILD_TIMEOUT_MS,
  );
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: CHROMIUM_FLAGS,
    timeout: HANG_MS,
  });
  const page = await browser.newPage({
    viewport: request.viewport ?? VIEWPORT,
    reducedMotion: 'reduce',
  });
  page.setDefaultTimeout(HANG_MS);
  await page.goto(address);
  return {
    label: `browser: Chromium ${browser.version()}`,
    page,
    pid: child.pid ?? 0,
    output,
    stop: async () => {
      await browser.close();
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}

/** `main` is the bundled shell: with Electron's program where there is one, else with the stand-in. */
export async function startShellApp(main: string, request: StartRequest): Promise<RunningApp> {
  const program = electronProgram(projectRoot);
  return program === null ? await startStandIn(main, request) : await startElectron(program, main, request);
}

async function startElectron(program: string, main: string, request: StartRequest): Promise<RunningApp> {
  const app = await _electron.launch({
    executablePath: program,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), main],
    env: { ...(process.env as Record<string, string>), BREENIX_HOME: request.home },
  });
  const page = await app.firstWindow();
  page.setDefaultTimeout(HANG_MS);
  const child = app.process();
  const version = await app.evaluate(() => process.versions.electron);
  return {
    label: `shell: electron ${version}`,
    page,
    pid: child.pid ?? 0,
    output: collectOutput(child),
    stop: async () => {
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}

async function startStandIn(main: string, request: StartRequest): Promise<RunningApp> {
  const temporary = mkdtempSync(path.join(tmpdir(), 'breenix-shell-'));
  const register = path.join(projectRoot, 'electron/stand-in/register.ts');
  const child = spawn(process.execPath, ['--import', register, main], {
    cwd: projectRoot,
    env: { ...process.env, BREENIX_HOME: request.home, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  const port = await until('the debugging port of the stand-in’s Chromium', () => {
    if (child.exitCode !== null) throw new Error(`the shell ended: ${output()}`);
    return debuggingPort(temporary);
  });
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { timeout: HANG_MS });
  const page = await until('the page of the stand-in', () => pageOf(browser)).catch(
    async (error: unknown) => {
      await closeChromium(browser);
      throw new Error(`${String(error)}\n${output()}`);
    },
  );
  page.setDefaultTimeout(HANG_MS);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.setViewportSize(request.viewport ?? VIEWPORT);
  return {
    label: `shell: stand-in on Chromium ${browser.version()}`,
    page,
    pid: child.pid ?? 0,
    output,
    stop: async () => {
      child.kill('SIGTERM');
      await ended(child);
      await closeChromium(browser);
      rmSync(temporary, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** The stand-in ends its Chromium; one whose stand-in was killed is left over. */
async function closeChromium(browser: Browser): Promise<void> {
  try {
    const session = await browser.newBrowserCDPSession();
    await session.send('Browser.close');
  } catch {
    // It is gone, or goes while it is asked to.
  }
}

/** Chromium writes the port that it chose into its profile. */
function debuggingPort(temporary: string): string | null {
  const profile = readdirSync(temporary).find((name) => name.startsWith('breenix-stand-in-'));
  if (profile === undefined) return null;
  const file = path.join(temporary, profile, 'DevToolsActivePort');
  return existsSync(file) ? (readFileSync(file, 'utf8').split('\n')[0] ?? null) : null;
}

const pageOf = (browser: Browser): Page | undefined =>
  browser
    .contexts()
    .flatMap((context) => context.pages())
    .find((page) => page.url().startsWith('http://127.0.0.1'));
