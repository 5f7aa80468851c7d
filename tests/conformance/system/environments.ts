/** The modes that cases run in. */
import type { Environment } from './case.ts';

const ring = (cpl: number): string => `ring ${cpl}`;

export const REAL: Environment = { name: 'real mode', template: 'real', mode: 'real', bits: 16, cpl: 0 };
export const PROTECTED_16: Environment = {
  name: '16-bit protected mode, ring 0',
  template: 'legacy',
  mode: 'protected',
  bits: 16,
  cpl: 0,
};
export const VIRTUAL_8086: Environment = {
  name: 'virtual-8086 mode',
  template: 'legacy',
  mode: 'protected',
  bits: 16,
  cpl: 3,
  v86: true,
};

export function protectedMode(cpl: number): Environment {
  return { name: `protected mode, ${ring(cpl)}`, template: 'legacy', mode: 'protected', bits: 32, cpl };
}
export function paged(cpl: number): Environment {
  return { name: `32-bit paging, ${ring(cpl)}`, template: 'legacy-paging', mode: 'protected', bits: 32, cpl };
}
export function pae(cpl: number): Environment {
  return { name: `PAE paging, ${ring(cpl)}`, template: 'pae', mode: 'protected', bits: 32, cpl };
}
export function longMode(cpl: number): Environment {
  return { name: `64-bit mode, ${ring(cpl)}`, template: 'long', mode: 'long', bits: 64, cpl };
}
export function compatibility(cpl: number): Environment {
  return { name: `compatibility mode, ${ring(cpl)}`, template: 'long', mode: 'long', bits: 32, cpl };
}

export const PROTECTED = [0, 1, 2, 3].map(protectedMode);
export const LONG = [longMode(0), longMode(3)];
export const COMPATIBILITY = [0, 1, 2, 3].map(compatibility);
