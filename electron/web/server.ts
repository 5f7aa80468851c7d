/**
 * The app in an ordinary browser: the renderer's files and its connections at 127.0.0.1, for this user alone.
 *
 *   GET  /?token=…        a one-time address: sets the cookie and goes to /
 *   GET  /…               the renderer
 *   WS   /connect/app     the back end
 *   WS   /connect/vm/ID   a running machine
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { WebSocketServer } from 'ws';
import { machineId } from '../protocol/app-contract.ts';
import { overBytes, type Duplex } from '../protocol/duplex.ts';
import { SERIAL_INPUT_MAX_BYTES } from '../protocol/vm-contract.ts';
import type { AppService } from '../services/app-service.ts';
import { readRendererFile, securityHeaders } from '../services/renderer-files.ts';
import { Gate, type Refusal } from './gate.ts';
import { socketDuplex } from './socket-duplex.ts';

const LOOPBACK = '127.0.0.1';
/** The largest message of a renderer is serial input, with room for its envelope. */
const MAX_MESSAGE_BYTES = SERIAL_INPUT_MAX_BYTES + 64 * 1024;

export interface WebServerOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly rendererFolder: string;
  readonly service: AppService<Duplex<Uint8Array>>;
  readonly say: (line: string) => void;
}

export interface WebServer {
  readonly origin: string;
  /** A new address that lets one browser in. */
  readonly issueAddress: () => string;
  readonly close: () => Promise<void>;
}

/** Rejects with the system's error when the port cannot be had (EADDRINUSE, EACCES). */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { service, say } = options;
  const server = http.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const gate = new Gate(`${LOOPBACK}:${port}`);

  server.on('request', (request, response) => {
    void answer(request, response, gate, options.rendererFolder);
  });

  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined); // a browser that goes away while it is let in
    const target = connectTarget(request.url ?? '');
    const refusal = gate.checkSocket(request.headers);
    if (refusal !== null || target === null) {
      const status = refusal?.status ?? 404;
      socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const bytes = socketDuplex(webSocket, say);
      if (target.kind === 'app') service.connectRenderer(overBytes(bytes, say));
      else if (!service.attachViewer(target.id, bytes)) bytes.close();
    });
  });

  return {
    origin: gate.origin,
    issueAddress: () => gate.issueAddress(),
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Target = { readonly kind: 'app' } | { readonly kind: 'vm'; readonly id: string };

function connectTarget(url: string): Target | null {
  if (url === '/connect/app') return { kind: 'app' };
  const id = v.safeParse(machineId, /^\/connect\/vm\/([^/?]*)$/.exec(url)?.[1]);
  return id.success ? { kind: 'vm', id: id.output } : null;
}

async function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  gate: Gate,
  rendererFolder: string,
): Promise<void> {
  const wrongAddress = gate.checkAddress(request.headers);
  if (wrongAddress !== null) {
    refuse(response, wrongAddress);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...securityHeaders, allow: 'GET, HEAD' }).end();
    return;
  }
  // Not the URL class: it would resolve `..` before the file's own check sees it.
  const [urlPath = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const token = new URLSearchParams(query).get('token');
  if (urlPath === '/' && token !== null) {
    const cookie = gate.redeem(token);
    if (cookie === null) {
      refuse(response, { status: 403, reason: 'This address was used already, or is not one of ours.' });
      return;
    }
    const headers = { ...securityHeaders, location: '/', 'set-cookie': cookie, 'cache-control': 'no-store' };
    response.writeHead(303, headers).end();
    return;
  }
  const refusal = gate.checkRequest(request.headers);
  if (refusal !== null) {
    refuse(response, refusal);
    return;
  }
  const file = await readRendererFile(rendererFolder, urlPath);
  if (file === null) {
    response.writeHead(404, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' });
    response.end('There is no such page.\n');
    return;
  }
  response.writeHead(200, { ...file.headers, 'content-length': file.body.byteLength });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

function refuse(response: http.ServerResponse, { status, reason }: Refusal): void {
  response
    .writeHead(status, {
      ...securityHeaders,
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    })
    .end(`${reason}\n`);
}
