// A command as text again: how jobs are shown.

import { Buffer } from '../lib/buffer';
import { literal } from '../lib/literal';
import { CaseItem, Kind, Modifier, Node, Part, PartKind, Word, Assignment, Redirection } from './ast';
import { Token } from './token';

/** Appends the text of a command to `to`. */
export function describe(node: Node | null, to: Buffer): void {
  if (!node) return;
  switch (node.kind) {
    case Kind.simple:
      assignments(node, to);
      words(node.words, to);
      break;
    case Kind.pipe:
      for (let part = node.left; part; part = changetype<Node>(part).next) {
        describe(part, to);
        if (part.next) to.bytes(literal(' | '));
      }
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
    case Kind.timed:
      enclosed('time ', node.left, '', to);
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
    case Kind.forLoop: {
      to.bytes(literal('for '));
      const variable = node.variable;
      if (variable) to.bytes(variable.name);
      if (node.hasIn) {
        to.bytes(literal(' in '));
        words(node.words, to);
      }
      enclosed('; do ', node.left, '; done', to);
      break;
    }
    case Kind.choice:
      choice(node, to);
      break;
    default:
      to.bytes(node.name);
      enclosed('() ', node.left, '', to);
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

function choice(node: Node, to: Buffer): void {
  to.bytes(literal('case '));
  words(node.words, to);
  to.bytes(literal(' in '));
  for (let item: CaseItem | null = node.items; item; item = changetype<CaseItem>(item).next) {
    for (let each = item.patterns; each; each = changetype<Word>(each).next) {
      describeWord(each, to);
      to.bytes(literal(each.next ? '|' : ') '));
    }
    describe(item.body, to);
    to.bytes(literal(item.fallsThrough ? ';& ' : ';; '));
  }
  to.bytes(literal('esac'));
}

function assignments(node: Node, to: Buffer): void {
  for (let each = node.assignments; each; each = changetype<Assignment>(each).next) {
    to.bytes(each.variable.name);
    to.byte(0x3d);
    describeWord(each.value, to);
    if (each.next || node.words) to.byte(0x20);
  }
}

function words(first: Word | null, to: Buffer): void {
  for (let each = first; each; each = changetype<Word>(each).next) {
    describeWord(each, to);
    if (each.next) to.byte(0x20);
  }
}

function describeWord(word: Word, to: Buffer): void {
  let quoted = false;
  for (let part = word.first; part; part = changetype<Part>(part).next) {
    if (part.quoted != quoted) to.byte(0x22);
    quoted = part.quoted;
    describePart(part, to);
  }
  if (quoted) to.byte(0x22);
}

function describePart(part: Part, to: Buffer): void {
  switch (part.kind) {
    case PartKind.tilde:
      to.byte(0x7e);
      to.range(part.text, part.length);
      break;
    case PartKind.literal:
      to.range(part.text, part.length);
      break;
    case PartKind.command:
      enclosed('$(', part.node, ')', to);
      break;
    case PartKind.arithmetic: {
      const word = part.word;
      to.bytes(literal('$(('));
      for (let each: Part | null = word ? word.first : null; each; each = changetype<Part>(each).next)
        describePart(each, to);
      to.bytes(literal('))'));
      break;
    }
    default:
      parameter(part, to);
  }
}

function parameter(part: Part, to: Buffer): void {
  const braces = part.modifier != Modifier.none || part.index > 9;
  to.bytes(literal(braces ? '${' : '$'));
  if (part.modifier == Modifier.length) to.byte(0x23);
  const variable = part.variable;
  if (variable) to.bytes(variable.name);
  else if (part.index >= 0) {
    if (part.index > 9) to.byte(<u8>(0x30 + ((part.index / 10) % 10)));
    to.byte(<u8>(0x30 + (part.index % 10)));
  } else to.byte(part.special);
  if (part.colon) to.byte(0x3a);
  to.bytes(modifierText(part.modifier));
  const word = part.word;
  if (word) describeWord(word, to);
  if (braces) to.byte(0x7d);
}

function modifierText(modifier: i32): usize {
  switch (modifier) {
    case Modifier.use:
      return literal('-');
    case Modifier.assign:
      return literal('=');
    case Modifier.complain:
      return literal('?');
    case Modifier.replace:
      return literal('+');
    case Modifier.prefix:
      return literal('#');
    case Modifier.longPrefix:
      return literal('##');
    case Modifier.suffix:
      return literal('%');
    case Modifier.longSuffix:
      return literal('%%');
    default:
      return literal('');
  }
}

function redirections(node: Node, to: Buffer): void {
  for (let each = node.redirection; each; each = changetype<Redirection>(each).next) {
    to.byte(0x20);
    if (each.fd != (isInput(each.operator) ? 0 : 1)) to.byte(<u8>(0x30 + (each.fd % 10)));
    to.bytes(operatorText(each.operator));
    if (each.operator == Token.doubleLess || each.operator == Token.doubleLessDash) to.bytes(literal('…'));
    else describeWord(each.word, to);
  }
}

function isInput(operator: i32): bool {
  return (
    operator == Token.less ||
    operator == Token.lessAnd ||
    operator == Token.lessGreat ||
    operator == Token.doubleLess ||
    operator == Token.doubleLessDash
  );
}

function operatorText(operator: i32): usize {
  switch (operator) {
    case Token.less:
      return literal('<');
    case Token.doubleGreat:
      return literal('>>');
    case Token.doubleLess:
    case Token.doubleLessDash:
      return literal('<<');
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
