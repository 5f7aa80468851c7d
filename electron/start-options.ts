/** The options of `npm start`. */
import path from 'node:path';
import { parseArgs } from 'node:util';

export interface StartOptions {
  readonly help: boolean;
  /** Serve to a browser even where Electron could run. */
  readonly web: boolean;
  readonly openBrowser: boolean;
  /** 0: any free port. */
  readonly port: number;
  readonly folders: readonly string[];
}

/** The message names the option and what it takes. */
export class StartUsageError extends Error {
  override readonly name = 'StartUsageError';
}

export const usage = `Usage: npm start [-- OPTIONS]

  --web          serve the app to a browser instead of opening a window
  --no-open      only print the address, do not open a browser
  --port N       the port to serve at (1 to 65535; default: any free one)
  --folder DIR   let the browser form use disk images below DIR (may be repeated)
  --help         print this
`;

export function parseStartOptions(args: readonly string[]): StartOptions {
  const { values } = parse(args);
  return {
    help: values.help,
    web: values.web,
    openBrowser: values.open,
    port: values.port === undefined ? 0 : parsePort(values.port),
    folders: values.folder.map((folder) => path.resolve(folder)),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        help: { type: 'boolean', default: false },
        web: { type: 'boolean', default: false },
        open: { type: 'boolean', default: true },
        port: { type: 'string' },
        folder: { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Node explains at length how to pass such an argument; the first sentence says what is wrong.
    const [first = message] = message.split(/\.\s/);
    throw new StartUsageError(`${first.replace(/\.$/, '')} (npm start -- --help lists the options)`, {
      cause,
    });
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535)
    throw new StartUsageError(`--port takes a number from 1 to 65535, not '${text}'`);
  return port;
}
