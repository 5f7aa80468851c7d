// Prompts: PS1, PS2, PS4. Source: POSIX 2.5.3 and sh: parameters are expanded; ! is the number of the command in the
// history, !! an exclamation mark.

import { Arena, arenaRelease } from '../lib/arena';
import { Buffer } from '../lib/buffer';
import { byteLength } from '../lib/bytes';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { expandToOne } from './expand';
import { historyNumber } from './history';
import { parseDocument } from './here-document';
import { arena, setArena } from './syntax';
import { lastStatus, setLastStatus } from './state';
import { named, valueOf } from './variables';

const prompt = make<Buffer>();

/** The text with parameters, commands and arithmetic expanded; in memory of stack.ts. */
export function expandPrompt(text: usize): usize {
  const outer = arena;
  const fresh = make<Arena>();
  fresh.references = 1;
  setArena(fresh);
  const status = lastStatus;
  const word = parseDocument(text, byteLength(text));
  const result = word ? expandToOne(word) : 0;
  setLastStatus(status);
  setArena(outer);
  prompt.clear();
  prompt.bytes(result ? result : text);
  arenaRelease(fresh);
  return prompt.at;
}

/** What stands before a line: the first of a command, or one that goes on. */
export function promptText(continues: bool): usize {
  const value = valueOf(named(continues ? 'PS2' : 'PS1'));
  const text = expandPrompt(value ? value : literal(''));
  if (!continues) countCommands();
  return text;
}

/** Replaces ! by the number of the next command. */
function countCommands(): void {
  for (let i: usize = 0; i < prompt.length; i++) {
    if (load<u8>(prompt.at + i) != 0x21) continue;
    prompt.remove(i, 1);
    if (load<u8>(prompt.at + i) == 0x21) continue;
    let number = historyNumber();
    do {
      prompt.insert(i, <u8>(0x30 + (number % 10)));
      number /= 10;
    } while (number);
    while (load<u8>(prompt.at + i) >= 0x30 && load<u8>(prompt.at + i) <= 0x39) i++;
    i--;
  }
}
