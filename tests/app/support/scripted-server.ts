/** The web form with scripted machines. Usage: node scripted-server.ts PORT */
import path from 'node:path';
import process from 'node:process';
import { runWeb } from '../../../electron/web/main.ts';

process.exitCode = await runWeb({
  root: path.resolve(import.meta.dirname, '../../..'),
  version: '0.0.0-test',
  port: Number(process.argv[2] ?? 0),
  openBrowser: false,
  folders: [],
  vmEntry: path.join(import.meta.dirname, 'scripted-vm-process.ts'),
});
