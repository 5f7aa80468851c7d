/** Electron's dialogs, for nobody to see: they are written down and answered with their default button. */
interface MessageBoxOptions {
  readonly message: string;
  readonly defaultId?: number;
}

export const dialog = {
  showMessageBox: (_window: unknown, { message, defaultId = 0 }: MessageBoxOptions) => {
    process.stderr.write(`stand-in: answered "${message}" with button ${defaultId}\n`);
    return Promise.resolve({ response: defaultId, checkboxChecked: false });
  },
  showErrorBox: (title: string, content: string): void => {
    process.stderr.write(`stand-in: ${title}: ${content}\n`);
  },
};
