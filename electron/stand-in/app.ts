/** Electron's app: its life. */
import { EventEmitter } from 'node:events';
import process from 'node:process';

class App extends EventEmitter {
  readonly isPackaged = false;

  whenReady(): Promise<void> {
    // As in Electron, never before the program's first turn is over.
    return new Promise((resolve) => setImmediate(resolve));
  }

  getVersion(): string {
    return process.env.npm_package_version ?? '0.0.0';
  }

  requestSingleInstanceLock(): boolean {
    return true;
  }

  quit(): void {
    this.emit('window-all-closed');
  }

  exit(code: number): void {
    this.emit('stand-in-exit');
    process.exit(code);
  }
}

export const app = new App();
