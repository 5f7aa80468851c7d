/**
 * The few kinds of syntax-tree nodes that the rules look at, and a walk over all of a tree.
 * Source: the ESTree specification and typescript-estree's extensions of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Linter } from 'eslint';
import ts from 'typescript-eslint';

export interface Node {
  readonly type: string;
  readonly range: readonly [number, number];
  readonly [property: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Nodes of a property that is one node, a list of nodes, or nothing. */
export function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [];
}

/** Name of an identifier, or of what holds one as its `id`, `key`, `local` …; null for anything else. */
export function nameOf(value: unknown): string | null {
  return isNode(value) && value.type === 'Identifier' ? String(value['name']) : null;
}

/** Calls `visit` for every node below `root`, parents first, with the parent. */
export function walk(root: Node, visit: (node: Node, parent: Node | null) => void): void {
  const go = (node: Node, parent: Node | null): void => {
    visit(node, parent);
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'parent') for (const child of nodes(value)) go(child, node);
    }
  };
  go(root, null);
}

/** What an export wraps, or the statement itself. */
export function declarationOf(statement: Node): Node {
  const inner = statement['declaration'];
  return isNode(inner) && statement.type.startsWith('Export') ? inner : statement;
}

const trees = new Map<string, Node | null>();

/** The tree of another file; null when it is absent or does not parse (which is reported where it is linted). */
export function treeOf(file: string): Node | null {
  const cached = trees.get(file);
  if (cached !== undefined) return cached;
  let tree: Node | null = null;
  if (existsSync(file)) {
    try {
      const parser: Linter.Parser = ts.parser;
      if ('parseForESLint' in parser) {
        tree = parser.parseForESLint(readFileSync(file, 'utf8'), { range: true }).ast as Node;
      }
    } catch {
      tree = null;
    }
  }
  trees.set(file, tree);
  return tree;
}

/** A declaration that a name stands for, and the file it is in. */
export interface Declaration {
  readonly node: Node;
  readonly program: Node;
  readonly file: string;
}

/** Finds the class or function that `name` means at the top level of a file, through its imports. */
export function resolve(name: string, program: Node, file: string, depth = 0): Declaration | null {
  if (depth > 8) return null;
  for (const statement of nodes(program['body'])) {
    const node = declarationOf(statement);
    if (nameOf(node['id']) === name) return { node, program, file };
    const source = isNode(statement['source']) ? statement['source']['value'] : null;
    if (typeof source !== 'string' || !source.startsWith('.')) continue;
    for (const specifier of nodes(statement['specifiers'])) {
      const isImport = specifier.type === 'ImportSpecifier';
      if (nameOf(isImport ? specifier['local'] : specifier['exported']) !== name) continue;
      const original = nameOf(isImport ? specifier['imported'] : specifier['local']) ?? name;
      const target = path.resolve(path.dirname(file), source.endsWith('.ts') ? source : `${source}.ts`);
      const tree = treeOf(target);
      return tree ? resolve(original, tree, target, depth + 1) : null;
    }
  }
  return null;
}
