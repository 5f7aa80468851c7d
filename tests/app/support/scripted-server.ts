/** The web form with scripted machines. Usage: node scripted-server.ts ROOT */
import path from 'node:path';
import process from 'node:process';
import { runWeb } from '../../../electron/web/main.ts';

process.exitCode = await runWeb({
  root: process.argv[2] ?? '.',
  version: '0.0.0-test',
  port: 0,
  openBrowser: false,
  folders: [],
  vmEntry: path.join(import.meta.dirname, 'scripted-vm-process.ts'),
});
