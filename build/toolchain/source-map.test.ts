import { describe, expect, it } from 'vitest';
import { readSourceMap } from './source-map.ts';

describe('a source map', () => {
  it('gives byte offsets their file and line', () => {
    // Segments: (16, source 0, line 2), (+4, source +1, line +3), (+2 without a source), (+1, source -1, line -4).
    const map = readSourceMap(JSON.stringify({ sources: ['a.ts', 'b.ts'], mappings: 'gBAEA,ICGA,E,CDJA' }));
    expect([...map]).toEqual([
      [16, { file: 'a.ts', line: 3 }],
      [20, { file: 'b.ts', line: 6 }],
      [23, { file: 'a.ts', line: 2 }],
    ]);
  });

  it('that is damaged is refused', () => {
    expect(() => readSourceMap('{"sources":[],"mappings":"AAAA"}')).toThrow(/source 0 does not exist/);
    expect(() => readSourceMap('{"sources":["a"],"mappings":"?"}')).toThrow(/no base64 digit/);
  });
});
