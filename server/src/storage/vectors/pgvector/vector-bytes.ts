/** pgvector's binary form (vector_recv): dimension and a spare field, 16 bits each, then float32; all big-endian. */
const HEADER_BYTES = 4;
const FLOAT_BYTES = 4;

/** The most components a `vector` takes. */
export const MOST_COMPONENTS = 16_000;

/** A vector as a parameter of type `vector`: exact, and a third of the text's size. */
export function toVectorBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + vector.length * FLOAT_BYTES);
  bytes.writeUInt16BE(vector.length, 0);
  for (const [at, component] of vector.entries()) {
    bytes.writeFloatBE(component, HEADER_BYTES + at * FLOAT_BYTES);
  }
  return bytes;
}

/** What `vector_send` answers. */
export function fromVectorBytes(bytes: Buffer): Float32Array {
  const vector = new Float32Array(bytes.readUInt16BE(0));
  for (let at = 0; at < vector.length; at += 1) {
    vector[at] = bytes.readFloatBE(HEADER_BYTES + at * FLOAT_BYTES);
  }
  return vector;
}
