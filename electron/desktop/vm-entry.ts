/** The program of a machine's process where it is an Electron utility process. */
import process from 'node:process';
import { runVmProcess } from '../vm-process/run.ts';
import { utilityLink } from './utility-link.ts';

runVmProcess(utilityLink(process.parentPort));
