/** Instructions that random tests leave out, each with its reason: their result is not a function of the case. */
export const EXCLUDED: Readonly<Record<string, string>> = {
  syscall: 'enters the host kernel',
  sysenter: 'enters the host kernel',
  int: 'enters the host kernel',
  icebp: 'a host with a hypervisor may intercept it',
  int1: 'a host with a hypervisor may intercept it',
  fxsave: 'stores MXCSR_MASK, which describes the processor',
  xsave: 'stores the components that the host has enabled',
  xrstor: 'loads the components that the host has enabled',
  rcpps: 'an estimate: its last bits differ between processors',
  rcpss: 'the same',
  rsqrtps: 'the same',
  rsqrtss: 'the same',
  rdtsc: 'reads a clock',
  rdtscp: 'reads a clock',
  rdpmc: 'depends on CR4.PCE of the host',
  cpuid: 'describes the processor',
  rdrand: 'random',
  rdseed: 'random',
  rdpid: 'depends on the host kernel',
  xgetbv: 'describes the processor',
  sgdt: 'reads tables of the host, emulated by its kernel under UMIP',
  sidt: 'reads tables of the host, emulated by its kernel under UMIP',
  sldt: 'reads tables of the host, emulated by its kernel under UMIP',
  str: 'reads tables of the host, emulated by its kernel under UMIP',
  smsw: 'reads CR0 of the host, emulated by its kernel under UMIP',
  lar: 'reads descriptors of the host',
  lsl: 'reads descriptors of the host',
  verr: 'reads descriptors of the host',
  verw: 'reads descriptors of the host',
  lss: 'loads descriptors of the host',
  lfs: 'loads descriptors of the host',
  lgs: 'loads descriptors of the host',
  les: 'loads descriptors of the host',
  lds: 'loads descriptors of the host',
  'pop.es': 'loads descriptors of the host',
  'pop.ss': 'loads descriptors of the host',
  'pop.ds': 'loads descriptors of the host',
  'pop.fs': 'loads descriptors of the host',
  'pop.gs': 'loads descriptors of the host',
  rdfsbase: 'depends on the host kernel',
  rdgsbase: 'depends on the host kernel',
  wrfsbase: 'takes the thread pointer from the runner',
  wrgsbase: 'moves GS for later cases',
  jmpf: 'loads descriptors of the host',
  callf: 'loads descriptors of the host',
  retf: 'loads descriptors of the host',
  iret: 'loads descriptors of the host',
  sysret: 'privileged',
  invlpg: 'privileged',
};

const BMI1 = 'tzcnt andn blsr blsmsk blsi bextr'.split(' ');
const BMI2 = 'bzhi pdep pext mulx shlx shrx sarx rorx'.split(' ');

/** What the host must have, by the name of /proc/cpuinfo: beyond x86-64-v2, which every host is taken to have. */
export const REQUIRED: Readonly<Record<string, string>> = {
  movbe: 'movbe',
  lzcnt: 'abm',
  ...Object.fromEntries(BMI1.map((mnemonic) => [mnemonic, 'bmi1'])),
  ...Object.fromEntries(BMI2.map((mnemonic) => [mnemonic, 'bmi2'])),
};

/**
 * Differences that are known and being removed, by mnemonic, with what is wrong; the long run leaves nothing out.
 */
export const OPEN: Readonly<Record<string, string>> = {};
