/** Electron's protocol: the handler of the page's scheme, which the stand-in's HTTP server calls. */
type Handler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, Handler>();

export const protocol = {
  registerSchemesAsPrivileged: (schemes: readonly { readonly scheme: string }[]): void => {
    for (const { scheme } of schemes) handlers.delete(scheme);
  },
  handle: (scheme: string, handler: Handler): void => {
    handlers.set(scheme, handler);
  },
};

/** What the app answers to a request of its own scheme. */
export async function answerFromApp(url: string): Promise<Response> {
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  return handler === undefined ? new Response('', { status: 404 }) : await handler(new Request(url));
}
