/**
 * The page's own address. Node's URL gives "null" as the origin of any scheme but the web's, so that scheme and
 * host are compared by themselves.
 */
export const APP_SCHEME = 'app';
export const APP_HOST = 'breenix';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** Whether an address, or an origin, is the page's own. */
export function isOwnAddress(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === `${APP_SCHEME}:` && url.host === APP_HOST;
}
