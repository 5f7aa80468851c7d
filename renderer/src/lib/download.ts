/** Gives the user a file to keep: the browser's own way, which in the desktop app asks where to put it. */
export function download(name: string, content: Uint8Array | string, type: string): void {
  const part = typeof content === 'string' ? content : (content as Uint8Array<ArrayBuffer>);
  const address = URL.createObjectURL(new Blob([part], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the content once it has begun.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}

/** Breenix 2026-11-22 14.03.22.png: sorts by time, and every file system takes it. */
export function stampedName(name: string, extension: string): string {
  const now = new Date();
  const pad = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
  const time = `${pad(now.getHours())}.${pad(now.getMinutes())}.${pad(now.getSeconds())}`;
  return `${name.replaceAll(/[^\p{L}\p{N} _-]/gu, '')} ${date} ${time}.${extension}`;
}
