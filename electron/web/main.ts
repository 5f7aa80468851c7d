/** Runs the web form until it is told to end (SIGINT, SIGTERM, SIGHUP): then the machines go off first. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import type { Duplex } from '../protocol/duplex.ts';
import { AppService } from '../services/app-service.ts';
import { childLauncher } from '../services/child-launcher.ts';
import { userFolders } from '../services/user-folders.ts';
import { startWebServer, type WebServer } from './server.ts';

export interface WebOptions {
  readonly root: string;
  readonly version: string;
  readonly port: number;
  readonly openBrowser: boolean;
  /** Besides the data folder, where disk images may lie. */
  readonly folders: readonly string[];
  /** The program of a machine's process. */
  readonly vmEntry: string;
}

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/** Resolves to the exit status. Lines for the person go to standard output, the rest to standard error. */
export async function runWeb(options: WebOptions): Promise<number> {
  const say = (line: string): void => {
    process.stderr.write(`breenix: ${line}\n`);
  };
  const folders = userFolders();
  const service = await AppService.open<Duplex<Uint8Array>>({
    version: options.version,
    form: 'browser',
    folders,
    systemImage: path.join(options.root, 'out/breenix.img'),
    allowedFolders: [folders.data, ...options.folders],
    launch: childLauncher(options.vmEntry, say),
    say,
  });
  const server = await listen(options, service, say);
  // Before anybody learns that we are there and may end us.
  const toldToEnd = untilToldToEnd();
  const address = server.issueAddress();
  process.stdout.write(`Breenix is at ${address}\nThis address works once. Ctrl-C ends Breenix.\n`);
  if (options.openBrowser) openInBrowser(address, say);
  if (process.stdin.isTTY) offerMoreAddresses(server);
  await toldToEnd;
  await service.close();
  await server.close();
  return 0;
}

async function listen(
  options: WebOptions,
  service: AppService<Duplex<Uint8Array>>,
  say: (line: string) => void,
): Promise<WebServer> {
  const rendererFolder = path.join(options.root, 'out/renderer');
  try {
    return await startWebServer({ port: options.port, rendererFolder, service, say });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (code === 'EADDRINUSE') {
      throw new PortInUseError(`port ${options.port} is in use; choose another with --port N`, { cause });
    }
    if (code === 'EACCES') {
      throw new PortInUseError(`port ${options.port} is not allowed; choose one above 1023`, { cause });
    }
    throw cause;
  }
}

function offerMoreAddresses(server: WebServer): void {
  process.stdout.write('Enter prints a new address.\n');
  process.stdin.on('data', () => {
    process.stdout.write(`${server.issueAddress()}\n`);
  });
}

function openInBrowser(address: string, say: (line: string) => void): void {
  const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  };
  const [program, ...args] = openers[process.platform] ?? ['xdg-open'];
  const opener = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  opener.on('error', () => {
    say(`no browser could be opened (${program} is missing): open the address yourself`);
  });
  opener.unref();
}

function untilToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.stdin.destroy();
        resolve();
      });
    }
  });
}
