/**
 * The AssemblyScript runtime of programs that have none: the kernel and userland.
 *
 * The compiler looks these functions up by name whenever a source creates a managed object. Here nothing may:
 * memory comes from kmalloc or malloc, objects are `@unmanaged`. They exist so that the compiler is content, and
 * the translator refuses a program that still calls one of them (build/toolchain/c/function.ts).
 */

export function __alloc(size: usize): usize {
  return unreachable();
}

export function __realloc(pointer: usize, size: usize): usize {
  return unreachable();
}

export function __free(pointer: usize): void {
  unreachable();
}

export function __new(size: usize, id: u32): usize {
  return unreachable();
}

export function __renew(pointer: usize, size: usize): usize {
  return unreachable();
}

export function __link(parent: usize, child: usize, expectMultiple: bool): void {
  unreachable();
}

export function __pin(pointer: usize): usize {
  return unreachable();
}

export function __unpin(pointer: usize): void {
  unreachable();
}

export function __visit(pointer: usize, cookie: u32): void {
  unreachable();
}

export function __collect(): void {
  unreachable();
}
