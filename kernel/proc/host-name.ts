/** What the system is called: host and domain (uname(2), sethostname(2), /proc/sys/kernel). */
const FIELD: usize = 65;
const hostName = memory.data(65, 8);
const domainName = memory.data(65, 8);
let named = false;

function put(at: usize, text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(at + <usize>i, <u8>text.charCodeAt(i));
}

function nameDefaults(): void {
  if (named) return;
  named = true;
  put(hostName, 'breenix');
  put(domainName, '(none)');
}

/** NUL-terminated, in 65 bytes. */
export function hostNameText(): usize {
  nameDefaults();
  return hostName;
}

export function domainNameText(): usize {
  nameDefaults();
  return domainName;
}

function set(name: usize, text: usize, length: usize): void {
  nameDefaults();
  memory.fill(name, 0, FIELD);
  memory.copy(name, text, min(length, FIELD - 1));
}

export function setHostNameText(text: usize, length: usize): void {
  set(hostName, text, length);
}

export function setDomainNameText(text: usize, length: usize): void {
  set(domainName, text, length);
}
