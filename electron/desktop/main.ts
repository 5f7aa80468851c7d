/**
 * The desktop app: makes the window and joins it to the back end, nothing of weight. Machines run in processes of
 * their own (utility-launcher.ts), the page in its sandbox.
 */
import path from 'node:path';
import process from 'node:process';
import { app, dialog, session, type BrowserWindow, type MessagePortMain } from 'electron';
import { AppService } from '../services/app-service.ts';
import { userFolders } from '../services/user-folders.ts';
import { declareAppScheme, serveAppScheme } from './app-protocol.ts';
import { answerConnections } from './connections.ts';
import { installMenu } from './menu.ts';
import { limitPermissions } from './permissions.ts';
import { utilityLauncher } from './utility-launcher.ts';
import { createWindow } from './window.ts';

/** This file is out/electron/main.mjs, in a checkout as in an installed app. */
const outFolder = path.resolve(import.meta.dirname, '..');

const say = (line: string): void => {
  process.stderr.write(`breenix: ${line}\n`);
};

declareAppScheme();
if (app.requestSingleInstanceLock()) {
  app
    .whenReady()
    .then(run)
    .catch((error: unknown) => {
      dialog.showErrorBox('Breenix cannot start', error instanceof Error ? error.message : String(error));
      app.exit(1);
    });
} else {
  app.quit(); // the instance that runs comes to the front
}

async function run(): Promise<void> {
  limitPermissions(session.defaultSession);
  serveAppScheme(path.join(outFolder, 'renderer'));
  const service = await AppService.open<MessagePortMain>({
    version: app.getVersion(),
    form: 'desktop',
    folders: userFolders(),
    systemImage: path.join(app.isPackaged ? process.resourcesPath : outFolder, 'breenix.img'),
    allowedFolders: 'all',
    launch: utilityLauncher(path.join(outFolder, 'electron/vm-process.mjs')),
    say,
  });
  answerConnections(service, say);
  installMenu(() => {
    app.quit();
  });
  const window = createWindow(path.join(outFolder, 'electron/preload.cjs'));
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  endOrderly(service, window);
}

/** Machines are saved before the app ends; a person is asked first where that cannot be. */
function endOrderly(service: AppService<MessagePortMain>, window: BrowserWindow): void {
  let ending = false;
  const end = async (): Promise<void> => {
    ending = true;
    await service.close();
    app.exit(0);
  };
  window.on('close', (event) => {
    if (ending) return;
    event.preventDefault();
    void confirmed(service, window).then((yes) => {
      if (yes) void end();
    });
  });
  app.on('window-all-closed', () => {
    if (!ending) void end();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end());
}

async function confirmed(service: AppService<MessagePortMain>, window: BrowserWindow): Promise<boolean> {
  if (!service.anyToBeLost) return true;
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: 'Quit and cut the power of a machine that cannot be saved now?',
    detail: 'It is still starting or does not answer. What its programs have not saved is lost.',
    buttons: ['Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 1,
  });
  return response === 0;
}
