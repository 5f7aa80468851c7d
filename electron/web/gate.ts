/**
 * Who may talk to the web form. Any web page in the user's browser and any program on the computer can reach
 * 127.0.0.1, so that every request and every WebSocket is checked:
 *
 * - Host must be ours, or another site has pointed its own name at us (DNS rebinding).
 * - Origin, where the browser sends one, must be ours; a WebSocket must have it.
 * - The cookie must hold this instance's secret. It is handed out once for each token, and a token only appears
 *   where the server was started.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const SECRET_BYTES = 32;

export type Refusal = { readonly status: 403 | 421; readonly reason: string };

export class Gate {
  readonly #host: string;
  readonly #cookieName: string;
  readonly #secret = randomBytes(SECRET_BYTES).toString('base64url');
  readonly #tokens = new Set<string>();

  /** `host` is name and port as browsers send it. */
  constructor(host: string) {
    this.#host = host;
    // Cookies do not keep ports apart: two instances need two names.
    this.#cookieName = `breenix-${host.replace(/^.*:/, '')}-${randomBytes(4).toString('hex')}`;
  }

  get origin(): string {
    return `http://${this.#host}`;
  }

  /** A new address that works once. */
  issueAddress(): string {
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    this.#tokens.add(token);
    return `${this.origin}/?token=${token}`;
  }

  /** The Set-Cookie header that a valid token buys; null for a wrong or used one. */
  redeem(token: string): string | null {
    const known = [...this.#tokens].find((candidate) => sameText(candidate, token));
    if (known === undefined) return null;
    this.#tokens.delete(known);
    return `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** What is wrong with a request apart from its cookie; checked before anything else. */
  checkAddress(headers: IncomingHttpHeaders): Refusal | null {
    if (headers.host !== this.#host) return { status: 421, reason: 'This is not the address of Breenix.' };
    if (headers.origin !== undefined && headers.origin !== this.origin) {
      return { status: 403, reason: 'Another site may not use Breenix.' };
    }
    return null;
  }

  checkRequest(headers: IncomingHttpHeaders): Refusal | null {
    const refusal = this.checkAddress(headers);
    if (refusal !== null) return refusal;
    if (this.#hasCookie(headers.cookie ?? '')) return null;
    return {
      status: 403,
      reason: 'Open the address that Breenix printed when it was started; each such address works once.',
    };
  }

  checkSocket(headers: IncomingHttpHeaders): Refusal | null {
    if (headers.origin === undefined) return { status: 403, reason: 'A WebSocket needs an Origin.' };
    return this.checkRequest(headers);
  }

  #hasCookie(header: string): boolean {
    return header.split(';').some((pair) => {
      const [name, value] = pair.trim().split('=', 2);
      return name === this.#cookieName && value !== undefined && sameText(value, this.#secret);
    });
  }
}

/** Compares in a time that does not tell how much was right. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
