/**
 * What the Electron shell's preload script puts into the page. It hands over MessagePorts, nothing else: the
 * page has no way to Node or to Electron.
 */
export interface DesktopBridge {
  /** Asks for a connection; the port arrives as a message of this window, `{ breenixPort: request }`. */
  readonly connect: (target: string, request: number) => void;
}

declare global {
  interface Window {
    readonly breenix?: DesktopBridge;
  }
}
