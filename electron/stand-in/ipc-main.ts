/** Electron's ipcMain: messages of pages by channel. */
import { EventEmitter } from 'node:events';

export const ipcMain = new EventEmitter();
