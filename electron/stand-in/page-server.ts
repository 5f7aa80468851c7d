/**
 * Serves one window's page at 127.0.0.1: the app's own answers to its scheme, with the page shim before the
 * page's first script, and the WebSocket over which the shim speaks to the main process.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { WebSocketServer, type WebSocket } from 'ws';
import { answerFromApp } from './protocol.ts';

const SHIM_PATH = '/__stand-in/shim.js';
export const SOCKET_PATH = '/__stand-in/socket';
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export interface PageServer {
  /** Of the page: stands for the app's own origin. */
  readonly origin: string;
  readonly close: () => void;
}

export async function servePage(
  appOrigin: string,
  preload: string,
  connected: (socket: WebSocket) => void,
): Promise<PageServer> {
  const shim = await bundleShim(preload);
  const server = http.createServer((request, response) => {
    void answer(request.url ?? '/', appOrigin, shim, response);
  });
  const sockets = new WebSocketServer({
    server,
    path: SOCKET_PATH,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  sockets.on('connection', connected);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  urlPath: string,
  appOrigin: string,
  shim: string,
  response: http.ServerResponse,
): Promise<void> {
  if (urlPath === SHIM_PATH) {
    response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(shim);
    return;
  }
  const fromApp = await answerFromApp(appOrigin + urlPath);
  const headers = Object.fromEntries(fromApp.headers);
  let body = Buffer.from(await fromApp.arrayBuffer());
  if (headers['content-type']?.startsWith('text/html') === true) {
    // Where Electron runs a preload script: before everything of the page.
    const tag = `<head><script src="${SHIM_PATH}"></script>`;
    body = Buffer.from(body.toString('utf8').replace('<head>', tag));
  }
  response.writeHead(fromApp.status, headers).end(body);
}

/** The shim, and the app's preload script with what it requires. */
async function bundleShim(preload: string): Promise<string> {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL('page-shim.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'standIn',
    target: 'chrome140',
  });
  const shim = bundled.outputFiles[0]?.text ?? '';
  const script = readFileSync(preload, 'utf8').replace(/\/\/# sourceMappingURL=.*$/m, '');
  return `(() => {${shim}\n((require, module, exports) => {${script}\n})(standIn.require, { exports: {} }, {});})();`;
}
