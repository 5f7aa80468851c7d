// Builtins that change what runs next: : . break continue eval exec exit return shift times. Source: POSIX 2.14.

import { Buffer, freeBuffer } from '../../lib/buffer';
import { bytesAre, duplicateBytes, findByte } from '../../lib/bytes';
import { close, open, Open } from '../../lib/file';
import { List } from '../../lib/list';
import { free, make, mustAllocate } from '../../lib/malloc';
import { parsed, parseInteger } from '../../lib/number';
import { Sys, syscall } from '../../lib/syscall';
import { stdout } from '../../lib/stream';
import { errorMessage } from '../../lib/strerror';
import { appendDirectory, nextInPath, pathList, searchPath } from '../commands';
import { fatal, setCurrentBuiltin, shellMessage, shellText } from '../error';
import { moveHigh } from '../execute';
import { hasStoppedJobs } from '../jobs';
import { exitShell } from '../leave';
import { evaluateText, runSource } from '../script';
import { runPath } from '../simple';
import { popSource, pushFile } from '../source';
import {
  interactive,
  inChild,
  lastStatus,
  Leaving,
  leaving,
  loopDepth,
  parameters,
  callDepth,
  setCallDepth,
  setLastStatus,
  setLeaving,
  setLoopDepth,
} from '../state';
import { swapParameters } from '../state';
import { updateSignals } from '../traps';

export function colon(_words: List): i32 {
  return 0;
}

/** A number in words[index], `absent` without one; -1 after a message. */
function numberAt(words: List, index: i32, absent: i32): i32 {
  if (words.length <= index) return absent;
  const word = words.get(index);
  if (parseInteger(word) && parsed() >= 0 && parsed() <= i32.MAX_VALUE) return <i32>parsed();
  shellMessage().text('Illegal number: ').bytes(word).newline();
  return -1;
}

export function breakLoop(words: List): i32 {
  return leaveLoops(words, Leaving.breakLoop);
}

export function continueLoop(words: List): i32 {
  return leaveLoops(words, Leaving.goOn);
}

function leaveLoops(words: List, how: i32): i32 {
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  const levels = numberAt(words, first, 1);
  if (levels <= 0) {
    if (!levels) shellMessage().text('Illegal number: 0').newline();
    fatal(2);
    return 2;
  }
  if (loopDepth) setLeaving(how, min<i32>(levels, loopDepth));
  return 0;
}

export function evaluate(words: List): i32 {
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  const text = make<Buffer>();
  text.clear();
  for (let i = first; i < words.length; i++) {
    if (i > first) text.byte(0x20);
    text.bytes(words.get(i));
  }
  const outer = setCurrentBuiltin(0);
  const status = text.length ? evaluateText(text.at) : 0;
  setCurrentBuiltin(outer);
  freeBuffer(text);
  free(changetype<usize>(text));
  return status;
}

/** Where a dot script is: with a slash there, otherwise along PATH, or at last in the working directory. */
function findScript(name: usize): usize {
  if (findByte(name, 0x2f)) return mustAllocate(duplicateBytes(name));
  const path = make<Buffer>();
  let found: usize = 0;
  for (let at = pathList(); at && !found; at = nextInPath(at)) {
    path.clear();
    appendDirectory(at, path);
    path.bytes(name);
    const fd = open(path.at, Open.readOnly | Open.closeOnExec);
    if (fd < 0) continue;
    close(fd);
    found = mustAllocate(duplicateBytes(path.at));
  }
  freeBuffer(path);
  free(changetype<usize>(path));
  return found ? found : mustAllocate(duplicateBytes(name));
}

export function dot(words: List): i32 {
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  if (words.length <= first) {
    shellText('.: a file name is needed');
    fatal(2);
    return 2;
  }
  const path = findScript(words.get(first));
  const fd = moveHigh(open(path, Open.readOnly | Open.closeOnExec));
  free(path);
  if (fd < 0) {
    shellMessage()
      .text('.: cannot open ')
      .bytes(words.get(first))
      .text(': ')
      .text(errorMessage(fd))
      .newline();
    fatal(2);
    return 2;
  }
  // Operands, where there are any, are the script's parameters (an extension that bash and ksh share).
  let own: List | null = null;
  let outer: List = parameters;
  if (words.length > first + 1) {
    const fresh = make<List>();
    for (let i = first + 1; i < words.length; i++) {
      assert(fresh.append(mustAllocate(duplicateBytes(words.get(i)))), 'out of memory');
    }
    own = fresh;
    outer = swapParameters(fresh);
  }
  const outerLoops = loopDepth;
  setLoopDepth(0);
  setCallDepth(callDepth + 1);
  pushFile(fd, false);
  setLastStatus(0);
  const status = runSource(false);
  popSource();
  close(fd);
  setCallDepth(callDepth - 1);
  setLoopDepth(outerLoops);
  if (own) {
    if (parameters == own) swapParameters(outer);
  }
  if (leaving == Leaving.returning) {
    setLeaving(Leaving.nothing, 0);
    return lastStatus;
  }
  return status;
}

export function returnFrom(words: List): i32 {
  const status = numberAt(words, 1, lastStatus);
  if (status < 0) {
    fatal(2);
    return 2;
  }
  // Outside of functions and dot scripts: as exit does in a script (POSIX leaves it open).
  if (!callDepth && !interactive) exitShell(status & 255);
  if (callDepth) setLeaving(Leaving.returning, 0);
  return status & 255;
}

export function execute(words: List): i32 {
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  if (words.length <= first) return 0;
  const list = make<List>();
  list.values = words.values + ((<usize>first) << 3);
  list.length = words.length - first;
  const path = searchPath(list.get(0), pathList());
  const outer = setCurrentBuiltin(0);
  const wasInteractive = interactive;
  if (wasInteractive) restoreSignals();
  const status = runPath(path, list);
  setCurrentBuiltin(outer);
  free(path);
  free(changetype<usize>(list));
  if (!wasInteractive) exitShell(status);
  updateSignals();
  return status;
}

function restoreSignals(): void {
  for (let signal = 1; signal < 32; signal++) {
    if (signal == 2 || signal == 3 || signal == 15 || (signal >= 20 && signal <= 22)) {
      const action = memory.data(32, 8);
      memory.fill(action, 0, 32);
      syscall(Sys.rt_sigaction, signal, action, 0, 8);
    }
  }
}

let warned = false;

export function leave(words: List): i32 {
  const status = numberAt(words, 1, lastStatus);
  if (interactive && !inChild && !warned && hasStoppedJobs()) {
    warned = true;
    shellText('there are stopped jobs');
    return 1;
  }
  exitShell(status < 0 ? 2 : status & 255);
  return 0;
}

export function shift(words: List): i32 {
  const count = numberAt(words, 1, 1);
  if (count < 0 || count > parameters.length) {
    if (count > 0) shellText("can't shift that many");
    fatal(2);
    return 2;
  }
  if (!count) return 0;
  if (!parameters.capacity) {
    // A function's parameters are its caller's words: only the view moves.
    parameters.values += (<usize>count) << 3;
    parameters.length -= count;
    return 0;
  }
  for (let i = 0; i < count; i++) free(parameters.get(i));
  const rest = parameters.length - count;
  memory.copy(parameters.values, parameters.values + ((<usize>count) << 3), (<usize>rest) << 3);
  parameters.length = rest;
  return 0;
}

export function showTimes(_words: List): i32 {
  const TIMES: u64 = 100;
  const times = memory.data(32, 8);
  if (syscall(TIMES, times) < 0) return 1;
  for (let i: usize = 0; i < 4; i++) {
    const ticks = load<i64>(times + (i << 3));
    stdout
      .unsigned(ticks / 6000)
      .byte(0x6d)
      .unsigned((ticks / 100) % 60)
      .byte(0x2e);
    if (ticks % 100 < 10) stdout.byte(0x30);
    stdout
      .unsigned(ticks % 100)
      .text('0000s')
      .byte(i & 1 ? 0x0a : 0x20);
  }
  return 0;
}
