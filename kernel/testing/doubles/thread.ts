/** Stands in for sched/thread.ts in unit tests: threads that are spawned never run. */
export function spawnKernelThread(_name: string, _entry: (argument: usize) => void, _argument: usize): i32 {
  return 1;
}
