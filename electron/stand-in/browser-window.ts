/** Electron's BrowserWindow: a Chromium of its own for each window, with an empty profile that goes with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { WebSocket } from 'ws';
import { decode, encode } from '../protocol/codec.ts';
import { app } from './app.ts';
import { ipcMain } from './ipc-main.ts';
import type { MessagePortMain } from './message-port.ts';
import type { FromPage, ToPage } from './page-messages.ts';
import { servePage, type PageServer } from './page-server.ts';
import { PortRouter } from './port-router.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** A page that reloads connects again within this; one that does not was closed. */
const RELOAD_MS = 1500;

interface Options {
  readonly webPreferences: {
    readonly preload: string;
    readonly sandbox: boolean;
    readonly contextIsolation: boolean;
    readonly nodeIntegration: boolean;
  };
}

class WebContents extends EventEmitter {
  #socket: WebSocket | null = null;
  #router: PortRouter | null = null;
  readonly #unsent: ToPage[] = [];
  url = '';

  setWindowOpenHandler(): void {
    // The page opens no windows; Chromium would block them as pop-ups.
  }

  postMessage(channel: string, message: unknown, transfer: readonly MessagePortMain[] = []): void {
    this.#send({ op: 'send', channel, args: [message], ports: transfer.map(({ id }) => id) });
    this.#router?.transfer(transfer);
  }

  attach(socket: WebSocket): void {
    this.#socket = socket;
    const router = new PortRouter((message) => {
      this.#send(message);
    });
    this.#router = router;
    for (const message of this.#unsent.splice(0)) this.#send(message);
    socket.on('message', (data: Buffer) => {
      const message = decode(data) as FromPage;
      if (message.op !== 'send') {
        router.receive(message);
        return;
      }
      const senderFrame = { url: this.url, parent: null };
      ipcMain.emit(message.channel, { sender: this, senderFrame }, ...message.args);
    });
    socket.on('close', () => {
      router.end();
      if (this.#socket === socket) this.#socket = null;
      setTimeout(() => {
        if (this.#socket === null) this.emit('stand-in-gone');
      }, RELOAD_MS);
    });
  }

  #send(message: ToPage): void {
    if (this.#socket?.readyState === 1) this.#socket.send(encode(message));
    else this.#unsent.push(message);
  }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly #preload: string;
  readonly #profile = mkdtempSync(path.join(tmpdir(), 'breenix-stand-in-'));
  #chromium: ChildProcess | null = null;
  #server: PageServer | null = null;

  constructor({ webPreferences }: Options) {
    super();
    const { preload, sandbox, contextIsolation, nodeIntegration } = webPreferences;
    if (!sandbox || !contextIsolation || nodeIntegration) {
      throw new Error('the stand-in has sandboxed, isolated windows only');
    }
    this.#preload = preload;
    this.webContents.on('stand-in-gone', () => {
      this.close();
    });
    app.on('stand-in-exit', () => {
      this.#end();
    });
  }

  async loadURL(url: string): Promise<void> {
    const { protocol, host, pathname } = new URL(url);
    this.webContents.url = url;
    this.#server = await servePage(`${protocol}//${host}`, this.#preload, (socket) => {
      this.webContents.attach(socket);
    });
    this.#chromium = spawn(CHROMIUM, this.#arguments(`${this.#server.origin}${pathname}`), {
      stdio: 'ignore',
    });
    this.#chromium.on('exit', () => {
      this.close();
    });
    this.emit('ready-to-show');
  }

  #arguments(address: string): string[] {
    return [
      // Chromium refuses its own sandbox to root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Electron has it always: a page hears that the other end of a port was closed.
      '--enable-blink-features=MessagePortCloseEvent',
      '--remote-debugging-port=0',
      `--user-data-dir=${this.#profile}`,
      '--window-size=1200,800',
      // Without a display there are no app windows, only tabs.
      ...(process.env.DISPLAY === undefined ? ['--headless', address] : [`--app=${address}`]),
    ];
  }

  show(): void {
    // Chromium shows its window when it has one.
  }

  focus(): void {
    this.emit('focus');
  }

  isMinimized(): boolean {
    return false;
  }

  restore(): void {
    this.focus();
  }

  /** Where a test finds Chromium's debugging port (DevToolsActivePort). */
  get profile(): string {
    return this.#profile;
  }

  close(): void {
    const event = new Event('close', { cancelable: true });
    this.emit('close', event);
    if (!event.defaultPrevented) this.#end();
  }

  #end(): void {
    this.#server?.close();
    this.#chromium?.removeAllListeners('exit');
    this.#chromium?.kill('SIGTERM');
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
