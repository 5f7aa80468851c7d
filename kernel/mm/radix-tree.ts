/**
 * Radix trees: sparse arrays of non-zero u64 values by a u64 index, with one tag bit a value that can be searched for
 * (Linux's page cache has used the same idea since 2.5: 64 slots a node, tags summed up towards the root).
 *
 * - Indices are below 2^52: pages of a 64-bit file.
 * - A tree of height 0 is its one value at index 0: a file of one page needs no node.
 * - No locking: the owner of the tree has a lock. All zeroes is an empty tree.
 */
import { kfree, kmalloc } from './kmalloc';

const BITS: u32 = 6;
const SLOTS: usize = 64;
const SLOT_MASK: u64 = 63;
/** 9 levels of 6 bits hold 54. */
const MAX_HEIGHT: u32 = 9;

@unmanaged
export class RadixTree {
  root: u64;
  height: u32;
  /** Tag of the value of a tree of height 0. */
  rootTag: u32;
  /** Values in the tree. */
  count: u64;
}

@unmanaged
class Node {
  /** Bit n: the value in slot n, or some value below it, is tagged. */
  tags: u64;
  /** Slots in use. */
  used: u32;
  unused: u32;
}

const NODE_BYTES: usize = 16 + 64 * 8;
/** No result of a search. */
export const RADIX_NONE: u64 = ~(<u64>0);

function nodeOf(value: u64): Node {
  return changetype<Node>(<usize>value);
}

function slotAt(node: u64, slot: u64): usize {
  return <usize>node + offsetof<Node>() + <usize>slot * 8;
}

/** First index beyond what a tree of this height can hold. */
function capacity(height: u32): u64 {
  return (<u64>1) << (BITS * height);
}

/** The value at `index`; 0 when there is none. */
export function radixGet(tree: RadixTree, index: u64): u64 {
  let height = tree.height;
  if (index >= capacity(height)) return 0;
  let at = tree.root;
  while (height > 0 && at != 0) {
    height--;
    at = load<u64>(slotAt(at, (index >> (BITS * height)) & SLOT_MASK));
  }
  return at;
}

/** Makes the tree one level higher; false when out of memory. */
function grow(tree: RadixTree): bool {
  if (tree.root != 0) {
    const node = <u64>kmalloc(NODE_BYTES);
    if (node == 0) return false;
    store<u64>(slotAt(node, 0), tree.root);
    nodeOf(node).used = 1;
    const tagged = tree.height == 0 ? tree.rootTag != 0 : nodeOf(tree.root).tags != 0;
    nodeOf(node).tags = tagged ? 1 : 0;
    tree.root = node;
    tree.rootTag = 0;
  }
  tree.height++;
  return true;
}

/** Stores `value` (not 0) at `index`, where there must be none. False when out of memory; the tree is sound then too. */
export function radixInsert(tree: RadixTree, index: u64, value: u64): bool {
  while (index >= capacity(tree.height)) if (!grow(tree)) return false;
  let at = changetype<usize>(tree) + offsetof<RadixTree>('root');
  let parent: u64 = 0;
  for (let height = tree.height; height > 0; height--) {
    let node = load<u64>(at);
    if (node == 0) {
      node = <u64>kmalloc(NODE_BYTES);
      if (node == 0) {
        // Empty nodes made on the way would stay: take them out again.
        prune(tree, index);
        return false;
      }
      store<u64>(at, node);
      if (parent != 0) nodeOf(parent).used++;
    }
    parent = node;
    at = slotAt(node, (index >> (BITS * (height - 1))) & SLOT_MASK);
  }
  assert(load<u64>(at) == 0, 'radix tree: slot in use');
  store<u64>(at, value);
  if (parent != 0) nodeOf(parent).used++;
  tree.count++;
  return true;
}

/** Removes the value at `index` and returns it; 0 when there was none. */
export function radixRemove(tree: RadixTree, index: u64): u64 {
  const value = radixGet(tree, index);
  if (value == 0) return 0;
  if (tree.height == 0) {
    tree.root = 0;
    tree.rootTag = 0;
  } else clearSlot(tree.root, tree.height, index);
  tree.count--;
  shrink(tree);
  return value;
}

/** Clears the value's slot below `node` of `height` and frees nodes that become empty, but not `node` itself. */
function clearSlot(node: u64, height: u32, index: u64): void {
  const slot = (index >> (BITS * (height - 1))) & SLOT_MASK;
  const at = slotAt(node, slot);
  if (height > 1) {
    const child = load<u64>(at);
    clearSlot(child, height - 1, index);
    if (nodeOf(child).used != 0) {
      if (nodeOf(child).tags == 0) nodeOf(node).tags &= ~((<u64>1) << slot);
      return;
    }
    kfree(<usize>child);
  }
  store<u64>(at, 0);
  nodeOf(node).tags &= ~((<u64>1) << slot);
  nodeOf(node).used--;
}

/** Frees the empty nodes on the way to `index`. */
function prune(tree: RadixTree, index: u64): void {
  if (tree.height > 0 && tree.root != 0) pruneBelow(tree.root, tree.height, index);
  shrink(tree);
}

function pruneBelow(node: u64, height: u32, index: u64): void {
  if (height == 1) return;
  const at = slotAt(node, (index >> (BITS * (height - 1))) & SLOT_MASK);
  const child = load<u64>(at);
  if (child == 0) return;
  pruneBelow(child, height - 1, index);
  if (nodeOf(child).used != 0) return;
  kfree(<usize>child);
  store<u64>(at, 0);
  nodeOf(node).used--;
}

/** Takes levels away that hold nothing but slot 0. */
function shrink(tree: RadixTree): void {
  while (tree.height > 0) {
    const root = tree.root;
    if (root != 0) {
      const node = nodeOf(root);
      const first = load<u64>(slotAt(root, 0));
      if (node.used > 1 || (node.used == 1 && first == 0)) return;
      tree.root = first;
      if (tree.height == 1) tree.rootTag = node.tags != 0 ? 1 : 0;
      kfree(<usize>root);
    }
    tree.height--;
  }
}

/** Tags the value at `index`, which must exist. */
export function radixTag(tree: RadixTree, index: u64): void {
  if (tree.height == 0) {
    tree.rootTag = 1;
    return;
  }
  let node = tree.root;
  for (let height = tree.height; height > 0; height--) {
    const slot = (index >> (BITS * (height - 1))) & SLOT_MASK;
    nodeOf(node).tags |= (<u64>1) << slot;
    node = load<u64>(slotAt(node, slot));
  }
}

/** Takes the tag of the value at `index`, which must exist. */
export function radixUntag(tree: RadixTree, index: u64): void {
  if (tree.height == 0) tree.rootTag = 0;
  else untagBelow(tree.root, tree.height, index);
}

function untagBelow(node: u64, height: u32, index: u64): void {
  const slot = (index >> (BITS * (height - 1))) & SLOT_MASK;
  if (height > 1) {
    const child = load<u64>(slotAt(node, slot));
    untagBelow(child, height - 1, index);
    if (nodeOf(child).tags != 0) return;
  }
  nodeOf(node).tags &= ~((<u64>1) << slot);
}

/** Lowest index from `from` on that has a value; RADIX_NONE when there is none. */
export function radixNext(tree: RadixTree, from: u64): u64 {
  return search(tree, from, false);
}

/** As radixNext, of the tagged values. */
export function radixNextTagged(tree: RadixTree, from: u64): u64 {
  return search(tree, from, true);
}

function search(tree: RadixTree, from: u64, tagged: bool): u64 {
  if (tree.root == 0 || tree.height > MAX_HEIGHT || from >= capacity(tree.height)) return RADIX_NONE;
  if (tree.height == 0) return !tagged || tree.rootTag != 0 ? 0 : RADIX_NONE;
  return searchBelow(tree.root, tree.height, from, tagged);
}

/** Indices here are relative to the node. */
function searchBelow(node: u64, height: u32, from: u64, tagged: bool): u64 {
  const shift = BITS * (height - 1);
  let start = from & (((<u64>1) << shift) - 1);
  const tags = nodeOf(node).tags;
  for (let slot = from >> shift; slot < SLOTS; slot++) {
    const value = load<u64>(slotAt(node, slot));
    if (value != 0 && (!tagged || ((tags >> slot) & 1) != 0)) {
      if (height == 1) return slot;
      const below = searchBelow(value, height - 1, start, tagged);
      if (below != RADIX_NONE) return (slot << shift) + below;
    }
    start = 0;
  }
  return RADIX_NONE;
}
