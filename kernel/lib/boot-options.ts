/**
 * Options of the command line that take effect before anything else runs: `loglevel=N` (lines of levels below N reach the
 * consoles, as Linux counts) and `panic=reboot`.
 */
import { commandLine } from '../arch/x86_64/boot-info';
import { cmdlineValue } from './command-line';
import { LOG_INFO, logBegin, logCStr, logEnd, logStr, fixConsoleLevel } from './log';
import { setPanicRestart } from './panic';

const VALUE_MAX: usize = 16;
const value = memory.data(16, 8);

export function applyBootOptions(): void {
  if (cmdlineValue('loglevel', value, VALUE_MAX)) {
    const digit = <u32>load<u8>(value) - 48;
    if (digit >= 1 && digit <= 8) fixConsoleLevel(digit - 1);
  }
  if (cmdlineValue('panic', value, VALUE_MAX) && load<u8>(value) == 0x72) setPanicRestart();
  logBegin(LOG_INFO, 'boot');
  logStr('command line: ');
  logCStr(commandLine());
  logEnd();
}
