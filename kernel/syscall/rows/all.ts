/** Every file of rows, in one list: a new area is a file here and a line below. */
import { credentialsRows } from './credentials';
import { filesRows } from './files';
import { filesystemsRows } from './filesystems';
import { ipcRows } from './ipc';
import { memoryRows } from './memory';
import { nativeRows } from './native';
import { pathsRows } from './paths';
import { processRows } from './process';
import { schedulingRows } from './scheduling';
import { signalRows } from './signal';
import { socketRows } from './sockets';
import { systemRows } from './system';
import { timeRows } from './time';

export function syscallTableInit(): void {
  memoryRows();
  processRows();
  credentialsRows();
  schedulingRows();
  signalRows();
  timeRows();
  filesRows();
  filesystemsRows();
  pathsRows();
  systemRows();
  ipcRows();
  socketRows();
  nativeRows();
}
