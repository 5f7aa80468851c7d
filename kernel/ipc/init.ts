/** Sets up what processes communicate by. Before the first program. */
import { pipeOpsInit } from './pipe-file';

export function ipcInit(): void {
  pipeOpsInit();
}
