/** Finds text in the lines of a terminal, forwards or backwards, around the end. */
export interface TextLines {
  readonly count: number;
  line(index: number): string;
}

export interface Match {
  readonly line: number;
  readonly column: number;
}

/** The nearest match after (or before) `from`; null when there is none. Upper and lower case are the same. */
export function findText(
  lines: TextLines,
  query: string,
  from: Match,
  direction: 'next' | 'previous',
): Match | null {
  const wanted = query.toLowerCase();
  if (wanted === '') return null;
  const step = direction === 'next' ? 1 : -1;
  for (let walked = 0; walked <= lines.count; walked++) {
    const line = (((from.line + walked * step) % lines.count) + lines.count) % lines.count;
    const text = lines.line(line).toLowerCase();
    const columns = matchesIn(text, wanted);
    const first = walked === 0;
    const last = walked === lines.count;
    const usable = columns.filter((column) => {
      const beyond = direction === 'next' ? column > from.column : column < from.column;
      // The line that the search began in counts twice: what lies beyond at first, the rest at the end.
      return first ? beyond : last ? !beyond : true;
    });
    const column = direction === 'next' ? usable[0] : usable.at(-1);
    if (column !== undefined) return { line, column };
  }
  return null;
}

function matchesIn(text: string, wanted: string): number[] {
  const columns: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) columns.push(at);
  return columns;
}
