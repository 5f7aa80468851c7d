// A command as text again: how jobs are shown.

import { Buffer } from '../lib/buffer';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { Kind, Node } from './ast';
import { Token } from './token';

/** Appends the text of a command to `to`. */
export function describe(node: Node | null, to: Buffer): void {
  if (!node) return;
  switch (node.kind) {
    case Kind.simple:
      words(node.assignments, 0, to);
      words(node.words, 0, to);
      break;
    case Kind.pipe:
      infix(node, ' | ', to);
      break;
    case Kind.and:
      infix(node, ' && ', to);
      break;
    case Kind.or:
      infix(node, ' || ', to);
      break;
    case Kind.sequence:
      infix(node, '; ', to);
      break;
    case Kind.not:
      enclosed('! ', node.left, '', to);
      break;
    case Kind.background:
      enclosed('', node.left, ' &', to);
      break;
    case Kind.subshell:
      enclosed('(', node.left, ')', to);
      break;
    case Kind.group:
      enclosed('{ ', node.left, '; }', to);
      break;
    case Kind.branch:
      enclosed('if ', node.left, '; then ', to);
      enclosed('', node.right, '; ', to);
      if (node.other) enclosed('else ', node.other, '; ', to);
      to.bytes(literal('fi'));
      break;
    case Kind.whileLoop:
      enclosed('while ', node.left, '; do ', to);
      enclosed('', node.right, '; done', to);
      break;
    case Kind.untilLoop:
      enclosed('until ', node.left, '; do ', to);
      enclosed('', node.right, '; done', to);
      break;
    default:
      to.bytes(literal('for '));
      words(node.words, 0, to);
      enclosed('; do ', node.left, '; done', to);
  }
  redirections(node, to);
}

function enclosed(before: string, node: Node | null, after: string, to: Buffer): void {
  to.bytes(literal(before));
  describe(node, to);
  to.bytes(literal(after));
}

function infix(node: Node, operator: string, to: Buffer): void {
  describe(node.left, to);
  to.bytes(literal(operator));
  describe(node.right, to);
}

function words(list: List | null, from: i32, to: Buffer): void {
  if (!list) return;
  for (let i = from; i < list.length; i++) {
    if (to.length && load<u8>(to.at + to.length - 1) != 0x20) to.byte(0x20);
    to.bytes(list.get(i));
  }
}

function redirections(node: Node, to: Buffer): void {
  let each = node.redirection;
  while (each) {
    to.byte(0x20);
    if (each.fd != (isInput(each.operator) ? 0 : 1)) to.byte(0x30 + <u8>each.fd);
    to.bytes(operatorText(each.operator));
    to.bytes(each.word);
    each = each.next;
  }
}

function isInput(operator: i32): bool {
  return operator == Token.less || operator == Token.lessAnd || operator == Token.lessGreat;
}

function operatorText(operator: i32): usize {
  switch (operator) {
    case Token.less:
      return literal('<');
    case Token.doubleGreat:
      return literal('>>');
    case Token.lessAnd:
      return literal('<&');
    case Token.greatAnd:
      return literal('>&');
    case Token.lessGreat:
      return literal('<>');
    case Token.clobber:
      return literal('>|');
    default:
      return literal('>');
  }
}
