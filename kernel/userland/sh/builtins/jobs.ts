// Builtins on jobs: bg, fg, jobs, kill, wait. Source: POSIX bg, fg, jobs, kill, wait.

import { bytesAre } from '../../lib/bytes';
import { List } from '../../lib/list';
import { literal } from '../../lib/literal';
import { parseInteger, parsed } from '../../lib/number';
import { kill, parseSignal, Signal, SIGNAL_COUNT, signalName } from '../../lib/signal';
import { errorMessage } from '../../lib/strerror';
import { stdout } from '../../lib/stream';
import { shellMessage, shellText } from '../error';
import {
  continueJob,
  currentJob,
  endedByInterrupt,
  findJob,
  Job,
  jobAfter,
  jobIsAmbiguous,
  jobsAreInherited,
  listJobs,
  signalJob,
  waitForeground,
  waitJob,
} from '../jobs';
import { Leaving, setLeaving } from '../state';
import { caughtSignal, runTraps } from '../traps';

/** The job of words[index], or without a word the current one. Null after a message. */
function jobAt(words: List, index: i32): Job | null {
  const job = words.length > index ? findJob(words.get(index)) : currentJob();
  if (!job) complainOfJob(words, index);
  return job;
}

/** The same, for what only the parent of the job's processes can do with it. */
function ownJobAt(words: List, index: i32): Job | null {
  if (!jobsAreInherited()) return jobAt(words, index);
  complainOfJob(words, index);
  return null;
}

function complainOfJob(words: List, index: i32): void {
  const out = shellMessage();
  if (words.length <= index) out.text('No current job').newline();
  else if (jobIsAmbiguous()) out.bytes(words.get(index)).text(': ambiguous').newline();
  else out.text('No such job: ').bytes(words.get(index)).newline();
}

function controlled(job: Job): bool {
  if (job.group) return true;
  shellText('job was not started under job control');
  return false;
}

export function background(words: List): i32 {
  let status = 0;
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  for (let i = first; i < max<i32>(words.length, first + 1); i++) {
    const job = ownJobAt(words, i);
    if (!job || !controlled(job)) {
      status = 2;
      continue;
    }
    continueJob(job, false);
    stdout.byte(0x5b).unsigned(job.number).text('] ').bytes(job.text).text(' &').newline();
  }
  return status;
}

export function foreground(words: List): i32 {
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  const job = ownJobAt(words, first);
  if (!job || !controlled(job)) return 2;
  stdout.bytes(job.text).newline();
  stdout.flush();
  continueJob(job, true);
  const status = waitForeground(job);
  if (endedByInterrupt(status)) setLeaving(Leaving.toPrompt, 0);
  return status;
}

export function jobs(words: List): i32 {
  let long = false;
  let ids = false;
  let i = 1;
  for (; i < words.length && load<u8>(words.get(i)) == 0x2d; i++) {
    if (bytesAre(words.get(i), '-l')) long = true;
    else if (bytesAre(words.get(i), '-p')) ids = true;
    else if (!bytesAre(words.get(i), '--')) {
      shellMessage().text('Illegal option ').bytes(words.get(i)).newline();
      return 2;
    }
  }
  if (i >= words.length) {
    listJobs(null, long, ids);
    return 0;
  }
  let status = 0;
  for (; i < words.length; i++) {
    const job = jobAt(words, i);
    if (job) listJobs(job, long, ids);
    else status = 2;
  }
  return status;
}

export function wait(words: List): i32 {
  const first = words.length > 1 && bytesAre(words.get(1), '--') ? 2 : 1;
  if (words.length <= first) {
    let job = jobAfter(null);
    while (job) {
      if (waitJob(job) == -1) return interruptedWait();
      const next = jobAfter(null);
      // A stopped job stays: the next one.
      job = next == job ? jobAfter(job) : next;
    }
    return 0;
  }
  let status = 0;
  for (let i = first; i < words.length; i++) {
    const word = words.get(i);
    const isJob = load<u8>(word) == 0x25;
    if (!isJob && !parseInteger(word)) {
      shellMessage().text('Illegal number: ').bytes(word).newline();
      return 2;
    }
    const job = isJob ? ownJobAt(words, i) : findJob(word);
    status = job ? waitJob(job) : 127;
    if (status == -1) return interruptedWait();
  }
  return status;
}

/** POSIX 2.11: a trapped signal ends wait with a status above 128, before the trap runs. */
function interruptedWait(): i32 {
  const status = 128 + caughtSignal();
  runTraps();
  return status;
}

export function killJobs(words: List): i32 {
  let i = 1;
  let signal: i32 = Signal.TERM;
  const first = words.length > 1 ? words.get(1) : 0;
  if (first && (bytesAre(first, '-l') || bytesAre(first, '-L'))) return listSignals(words);
  if (first && load<u8>(first) == 0x2d && !bytesAre(first, '--')) {
    let name = first + 1;
    i = 2;
    if (load<u8>(name) == 0x73 || load<u8>(name) == 0x6e) {
      name = load<u8>(name, 1) ? name + 1 : words.length > 2 ? words.get(i++) : literal('');
    }
    signal = parseSignal(name);
    if (signal < 0) {
      shellMessage().text('invalid signal number or name: ').bytes(name).newline();
      return 2;
    }
  }
  if (i < words.length && bytesAre(words.get(i), '--')) i++;
  if (i >= words.length) {
    shellText('usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or kill -l [exitstatus]');
    return 2;
  }
  let status = 0;
  for (; i < words.length; i++) {
    const word = words.get(i);
    let error: i32;
    if (load<u8>(word) == 0x25) {
      const job = jobAt(words, i);
      if (!job) {
        status = 1;
        continue;
      }
      error = signalJob(job, signal);
    } else if (parseInteger(word)) error = kill(<i32>parsed(), signal);
    else {
      shellMessage().text('Illegal number: ').bytes(word).newline();
      return 2;
    }
    if (error < 0) {
      shellMessage().bytes(word).text(': ').text(errorMessage(error)).newline();
      status = 1;
    }
  }
  return status;
}

function listSignals(words: List): i32 {
  if (words.length == 2) {
    for (let signal = 1; signal < SIGNAL_COUNT; signal++) stdout.text(signalName(signal)).newline();
    return 0;
  }
  for (let i = 2; i < words.length; i++) {
    const word = words.get(i);
    if (parseInteger(word)) {
      const number = <i32>(parsed() > 128 ? parsed() - 128 : parsed());
      if (number > 0 && number < SIGNAL_COUNT) stdout.text(signalName(number)).newline();
      else {
        shellMessage().text('invalid signal number or exit status: ').bytes(word).newline();
        return 2;
      }
    } else if (parseSignal(word) > 0) stdout.unsigned(parseSignal(word)).newline();
    else {
      shellMessage().text('invalid signal number or exit status: ').bytes(word).newline();
      return 2;
    }
  }
  return 0;
}
