/**
 * Writes the wasm function of a region: its blocks as structured code (graph.ts), instructions by the families'
 * emitters, and the edges between blocks, which count instructions.
 *
 * - The count is kept as the interpreter keeps it: what a block has completed is taken off when it is left, so that
 *   COUNTDOWN is right at every exit. A loop's back edge leaves when the slice is over.
 */
import type { Block, Edge, Region } from './discover.ts';
import { jumpTarget, pageOf } from './discover.ts';
import { isCounted } from './micro-op.ts';
import { Emitter, type RegisterUse } from './emitter.ts';
import { EMITTERS } from './families/families.ts';
import { writeCall, writeComputed, writeReturn } from './branches.ts';
import { carryWanted } from './carry.ts';
import { compared, Dispatcher, kindOf, tabled, usesTable } from './dispatcher.ts';
import { CARRY_HELD, STORED, UNKNOWN } from './flags.ts';
import { writeCounted } from './counted-jumps.ts';
import { buildGraph, DISPATCH, type Graph } from './graph.ts';
import type { MicroOp } from './micro-op.ts';
import { leaveByLink } from './links.ts';
import { enterPage, hasManyPages, requirePage, writeGuard, writePagesEntry } from './pages.ts';
import { recentUse } from './recent-use.ts';
import type { RegionWriting, TranslateOptions } from './region-writing.ts';
import type { Label } from './wasm/function-code.ts';
import { regionModule } from './wasm/module.ts';
import { I32 } from './wasm/opcodes.ts';

export interface Translation {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly microOps: number;
  /** Of them, those that the interpreter's handlers do. */
  readonly fallbacks: number;
}

/** Condition of a conditional jump, or -1. */
function conditionOf(op: MicroOp): number {
  if (op.condition >= 0) return op.condition;
  return op.handler.startsWith('jcc') ? Number(op.handler.slice(3)) : -1;
}

/** The edge of a jump that is taken. */
function jumpEdge(op: MicroOp): Edge {
  return { to: op.target, exit: op.p, count: op.count, link: op.target };
}

/** A region, and the form its code gets. */
interface Plan {
  readonly region: Region;
  readonly graph: Graph;
  readonly dispatcher: Dispatcher;
}

export class RegionWriter implements RegionWriting {
  readonly e: Emitter;
  readonly region: Region;
  readonly graph: Graph;
  readonly options: TranslateOptions;
  readonly #labels = new Map<number, Label>();
  readonly dispatcher: Dispatcher;
  readonly dispatch: number;
  readonly pages: number;
  page = 0;
  readonly #rank: ReadonlyMap<number, number>;
  /** Blocks to which every path brings CF in a local. */
  readonly #carryWanted: ReadonlySet<number>;

  constructor(plan: Plan, options: TranslateOptions, assumed: RegisterUse | null) {
    this.region = plan.region;
    this.graph = plan.graph;
    this.dispatcher = plan.dispatcher;
    this.options = options;
    const { region, graph } = plan;
    this.e = new Emitter(region, options.checked, recentUse(region, graph), assumed);
    const joints = new Set([...graph.loops, ...graph.merges]);
    this.#carryWanted = carryWanted(region.blocks, graph.successors, joints);
    this.dispatch = graph.dispatched.length > 0 ? this.e.code.newLocal(I32) : 0;
    this.pages = hasManyPages(this) ? this.e.code.newLocal(I32) : 0;
    this.#rank = new Map(this.graph.order.map((offset, i) => [offset, i]));
  }

  write(): Uint8Array<ArrayBuffer> {
    this.e.begin();
    writePagesEntry(this);
    this.e.flags.state = STORED;
    if (this.#carryWanted.has(this.region.entry)) this.e.flags.holdCarry();
    this.#tree(this.region.entry);
    return regionModule(this.e.finish(this.options.tailCalls));
  }

  /** A block and all that it dominates. */
  #tree(offset: number): void {
    const { e, graph } = this;
    const loop = graph.loops.has(offset);
    if (loop || graph.merges.has(offset))
      e.flags.state = this.#carryWanted.has(offset) ? CARRY_HELD : UNKNOWN;
    e.forgetExit();
    if (loop) this.#labels.set(offset, e.code.loop());
    const merges = (graph.children.get(offset) ?? []).filter((child) => graph.merges.has(child));
    merges.sort((a, b) => (this.#rank.get(b) ?? 0) - (this.#rank.get(a) ?? 0));
    this.#within(offset, merges, 0);
    if (loop) e.code.end();
    e.forgetExit();
  }

  /** The block inside one wasm block for each merge that it dominates, the merges behind their ends. */
  #within(offset: number, merges: readonly number[], depth: number): void {
    const merge = merges[depth];
    if (merge === undefined) {
      this.#block(offset);
      return;
    }
    const { code } = this.e;
    this.#labels.set(merge, code.block());
    this.#within(offset, merges, depth + 1);
    code.end();
    // The label of a merge that is a loop as well becomes that of the loop.
    this.#tree(merge);
  }

  #block(offset: number): void {
    if (offset === DISPATCH) {
      if (this.graph.dispatched.some((to) => this.#carryWanted.has(to))) this.e.flags.holdCarry();
      this.dispatcher.write(this.e.code, this.dispatch, (to) => this.#label(to));
      return;
    }
    const block = this.region.blocks.get(offset);
    if (block === undefined) throw new Error(`translator: no block at ${offset.toString(16)}`);
    this.page = pageOf(offset);
    for (const op of block.ops) this.#instruction(offset, op);
    if (block.next !== null) {
      this.e.current = block.next.exit;
      this.edge(offset, block.next, false);
    }
  }

  #instruction(from: number, op: MicroOp): void {
    const { e } = this;
    e.current = op.p;
    const control = CONTROL[op.handler];
    if (control !== undefined) {
      control(this, from, op);
      return;
    }
    const condition = conditionOf(op);
    if (op.handler.startsWith('jcc')) this.#conditional(from, op, condition);
    else {
      const emit = EMITTERS.get(op.handler);
      if (emit === undefined) {
        // The handler of a fused pair jumps as well, and then does not come back here.
        e.fallback(op);
        return;
      }
      emit(e, op);
      if (condition >= 0) this.#conditional(from, op, condition);
    }
  }

  #conditional(from: number, op: MicroOp, condition: number): void {
    const { e } = this;
    e.flags.pushCondition(condition);
    const { state } = e.flags;
    e.code.if();
    this.edge(from, jumpEdge(op), false);
    e.code.end();
    e.forgetExit();
    e.flags.state = state;
  }

  /** Goes along an edge; `counted` when the slice is known to last and the count was taken off. */
  edge(from: number, edge: Edge, counted: boolean): void {
    const { e, graph } = this;
    const { code } = e;
    if (!graph.has(from, edge.to)) {
      leaveByLink(this, edge);
      return;
    }
    if (!counted) {
      requirePage(this, from, edge.to, edge.exit, () => {
        leaveByLink(this, edge);
      });
    }
    const rerouted = graph.isRerouted(from, edge.to);
    if (!counted) {
      if (rerouted || graph.isBack(from, edge.to)) {
        code.get(e.left).i32(edge.count).i32op('leS');
        e.leaveIf();
      }
      this.count(edge.count);
    }
    enterPage(this, from, edge.to);
    if (rerouted) this.dispatcher.choose(code, this.dispatch, edge.to);
    this.goTo(from, rerouted ? DISPATCH : edge.to);
  }

  goTo(from: number, to: number): void {
    const { e, graph } = this;
    if (this.#carryWanted.has(to)) e.flags.holdCarry();
    if (graph.isBack(from, to) || graph.merges.has(to)) e.code.br(this.#label(to));
    else {
      const { current } = e;
      const { page } = this;
      this.#tree(to);
      e.current = current;
      this.page = page;
    }
  }

  #label(offset: number): Label {
    const label = this.#labels.get(offset);
    if (label === undefined) throw new Error(`translator: no label for ${offset.toString(16)}`);
    return label;
  }

  count(instructions: number): void {
    const { e } = this;
    if (instructions !== 0) e.code.get(e.left).i32(instructions).i32op('sub').set(e.left);
  }
}

type ControlWriter = (w: RegionWriting, from: number, op: MicroOp) => void;

const CONTROL: Readonly<Record<string, ControlWriter>> = {
  jmpJ: (w, from, op) => {
    w.edge(from, jumpEdge(op), false);
  },
  callJ: writeCall,
  guardSecondPage: (w, _from, op) => {
    writeGuard(w, op);
  },
  callE: writeComputed,
  jmpE: writeComputed,
  ret: writeReturn,
  retI: writeReturn,
  loop: writeCounted,
  loope: writeCounted,
  loopne: writeCounted,
  jcxz: writeCounted,
};

/** Where a block leads, as far as that is known now; DISPATCH for computed jumps that go by the table. */
function successorsOf(region: Region, block: Block): number[] {
  const list: number[] = [];
  for (const op of block.ops) {
    const target = jumpTarget(op);
    if (target !== null) list.push(target);
    if (isCounted(op)) list.push(op.offset + op.length);
    const kind = kindOf(op);
    if (kind === null) continue;
    list.push(...compared(region, kind));
    if (usesTable(region, kind)) list.push(DISPATCH);
  }
  if (block.next !== null) list.push(block.next.to);
  return list.filter((offset) => offset === DISPATCH || region.blocks.has(offset));
}

function planOf(region: Region, options: TranslateOptions): Plan {
  const successors = new Map<number, number[]>();
  for (const [offset, block] of region.blocks) successors.set(offset, successorsOf(region, block));
  successors.set(DISPATCH, [...tabled(region)]);
  const graph = buildGraph(region.entry, successors);
  return { region, graph, dispatcher: new Dispatcher(region, graph, options.reserve) };
}

/** Translates a region. */
export function translate(region: Region, options: TranslateOptions): Translation {
  let microOps = 0;
  for (const block of region.blocks.values()) microOps += block.ops.length;
  const plan = planOf(region, options);
  let writer = new RegionWriter(plan, options, null);
  let module = writer.write();
  if (writer.e.fallbacks > 0 || writer.e.vectors.handedOver) {
    // What must be spilled around a handler is known only at the end: write it again.
    writer = new RegionWriter(plan, options, writer.e.use);
    module = writer.write();
  }
  return { module, microOps, fallbacks: writer.e.fallbacks };
}
