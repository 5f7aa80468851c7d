/** A scripted machine in a utility process of Electron. */
import process from 'node:process';
import { utilityLink } from '../../../electron/desktop/utility-link.ts';
import { runScriptedHost } from './scripted-host.ts';

runScriptedHost(utilityLink(process.parentPort));
