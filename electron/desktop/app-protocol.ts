/** The page's own scheme: app://breenix serves the renderer's files, and nothing else of the computer. */
import { protocol } from 'electron';
import { APP_SCHEME, isOwnAddress } from './app-origin.ts';
import { readRendererFile, securityHeaders } from '../services/renderer-files.ts';

/** Before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** After the app is ready. */
export function serveAppScheme(rendererFolder: string): void {
  protocol.handle(APP_SCHEME, async (request) => {
    const file = isOwnAddress(request.url)
      ? await readRendererFile(rendererFolder, new URL(request.url).pathname)
      : null;
    if (file === null) return new Response('', { status: 404, headers: securityHeaders });
    return new Response(file.body, { headers: file.headers });
  });
}
