/** Who gets in and who does not, over real sockets. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AppContract, AppEvents } from '../protocol/app-contract.ts';
import { overBytes, type Duplex } from '../protocol/duplex.ts';
import { connect } from '../protocol/rpc-client.ts';
import { AppService } from '../services/app-service.ts';
import { startWebServer, type WebServer } from './server.ts';
import { socketDuplex } from './socket-duplex.ts';

let folder: string;
let server: WebServer;
let host: string;
let cookie: string;

const silent = (): void => undefined;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the path as it is: `fetch` would tidy up `..` first. */
function request(urlPath: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const port = Number(host.split(':')[1]);
    const sent = http.request({
      host: '127.0.0.1',
      port,
      path: urlPath,
      headers: { host, ...headers },
      method,
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    sent.end();
  });
}

function openSocket(urlPath: string, headers: Record<string, string>): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${host}${urlPath}`, { headers });
    socket.on('open', () => {
      resolve(socket);
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    socket.on('error', silent);
  });
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'breenix-web-'));
  const rendererFolder = path.join(folder, 'renderer');
  mkdirSync(path.join(rendererFolder, 'assets'), { recursive: true });
  writeFileSync(path.join(rendererFolder, 'index.html'), '<!doctype html><title>Breenix</title>');
  writeFileSync(path.join(rendererFolder, 'assets/a.js'), 'export {};');
  writeFileSync(path.join(folder, 'secret.html'), 'secret');
  writeFileSync(path.join(rendererFolder, 'notes.txt'), 'no type that is served');
  writeFileSync(path.join(folder, 'breenix.img'), Buffer.alloc(4096));
  const service = await AppService.open<Duplex<Uint8Array>>({
    version: '1.2.3',
    form: 'browser',
    folders: {
      data: path.join(folder, 'data'),
      config: path.join(folder, 'config'),
      state: path.join(folder, 'state'),
    },
    systemImage: path.join(folder, 'breenix.img'),
    allowedFolders: [],
    launch: () => {
      throw new Error('no machine is started here');
    },
    say: silent,
  });
  server = await startWebServer({ port: 0, rendererFolder, service, say: silent });
  host = new URL(server.origin).host;
  const answer = await request(new URL(server.issueAddress()).search.replace('?', '/?'));
  cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('the one-time address', () => {
  test('buys a cookie that scripts cannot read and other sites do not send, once', async () => {
    const search = new URL(server.issueAddress()).search;
    const first = await request(`/${search}`);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']?.[0]).toMatch(
      /^breenix-\d+-[0-9a-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(first.headers['cache-control']).toBe('no-store');
    const second = await request(`/${search}`);
    expect(second.status).toBe(403);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  test('a wrong token buys nothing', async () => {
    for (const token of ['', 'wrong', 'A'.repeat(43)]) {
      expect((await request(`/?token=${token}`)).status).toBe(403);
    }
  });
});

describe('every request', () => {
  test('with the cookie gets the page, with its policy', async () => {
    const answer = await request('/', { cookie });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('<title>Breenix</title>');
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect((await request('/assets/a.js', { cookie })).headers['content-type']).toContain('text/javascript');
  });

  test.each([
    ['no cookie', {}],
    ['a wrong cookie', { cookie: 'breenix=wrong' }],
  ])('with %s gets nothing', async (_what, headers) => {
    for (const urlPath of ['/', '/assets/a.js', '/nothing']) {
      expect((await request(urlPath, headers)).status).toBe(403);
    }
  });

  test('with the right name and a wrong secret gets nothing', async () => {
    const [name] = cookie.split('=');
    expect((await request('/', { cookie: `${name ?? ''}=${'A'.repeat(43)}` })).status).toBe(403);
  });

  test('under another name of this computer gets nothing, not even a redeemed token', async () => {
    const search = new URL(server.issueAddress()).search;
    for (const name of ['evil.example', 'localhost', `localhost:${host.split(':')[1] ?? ''}`]) {
      expect((await request('/', { cookie, host: name })).status).toBe(421);
      expect((await request(`/${search}`, { host: name })).status).toBe(421);
    }
  });

  test('from another site gets nothing', async () => {
    expect((await request('/', { cookie, origin: 'http://evil.example' })).status).toBe(403);
    expect((await request('/', { cookie, origin: 'null' })).status).toBe(403);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s is refused', async (method) => {
    expect((await request('/', { cookie }, method)).status).toBe(405);
  });
});

test.each([
  '/../secret.html',
  '/..%2fsecret.html',
  '/%2e%2e/secret.html',
  '/assets/../../secret.html',
  '/assets/..%2f..%2fsecret.html',
  '/..\\secret.html',
  '//secret.html',
  '/secret.html%00.js',
  '/%',
  '/notes.txt',
  '/assets',
  '/assets/',
])('%s is no page', async (urlPath) => {
  const answer = await request(urlPath, { cookie });
  expect(answer.status).toBe(404);
  expect(answer.body).not.toContain('secret');
});

describe('a WebSocket', () => {
  test('with cookie and origin reaches the back end', async () => {
    const socket = await openSocket('/connect/app', { cookie, origin: server.origin });
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    const client = connect<AppContract, AppEvents>(overBytes(socketDuplex(socket, silent), silent));
    expect(await client.call.info()).toMatchObject({ version: '1.2.3', form: 'browser' });
    expect((await client.call.machines()).map(({ id }) => id)).toEqual(['breenix']);
    client.close();
    await client.closed;
  });

  test.each([
    ['without a cookie', () => ({ origin: server.origin }), 403],
    ['without an origin', () => ({ cookie }), 403],
    ['from another site', () => ({ cookie, origin: 'http://evil.example' }), 403],
    ['from another port', () => ({ cookie, origin: 'http://127.0.0.1:1' }), 403],
    ['under another name', () => ({ cookie, origin: server.origin, host: 'evil.example' }), 421],
  ])('%s is refused', async (_what, headers, status) => {
    expect(await openSocket('/connect/app', headers() as Record<string, string>)).toBe(status);
  });

  test.each(['/', '/connect/', '/connect/vm/', '/connect/vm/../x', '/connect/vm/UPPER', '/connect/app?x=1'])(
    'to %s is refused',
    async (urlPath) => {
      expect(await openSocket(urlPath, { cookie, origin: server.origin })).toBe(404);
    },
  );

  test('to a machine that is off is closed', async () => {
    const socket = await openSocket('/connect/vm/breenix', { cookie, origin: server.origin });
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    await new Promise((resolve) => socket.once('close', resolve));
  });

  test.each([
    ['text', 'text'],
    ['bytes that are no message', Buffer.alloc(16, 255)],
    ['more than a message may hold', Buffer.alloc(8 * 1024 * 1024)],
  ])('that sends %s is closed, and the server goes on', async (_what, data) => {
    const socket = await openSocket('/connect/app', { cookie, origin: server.origin });
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send(data);
    await closed;
    expect((await request('/', { cookie })).status).toBe(200);
  });
});

test('a port that is in use is the system’s error', async () => {
  const port = Number(host.split(':')[1]);
  const second = startWebServer({ port, rendererFolder: folder, service: undefined as never, say: silent });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
