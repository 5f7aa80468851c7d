/**
 * Builds what is stale. Usage: node build/build.ts [--check] [TARGET …]; without a name, every target of targets.ts.
 * With --check it only type checks AssemblyScript (kernel, userland).
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { BuildTarget, Report } from './report.ts';
import { CHECKS, TARGETS } from './targets.ts';

function reportFor(name: string): Report {
  const started = performance.now();
  return {
    built: (what) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      // Not the standard output: that belongs to the command that builds on its way.
      process.stderr.write(`${name}: ${what} in ${seconds} s\n`);
    },
    warn: (text) => {
      if (text !== '') process.stderr.write(`${text.trimEnd()}\n`);
    },
  };
}

async function runTargets(
  table: Readonly<Record<string, () => Promise<BuildTarget>>>,
  names: readonly string[],
): Promise<void> {
  const unknown = names.filter((name) => !(name in table));
  if (unknown.length > 0) {
    throw new Error(`no target ${unknown.join(', ')}; there are: ${Object.keys(table).join(', ')}`);
  }
  for (const [name, load] of Object.entries(table)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const target = await load();
    try {
      await target(reportFor(name));
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

/** Builds the named targets, in the order of the table. */
export function build(names: readonly string[]): Promise<void> {
  return runTargets(TARGETS, names);
}

/** Type checks the named targets. */
export function check(names: readonly string[]): Promise<void> {
  return runTargets(CHECKS, names);
}

// Not import.meta.main: build/setup.mjs runs this script by importing it.
if (process.argv[1] === import.meta.filename) {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { check: { type: 'boolean', default: false } },
    });
    await (values.check ? check(positionals) : build(positionals));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
