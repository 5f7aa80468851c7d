/**
 * Builds what is stale. Usage: node build/build.ts [TARGET …]; without a name, every target of targets.ts.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Report, TARGETS } from './targets.ts';

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

/** Builds the named targets, in the order of the table. */
export async function build(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in TARGETS));
  if (unknown.length > 0) {
    throw new Error(`no target ${unknown.join(', ')}; there are: ${Object.keys(TARGETS).join(', ')}`);
  }
  for (const [name, load] of Object.entries(TARGETS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const target = await load();
    try {
      await target(reportFor(name));
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  try {
    await build(positionals);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
