// Instructions of ring 0 end the program with SIGSEGV (#GP).

import * as machine from '../lib/machine';
import { Signal } from '../lib/signal';
import { checkKilled, finish } from '../lib/test';

function cli(): i32 {
  machine.cli();
  return 0;
}
function sti(): i32 {
  machine.sti();
  return 0;
}
function hlt(): i32 {
  machine.hlt();
  return 0;
}
function inb(): i32 {
  machine.inb(0x60);
  return 0;
}
function outb(): i32 {
  machine.outb(0x3f8);
  return 0;
}
function outbPic(): i32 {
  machine.outb(0x20);
  return 0;
}
function readCr3(): i32 {
  machine.readCr3();
  return 0;
}
function writeCr3(): i32 {
  machine.writeCr3();
  return 0;
}
function writeCr0(): i32 {
  machine.writeCr0();
  return 0;
}
function loadGdt(): i32 {
  machine.loadGdt(memory.data(16, 8));
  return 0;
}
function loadIdt(): i32 {
  machine.loadIdt(memory.data(16, 8));
  return 0;
}
function loadTask(): i32 {
  machine.loadTask();
  return 0;
}
function readMsr(): i32 {
  machine.readMsr();
  return 0;
}
function writeMsr(): i32 {
  machine.writeMsr();
  return 0;
}
function invlpg(): i32 {
  machine.invlpg(0x10000000);
  return 0;
}
function swapgs(): i32 {
  machine.swapgs();
  return 0;
}
function clts(): i32 {
  machine.clts();
  return 0;
}
function wbinvd(): i32 {
  machine.wbinvd();
  return 0;
}
function sysret(): i32 {
  machine.sysret();
  return 0;
}
function interrupt8(): i32 {
  machine.interrupt8();
  return 0;
}
function interrupt14(): i32 {
  machine.interrupt14();
  return 0;
}
function interrupt32(): i32 {
  machine.interrupt32();
  return 0;
}
function jumpToRing0(): i32 {
  machine.jumpToRing0();
  return 0;
}

export function main(): i32 {
  checkKilled(cli, Signal.SEGV, 'cli');
  checkKilled(sti, Signal.SEGV, 'sti');
  checkKilled(hlt, Signal.SEGV, 'hlt');
  checkKilled(inb, Signal.SEGV, 'in from 0x60');
  checkKilled(outb, Signal.SEGV, 'out to 0x3f8');
  checkKilled(outbPic, Signal.SEGV, 'out to 0x20');
  checkKilled(readCr3, Signal.SEGV, 'mov from cr3');
  checkKilled(writeCr3, Signal.SEGV, 'mov to cr3');
  checkKilled(writeCr0, Signal.SEGV, 'mov to cr0');
  checkKilled(loadGdt, Signal.SEGV, 'lgdt');
  checkKilled(loadIdt, Signal.SEGV, 'lidt');
  checkKilled(loadTask, Signal.SEGV, 'ltr');
  checkKilled(readMsr, Signal.SEGV, 'rdmsr');
  checkKilled(writeMsr, Signal.SEGV, 'wrmsr');
  checkKilled(invlpg, Signal.SEGV, 'invlpg');
  checkKilled(swapgs, Signal.SEGV, 'swapgs');
  checkKilled(clts, Signal.SEGV, 'clts');
  checkKilled(wbinvd, Signal.SEGV, 'wbinvd');
  checkKilled(sysret, Signal.SEGV, 'sysret');
  checkKilled(interrupt8, Signal.SEGV, 'int 8');
  checkKilled(interrupt14, Signal.SEGV, 'int 14');
  checkKilled(interrupt32, Signal.SEGV, 'int 32');
  checkKilled(jumpToRing0, Signal.SEGV, 'a far jump to ring 0');
  return finish(
    'privileged_instructions',
    '#GP from ring 3 is SIGSEGV; the I/O bitmap is empty; IDT gates have DPL 0',
  );
}
