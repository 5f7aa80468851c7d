// Redirections of a command. Source: POSIX 2.7, 2.10.2 (io_redirect).

import { arenaMake } from '../lib/arena';
import { Node, Redirection } from './ast';
import { unexpected } from './expect';
import { addHereDocument } from './here-document';
import { nextToken, peekToken, tokenNumber, tokenWord } from './lexer';
import { arena, syntaxError } from './syntax';
import { Token } from './token';

export function parseRedirections(node: Node): void {
  while (!syntaxError && parseRedirection(node)) continue;
}

/** One redirection of the node, when one stands next. */
export function parseRedirection(node: Node): bool {
  let fd: i32 = -1;
  if (peekToken() == Token.ioNumber) {
    nextToken();
    fd = tokenNumber;
  }
  const operator = peekToken();
  if (operator < Token.less || operator > Token.clobber) return false;
  nextToken();
  const isInput =
    operator == Token.less ||
    operator == Token.doubleLess ||
    operator == Token.doubleLessDash ||
    operator == Token.lessAnd ||
    operator == Token.lessGreat;
  const kind = peekToken();
  if (kind != Token.word && kind != Token.ioNumber) {
    unexpected();
    return false;
  }
  nextToken();
  const redirection = arenaMake<Redirection>(arena);
  redirection.operator = operator;
  redirection.fd = fd >= 0 ? fd : isInput ? 0 : 1;
  redirection.word = tokenWord;
  if (operator == Token.doubleLess || operator == Token.doubleLessDash) {
    addHereDocument(redirection, operator == Token.doubleLessDash);
  }
  const first = node.redirection;
  if (!first) node.redirection = redirection;
  else {
    let last: Redirection = first;
    for (let each = last.next; each; each = changetype<Redirection>(each).next) last = each;
    last.next = redirection;
  }
  return true;
}
