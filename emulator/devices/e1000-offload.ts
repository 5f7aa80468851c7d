/**
 * What the 82540EM does to frames on their way out: checksums inserted, large TCP and UDP sends cut into frames.
 *
 * - Offsets come from the guest: whatever lies outside the frame is left alone.
 * Source: Intel 317453, 3.3.6 to 3.5 "Transmit data", "TCP/IP context", "TCP segmentation".
 */

/** The context that a context descriptor sets up. */
export interface OffloadContext {
  readonly ipStart: number;
  readonly ipSumAt: number;
  /** Inclusive; 0: to the end of the frame. */
  readonly ipEnd: number;
  readonly bodyStart: number;
  readonly bodySumAt: number;
  readonly bodyEnd: number;
  readonly ipv4: boolean;
  readonly tcp: boolean;
  readonly headerBytes: number;
  readonly segmentBytes: number;
}

export const NO_CONTEXT: OffloadContext = {
  ipStart: 0,
  ipSumAt: 0,
  ipEnd: 0,
  bodyStart: 0,
  bodySumAt: 0,
  bodyEnd: 0,
  ipv4: false,
  tcp: false,
  headerBytes: 0,
  segmentBytes: 0,
};

export function contextOf(descriptor: DataView): OffloadContext {
  const command = descriptor.getUint32(8, true) >>> 24;
  return {
    ipStart: descriptor.getUint8(0),
    ipSumAt: descriptor.getUint8(1),
    ipEnd: descriptor.getUint16(2, true),
    bodyStart: descriptor.getUint8(4),
    bodySumAt: descriptor.getUint8(5),
    bodyEnd: descriptor.getUint16(6, true),
    tcp: (command & 1) !== 0,
    ipv4: (command & 2) !== 0,
    headerBytes: descriptor.getUint8(13),
    segmentBytes: descriptor.getUint16(14, true),
  };
}

/** The ones' complement sum of bytes `start` to `end` goes to `at`; what stands there counts (the pseudo header). */
export function insertChecksum(frame: Uint8Array, start: number, at: number, end: number): void {
  const stop = end === 0 ? frame.length : Math.min(end + 1, frame.length);
  if (at + 1 >= frame.length || start >= stop) return;
  let sum = 0;
  for (let i = start; i < stop; i++) sum += ((i - start) & 1) === 0 ? (frame[i] ?? 0) << 8 : (frame[i] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  const value = ~sum & 0xffff;
  frame[at] = value >> 8;
  frame[at + 1] = value & 0xff;
}

export function insertChecksums(
  frame: Uint8Array,
  context: OffloadContext,
  ip: boolean,
  body: boolean,
): void {
  const { ipStart, ipSumAt, ipEnd, bodyStart, bodySumAt, bodyEnd } = context;
  if (ip) insertChecksum(frame, ipStart, ipSumAt, ipEnd);
  if (body) insertChecksum(frame, bodyStart, bodySumAt, bodyEnd);
}

const IP_LENGTH = 2;
const IP_ID = 4;
const IP_FIELDS_END = 6;
const IPV6_LENGTH = 4;
const IPV6_HEADER_BYTES = 40;
const TCP_SEQUENCE = 4;
const TCP_FLAGS = 13;
const TCP_FIN_AND_PUSH = 0x09;
const UDP_LENGTH = 4;
const BODY_FIELDS_END = 16;

/** Cuts header and payload into frames of `segmentBytes` of payload each, every one with its own header. */
export function* segments(
  data: Uint8Array,
  context: OffloadContext,
  ip: boolean,
  body: boolean,
): Generator<Uint8Array> {
  const { headerBytes, segmentBytes, ipStart, bodyStart, ipv4, tcp } = context;
  // Nothing that could be cut: a guest that means no harm does not get here.
  if (segmentBytes === 0 || headerBytes > data.length) return;
  if (ipStart + IP_FIELDS_END > headerBytes || bodyStart + BODY_FIELDS_END > headerBytes) return;
  let index = 0;
  for (let at = headerBytes; at < data.length; at += segmentBytes, index++) {
    const payload = data.subarray(at, at + segmentBytes);
    const frame = new Uint8Array(headerBytes + payload.length);
    frame.set(data.subarray(0, headerBytes));
    frame.set(payload, headerBytes);
    const view = new DataView(frame.buffer);
    if (ipv4) {
      view.setUint16(ipStart + IP_LENGTH, frame.length - ipStart);
      view.setUint16(ipStart + IP_ID, view.getUint16(ipStart + IP_ID) + index);
    } else {
      view.setUint16(ipStart + IPV6_LENGTH, frame.length - ipStart - IPV6_HEADER_BYTES);
    }
    if (tcp) {
      const sequence = bodyStart + TCP_SEQUENCE;
      view.setUint32(sequence, view.getUint32(sequence) + at - headerBytes);
      if (at + segmentBytes < data.length) {
        const flags = bodyStart + TCP_FLAGS;
        view.setUint8(flags, view.getUint8(flags) & ~TCP_FIN_AND_PUSH);
      }
    } else {
      view.setUint16(bodyStart + UDP_LENGTH, frame.length - bodyStart);
    }
    // The guest's pseudo header sum leaves the length out: it differs from frame to frame.
    if (body && context.bodySumAt + 1 < frame.length)
      addToSum(view, context.bodySumAt, frame.length - bodyStart);
    insertChecksums(frame, context, ip, body);
    yield frame;
  }
}

function addToSum(view: DataView, at: number, value: number): void {
  const sum = view.getUint16(at) + value;
  view.setUint16(at, (sum & 0xffff) + (sum >>> 16));
}
