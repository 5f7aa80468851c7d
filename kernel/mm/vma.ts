/**
 * Areas of an address space: ranges of addresses that do not overlap, page aligned, and what they show.
 *
 * - Kept in an AVL tree by address (Adelson-Velsky and Landis 1962) whose nodes know the largest gap below any area of
 *   their subtree, so that finding an area and finding room take time logarithmic in their number; and in a list in
 *   the same order.
 * - No locking and no page tables here: the space's lock guards the tree, areas.ts joins and cuts, map.ts and others keep
 *   the tables in step.
 */

export const PROT_READ: u32 = 1;
export const PROT_WRITE: u32 = 2;
export const PROT_EXEC: u32 = 4;

/** The break. */
export const VMA_HEAP: u32 = 1;
/** The first thread's stack. */
export const VMA_STACK: u32 = 2;
/** Writes are seen by all who map the same, and by the file. */
export const VMA_SHARED: u32 = 4;
/** mlock: pages stay, and appear at once. */
export const VMA_LOCKED: u32 = 8;
/** Extended downwards by faults below it. */
export const VMA_GROWS_DOWN: u32 = 16;
export const VMA_NO_RESERVE: u32 = 32;
/** Not write: the file was not opened for writing. */
export const VMA_NEVER_WRITE: u32 = 64;
export const VMA_DONT_FORK: u32 = 128;
export const VMA_WIPE_ON_FORK: u32 = 256;
/** Device memory: the page tables lead to frames that nobody counts. */
export const VMA_DEVICE: u32 = 512;
/** Counted as committed memory. */
export const VMA_ACCOUNTED: u32 = 1024;
export const VMA_DONT_DUMP: u32 = 2048;
/** MADV_RANDOM, MADV_SEQUENTIAL. */
export const VMA_RANDOM: u32 = 4096;
export const VMA_SEQUENTIAL: u32 = 8192;
/** mlock2(MLOCK_ONFAULT). */
export const VMA_LOCK_ON_FAULT: u32 = 16384;
export const VMA_NEVER_EXEC: u32 = 32768;
export const VMA_NO_HUGE: u32 = 65536;

@unmanaged
export class Vma {
  left: usize;
  right: usize;
  next: usize;
  previous: usize;
  start: u64;
  /** First byte after the area. */
  end: u64;
  /** Of this subtree: largest distance of an area to the one before it. */
  maxGap: u64;
  height: i32;
  prot: u32;
  flags: u32;
  unused: u32;
  /** The File that is mapped, with a reference; 0 for private anonymous memory. */
  file: usize;
  /** Byte of the file (or device) that `start` shows. */
  offset: u64;
  /** Neighbours among the areas that map the same file (file-areas.ts). */
  fileNext: usize;
  filePrevious: usize;
  space: usize;
  /** SysV segment that is attached here (ipc/shm.ts), 0 for none. */
  segment: usize;
}

/** All zeroes is an empty tree. */
@unmanaged
export class VmaTree {
  root: usize;
  first: usize;
  /** The area that was found last. */
  hint: usize;
  count: u32;
  unused: u32;
}

export function vmaAt(at: usize): Vma {
  return changetype<Vma>(at);
}

export function isNullVma(area: Vma): bool {
  return changetype<usize>(area) == 0;
}

function heightOf(at: usize): i32 {
  return at == 0 ? 0 : vmaAt(at).height;
}

function gapOf(at: usize): u64 {
  return at == 0 ? 0 : vmaAt(at).maxGap;
}

/** Recomputes what `area` knows of its subtree. */
function update(area: Vma): void {
  const left = heightOf(area.left);
  const right = heightOf(area.right);
  area.height = (left > right ? left : right) + 1;
  const own = area.start - (area.previous == 0 ? 0 : vmaAt(area.previous).end);
  area.maxGap = max(own, max(gapOf(area.left), gapOf(area.right)));
}

function rotateRight(area: Vma): usize {
  const left = vmaAt(area.left);
  area.left = left.right;
  left.right = changetype<usize>(area);
  update(area);
  update(left);
  return changetype<usize>(left);
}

function rotateLeft(area: Vma): usize {
  const right = vmaAt(area.right);
  area.right = right.left;
  right.left = changetype<usize>(area);
  update(area);
  update(right);
  return changetype<usize>(right);
}

function balance(area: Vma): usize {
  const difference = heightOf(area.left) - heightOf(area.right);
  if (difference > 1) {
    const left = vmaAt(area.left);
    if (heightOf(left.left) < heightOf(left.right)) area.left = rotateLeft(left);
    return rotateRight(area);
  }
  if (difference < -1) {
    const right = vmaAt(area.right);
    if (heightOf(right.right) < heightOf(right.left)) area.right = rotateRight(right);
    return rotateLeft(area);
  }
  update(area);
  return changetype<usize>(area);
}

function insertBelow(at: usize, fresh: Vma): usize {
  if (at == 0) {
    update(fresh);
    return changetype<usize>(fresh);
  }
  const area = vmaAt(at);
  if (fresh.start < area.start) area.left = insertBelow(area.left, fresh);
  else area.right = insertBelow(area.right, fresh);
  return balance(area);
}

/** Recomputes the nodes from the one that starts at `start` up. */
function refreshBelow(at: usize, start: u64): void {
  if (at == 0) return;
  const area = vmaAt(at);
  if (start < area.start) refreshBelow(area.left, start);
  else if (start > area.start) refreshBelow(area.right, start);
  update(area);
}

/** What remains of a subtree without its first area. */
function withoutFirst(at: usize): usize {
  const area = vmaAt(at);
  if (area.left == 0) return area.right;
  area.left = withoutFirst(area.left);
  return balance(area);
}

function removeBelow(at: usize, start: u64): usize {
  if (at == 0) return 0;
  const area = vmaAt(at);
  if (start < area.start) area.left = removeBelow(area.left, start);
  else if (start > area.start) area.right = removeBelow(area.right, start);
  else {
    if (area.left == 0) return area.right;
    if (area.right == 0) return area.left;
    let first = area.right;
    while (vmaAt(first).left != 0) first = vmaAt(first).left;
    const rest = withoutFirst(area.right);
    const successor = vmaAt(first);
    successor.left = area.left;
    successor.right = rest;
    return balance(successor);
  }
  return balance(area);
}

/** The area that contains `va`; null when none does. */
export function vmaFind(tree: VmaTree, va: u64): Vma {
  const hint = tree.hint;
  if (hint != 0 && vmaAt(hint).start <= va && va < vmaAt(hint).end) return vmaAt(hint);
  const area = vmaFrom(tree, va);
  if (isNullVma(area) || area.start > va) return vmaAt(0);
  tree.hint = changetype<usize>(area);
  return area;
}

/** The first area that ends behind `va`, null when there is none. */
export function vmaFrom(tree: VmaTree, va: u64): Vma {
  let best: usize = 0;
  let at = tree.root;
  while (at != 0) {
    const area = vmaAt(at);
    if (area.end > va) {
      best = at;
      if (area.start <= va) break;
      at = area.left;
    } else at = area.right;
  }
  return vmaAt(best);
}

/** Does any area overlap [start, end)? */
export function vmaOverlaps(tree: VmaTree, start: u64, end: u64): bool {
  const area = vmaFrom(tree, start);
  return !isNullVma(area) && area.start < end;
}

/** The last area that ends at or before `va`; null when there is none. */
export function vmaBefore(tree: VmaTree, va: u64): Vma {
  let best: usize = 0;
  let at = tree.root;
  while (at != 0) {
    const area = vmaAt(at);
    if (area.end <= va) {
      best = at;
      at = area.right;
    } else at = area.left;
  }
  return vmaAt(best);
}

/** Adds an area whose range is free. */
export function vmaInsert(tree: VmaTree, area: Vma): void {
  const at = changetype<usize>(area);
  const before = changetype<usize>(vmaBefore(tree, area.start));
  area.left = 0;
  area.right = 0;
  area.previous = before;
  area.next = before == 0 ? tree.first : vmaAt(before).next;
  if (before == 0) tree.first = at;
  else vmaAt(before).next = at;
  if (area.next != 0) vmaAt(area.next).previous = at;
  tree.root = insertBelow(tree.root, area);
  if (area.next != 0) refreshBelow(tree.root, vmaAt(area.next).start);
  tree.count++;
}

/** Takes an area out; it stays the caller's. */
export function vmaRemove(tree: VmaTree, area: Vma): void {
  if (area.previous == 0) tree.first = area.next;
  else vmaAt(area.previous).next = area.next;
  if (area.next != 0) vmaAt(area.next).previous = area.previous;
  tree.root = removeBelow(tree.root, area.start);
  if (area.next != 0) refreshBelow(tree.root, vmaAt(area.next).start);
  if (tree.hint == changetype<usize>(area)) tree.hint = 0;
  tree.count--;
}

/** The bounds of `area` were changed, without passing a neighbour. */
export function vmaResized(tree: VmaTree, area: Vma): void {
  refreshBelow(tree.root, area.start);
  if (area.next != 0) refreshBelow(tree.root, vmaAt(area.next).start);
}

/** Is every page of [start, end) in some area? */
export function vmaCovers(tree: VmaTree, start: u64, end: u64): bool {
  let area = vmaFind(tree, start);
  while (!isNullVma(area)) {
    if (area.end >= end) return true;
    const next = vmaAt(area.next);
    if (area.next == 0 || next.start != area.end) return false;
    area = next;
  }
  return false;
}

function findFreeBelow(at: usize, length: u64, bottom: u64, top: u64): u64 {
  if (at == 0 || vmaAt(at).maxGap < length) return 0;
  const area = vmaAt(at);
  if (area.end < top) {
    const right = findFreeBelow(area.right, length, bottom, top);
    if (right != 0) return right;
  }
  const from = max(bottom, area.previous == 0 ? 0 : vmaAt(area.previous).end);
  const to = min(area.start, top);
  if (to > from && to - from >= length) return to - length;
  return area.start > bottom ? findFreeBelow(area.left, length, bottom, top) : 0;
}

/** Start of the highest free range of `length` bytes in [bottom, top); 0 when there is none. */
export function vmaFindFree(tree: VmaTree, length: u64, bottom: u64, top: u64): u64 {
  if (top <= bottom || top - bottom < length) return 0;
  // The room behind the last area before `top` is below no area that the search looks at.
  let last: usize = 0;
  let at = tree.root;
  while (at != 0) {
    if (vmaAt(at).start < top) {
      last = at;
      at = vmaAt(at).right;
    } else at = vmaAt(at).left;
  }
  const from = max(bottom, last == 0 ? 0 : vmaAt(last).end);
  if (top > from && top - from >= length) return top - length;
  return findFreeBelow(tree.root, length, bottom, top);
}
