/**
 * The AssemblyScript runtime of programs that have none: the kernel and userland.
 *
 * The compiler looks these functions up by name whenever a source creates a managed object. Here nothing may:
 * memory comes from kmalloc or malloc, objects are `@unmanaged`. They exist so that the compiler is content, and
 * call a function that nobody has: the translator refuses a program in which that call is left
 * (build/toolchain/c/unit-context.ts).
 */

declare function managedObject(): usize;

export function __alloc(size: usize): usize {
  return managedObject();
}

export function __realloc(pointer: usize, size: usize): usize {
  return managedObject();
}

export function __free(pointer: usize): void {
  managedObject();
}

export function __new(size: usize, id: u32): usize {
  return managedObject();
}

export function __renew(pointer: usize, size: usize): usize {
  return managedObject();
}

export function __link(parent: usize, child: usize, expectMultiple: bool): void {
  managedObject();
}

export function __pin(pointer: usize): usize {
  return managedObject();
}

export function __unpin(pointer: usize): void {
  managedObject();
}

export function __visit(pointer: usize, cookie: u32): void {
  managedObject();
}

export function __collect(): void {
  managedObject();
}
