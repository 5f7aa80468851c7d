/**
 * Makes docs/SYSCALLS.md from the kernel's table of system calls (kernel/syscall/rows) and the list of Linux's names.
 *
 * Usage: node build/docs/syscalls.ts [--check]     (--check: exit status 1 when the page is not what the table says)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import prettier from 'prettier';
import ts from 'typescript';
import { listFiles } from '../cache.ts';
import { fromRoot } from '../paths.ts';

export interface CallRow {
  readonly number: number;
  readonly name: string;
  /** What is not there of it; null when it is complete. */
  readonly missing: string | null;
  readonly area: string;
}

const PAGE = fromRoot('docs/SYSCALLS.md');
const ROWS = fromRoot('kernel/syscall/rows');
const NAMES = fromRoot('kernel/syscall/names.ts');

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** A string literal, or several joined by +; null for anything else. */
function literalText(node: ts.Node | undefined): string | null {
  if (node === undefined) return null;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return null;
  const left = literalText(node.left);
  const right = literalText(node.right);
  return left === null || right === null ? null : left + right;
}

function rowsOf(file: string): CallRow[] {
  const rows: CallRow[] = [];
  const area = path.basename(file, '.ts');
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const called = node.expression.text;
      if (called === 'linux' || called === 'linuxPartial')
        rows.push(rowOf(node, called === 'linuxPartial', area));
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return rows;
}

function rowOf(call: ts.CallExpression, partial: boolean, area: string): CallRow {
  const [number, name, , , missing] = call.arguments;
  const title = literalText(name);
  const text = literalText(missing);
  if (number === undefined || !ts.isNumericLiteral(number) || title === null || (partial && text === null)) {
    throw new Error(`${call.getSourceFile().fileName}: cannot read the row ${call.getText()}`);
  }
  return { number: Number(number.text), name: title, missing: partial ? text : null, area };
}

/** Every row of the table, by number; throws for a number with two rows. */
export function readRows(): Map<number, CallRow> {
  const rows = new Map<number, CallRow>();
  for (const file of listFiles(ROWS, (name) => name.endsWith('.ts') && name !== 'all.ts')) {
    for (const row of rowsOf(file)) {
      const other = rows.get(row.number);
      if (other) throw new Error(`call ${row.number} has two rows: ${other.name} and ${row.name}`);
      rows.set(row.number, row);
    }
  }
  return rows;
}

/** Linux's names by number. */
export function readNames(): Map<number, string> {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'LINUX_NAMES') {
      texts.push(literalText(node.initializer) ?? '');
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(NAMES));
  const [text = ''] = texts;
  if (text === '') throw new Error(`${NAMES} has no LINUX_NAMES`);
  const names = new Map<number, string>();
  let number = 0;
  for (const word of text.trim().split(/\s+/)) {
    if (word.startsWith('-')) number += Number(word.slice(1));
    else names.set(number++, word);
  }
  return names;
}

export function syscallsPage(): string {
  const rows = readRows();
  const names = readNames();
  let full = 0;
  let partial = 0;
  const lines = [...names].map(([number, name]) => {
    const row = rows.get(number);
    if (!row) return `| ${number} | ${name} | absent | |`;
    if (row.missing === null) full++;
    else partial++;
    const state = row.missing === null ? 'full' : `partial: ${row.missing}`;
    return `| ${number} | ${name} | ${state} | ${row.area} |`;
  });
  return `# System calls

Made by \`node build/docs/syscalls.ts\` from \`kernel/syscall/rows/\`: do not edit.

Every call of Linux 6.1 on x86-64, and what Breenix has of it at the \`SYSCALL\` gate: ${full} full, ${partial} partial,
${names.size - full - partial} absent. An absent call returns ENOSYS and is named once in the kernel's log with the program that made it.
"Full" means all that the manual page documents, as far as it makes sense on one machine without a network; the last
column is the file of rows that has it.

| number | call | state | rows |
| -----: | ---- | ----- | ---- |
${lines.join('\n')}
`;
}

/** The page as it stands in the repository: formatted. */
export async function formattedPage(): Promise<string> {
  const options = await prettier.resolveConfig(PAGE);
  return prettier.format(syscallsPage(), { ...options, filepath: PAGE });
}

if (process.argv[1] === import.meta.filename) {
  const page = await formattedPage();
  if (process.argv.includes('--check')) {
    if (readFileSync(PAGE, 'utf8') !== page) {
      process.stderr.write('docs/SYSCALLS.md is not what the table says: node build/docs/syscalls.ts\n');
      process.exitCode = 1;
    }
  } else writeFileSync(PAGE, page);
}
