export const isNDArray = (value) => typeof value.toArray === "function";

/** A result as its dtype, its shape and its bytes in hexadecimal, or their CRC-32 when there are many. */
export function describe(value) {
  const shape = [];
  for (let row = value; Array.isArray(row); row = row[0]) shape.push(row.length);
  const data = isNDArray(value)
    ? value.data
    : Array.isArray(value)
      ? Float64Array.from(value.flat(Number.POSITIVE_INFINITY))
      : value;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    kind: isNDArray(value) ? `NDArray of ${value.dtype}` : value.constructor.name,
    shape: isNDArray(value) ? [...value.shape] : shape.length > 0 ? shape : [value.length],
    bits: bytes.length <= 512 ? hexadecimal(bytes) : `crc32 ${crc32(bytes)}`,
  };
}

export function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The checksum of zlib and PNG. */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; ++k) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
