/** Events of poll(2) and epoll(7), as Linux x86-64 has them (asm-generic/poll.h, uapi/linux/eventpoll.h). */
export const POLLIN: u32 = 0x01;
export const POLLPRI: u32 = 0x02;
export const POLLOUT: u32 = 0x04;
export const POLLERR: u32 = 0x08;
export const POLLHUP: u32 = 0x10;
export const POLLNVAL: u32 = 0x20;
export const POLLRDNORM: u32 = 0x40;
export const POLLRDBAND: u32 = 0x80;
export const POLLWRNORM: u32 = 0x100;
export const POLLWRBAND: u32 = 0x200;
export const POLLRDHUP: u32 = 0x2000;
