/**
 * The application menu: short, because what concerns a machine is in its window. No accelerator takes a key that
 * a guest needs: those of the roles below are Chromium's own and reach the page first.
 */
import { Menu, type MenuItemConstructorOptions } from 'electron';

export function installMenu(quit: () => void): void {
  const isMac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    {
      label: isMac ? 'Breenix' : 'File',
      submenu: [{ id: 'quit', label: 'Quit Breenix', accelerator: 'CmdOrCtrl+Q', click: quit }],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [{ role: 'togglefullscreen' }, { type: 'separator' }, { role: 'toggleDevTools' }],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
