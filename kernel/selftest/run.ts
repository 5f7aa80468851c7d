/**
 * The kernel's own tests, run before init when the command line says `selftest`.
 */
import { crashIfAsked } from './crash';
import { printSummary, runTest } from './report';
import {
  testAddressSpaces,
  testFrameReferences,
  testFrames,
  testHeap,
  testKernelMappings,
  testKernelStacks,
  testUserCopy,
} from './memory-tests';
import {
  testClock,
  testLog,
  testMutex,
  testTasks,
  testThreads,
  testTimers,
  testWaitQueues,
} from './thread-tests';

export function runSelfTests(): void {
  crashIfAsked();
  runTest('frames', testFrames);
  runTest('frame_references', testFrameReferences);
  runTest('heap', testHeap);
  runTest('kernel_mappings', testKernelMappings);
  runTest('kernel_stacks', testKernelStacks);
  runTest('address_spaces', testAddressSpaces);
  runTest('user_copy', testUserCopy);
  runTest('threads', testThreads);
  runTest('wait_queues', testWaitQueues);
  runTest('mutex', testMutex);
  runTest('timers', testTimers);
  runTest('tasks', testTasks);
  runTest('clock', testClock);
  runTest('log', testLog);
  printSummary();
}
