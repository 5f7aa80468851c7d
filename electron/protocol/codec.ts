/**
 * Structured values <-> one binary message, for connections that carry bytes (WebSocket).
 *
 * Layout: u32 little-endian length of the JSON text, the JSON text, then the byte arrays. A byte array stands in
 * the JSON as `{"$bytes": [offset, length]}`, its offset counted from the end of the JSON text.
 * `decode` trusts nothing: whatever does not fit this layout is a CodecError. Decoded arrays are views of the
 * message, not copies.
 */
const BYTES = '$bytes';
const HEADER_BYTES = 4;

export class CodecError extends Error {
  override readonly name = 'CodecError';
}

export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const blobs: Uint8Array[] = [];
  let blobBytes = 0;
  // The value as it is, not as its toJSON made it: a Buffer would have become an array of numbers.
  const replace = function (this: unknown, key: string, item: unknown): unknown {
    const original: unknown = Reflect.get(this as object, key);
    if (!(original instanceof Uint8Array)) return item;
    const reference = { [BYTES]: [blobBytes, original.byteLength] };
    blobs.push(original);
    blobBytes += original.byteLength;
    return reference;
  };
  const text = JSON.stringify(value, replace) as string | undefined;
  if (text === undefined) throw new CodecError('this value has no JSON form');
  const json = new TextEncoder().encode(text);
  const message = new Uint8Array(HEADER_BYTES + json.byteLength + blobBytes);
  new DataView(message.buffer).setUint32(0, json.byteLength, true);
  message.set(json, HEADER_BYTES);
  let at = HEADER_BYTES + json.byteLength;
  for (const blob of blobs) {
    message.set(blob, at);
    at += blob.byteLength;
  }
  return message;
}

export function decode(message: Uint8Array): unknown {
  if (message.byteLength < HEADER_BYTES) throw new CodecError('message shorter than its header');
  const jsonBytes = new DataView(message.buffer, message.byteOffset).getUint32(0, true);
  const blobStart = HEADER_BYTES + jsonBytes;
  if (blobStart > message.byteLength) throw new CodecError('message shorter than its header says');
  const text = decodeText(message.subarray(HEADER_BYTES, blobStart));
  const blobs = message.subarray(blobStart);
  try {
    return JSON.parse(text, (_key, item: unknown) => reviveBytes(item, blobs)) as unknown;
  } catch (error) {
    if (error instanceof CodecError) throw error;
    throw new CodecError('message is not JSON', { cause: error });
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CodecError('message is not UTF-8', { cause: error });
  }
}

function reviveBytes(item: unknown, blobs: Uint8Array): unknown {
  if (typeof item !== 'object' || item === null || !Object.hasOwn(item, BYTES)) return item;
  const reference: unknown = Reflect.get(item, BYTES);
  if (!Array.isArray(reference) || reference.length !== 2) throw new CodecError('malformed byte reference');
  const [offset, length] = reference as [unknown, unknown];
  if (!isSize(offset) || !isSize(length) || offset + length > blobs.byteLength) {
    throw new CodecError('byte reference outside the message');
  }
  return blobs.subarray(offset, offset + length);
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
