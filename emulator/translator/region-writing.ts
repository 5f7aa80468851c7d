/** What the writers of jumps (branches.ts, links.ts) need of the region that is being written (translate.ts). */
import type { Edge, Region } from './discover.ts';
import type { Emitter } from './emitter.ts';
import type { Graph } from './graph.ts';

export interface TranslateOptions {
  readonly checked: boolean;
  readonly tailCalls: boolean;
  /** Table index of the first region: what is below is the interpreter's. */
  readonly firstRegion: number;
}

export interface RegionWriting {
  readonly e: Emitter;
  readonly region: Region;
  readonly graph: Graph;
  readonly options: TranslateOptions;
  /** Goes along an edge; `counted` when the slice is known to last and the count was taken off. */
  edge(from: number, edge: Edge, counted: boolean): void;
  /** Takes completed instructions off the slice. */
  count(instructions: number): void;
}
