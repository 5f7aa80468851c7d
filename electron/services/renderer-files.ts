/** The renderer's built files, served alike to Electron's app:// protocol and to a browser. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isBelow } from './allowed-folders.ts';

/**
 * Nothing but our own files, and nothing that was not asked for here. Inline styles are allowed because
 * xterm.js writes its cell sizes and colours into a style element; scripts are files only.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const securityHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

export interface RendererFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** `urlPath` as it stands in the request. Null for whatever is not one of the files in `root`. */
export async function readRendererFile(root: string, urlPath: string): Promise<RendererFile | null> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null; // malformed percent-encoding names no file
  }
  const file = path.resolve(root, `.${path.posix.normalize(decoded === '/' ? '/index.html' : decoded)}`);
  const contentType = contentTypes[path.extname(file)];
  if (contentType === undefined || decoded.includes('\0') || !isBelow(file, root)) return null;
  const body = await readFile(file).catch(() => null);
  if (body === null) return null;
  return {
    body: new Uint8Array(body),
    headers: { ...securityHeaders, 'content-type': contentType, 'cache-control': cacheControl(decoded) },
  };
}

/** The names of built assets change with their content. */
const cacheControl = (urlPath: string): string =>
  urlPath.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
