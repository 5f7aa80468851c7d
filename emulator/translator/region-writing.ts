/** What the writers of jumps (branches.ts, links.ts) need of the region that is being written (translate.ts). */
import type { Edge, Region } from './discover.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Emitter } from './emitter.ts';
import type { Graph } from './graph.ts';

export interface TranslateOptions {
  readonly checked: boolean;
  readonly tailCalls: boolean;
  /** Table index of the first region: what is below is the interpreter's. */
  readonly firstRegion: number;
  /** The address of a table in the core's memory, which holds until all code is forgotten; null: no room. */
  readonly reserve: (bytes: Uint8Array) => number | null;
}

export interface RegionWriting {
  readonly e: Emitter;
  readonly region: Region;
  readonly graph: Graph;
  readonly options: TranslateOptions;
  readonly dispatcher: Dispatcher;
  /** i32 local: the index for DISPATCH. */
  readonly dispatch: number;
  /** i32 local: the pages that are known, see pages.ts. */
  readonly pages: number;
  /** The page of the block that is being written, as an offset. */
  readonly page: number;
  /** Goes along an edge; `counted` when the slice is known to last and the count was taken off. */
  edge(from: number, edge: Edge, counted: boolean): void;
  /** Goes along an edge of the graph, of which everything else is done. */
  goTo(from: number, to: number): void;
  /** Takes completed instructions off the slice. */
  count(instructions: number): void;
}
