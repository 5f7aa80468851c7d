/** The page's own scheme: app://breenix serves the renderer's files, and nothing else of the computer. */
import { protocol } from 'electron';
import { readRendererFile, securityHeaders } from '../services/renderer-files.ts';

const SCHEME = 'app';
export const APP_ORIGIN = `${SCHEME}://breenix`;

/** Before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** After the app is ready. */
export function serveAppScheme(rendererFolder: string): void {
  protocol.handle(SCHEME, async (request) => {
    const url = new URL(request.url);
    const file = url.origin === APP_ORIGIN ? await readRendererFile(rendererFolder, url.pathname) : null;
    if (file === null) return new Response('', { status: 404, headers: securityHeaders });
    return new Response(file.body, { headers: file.headers });
  });
}
