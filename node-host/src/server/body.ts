// Bodies of requests, read up to a limit.

export type Body = { bytes: Uint8Array<ArrayBuffer>; length: number; over: false } | { length: number; over: true }

// What is beyond the limit is still read, up to this much: a client that is answered while it sends sees a broken pipe
// instead of the answer.
const DISCARDED_BYTES_MAX = 64 * 1024 * 1024

/** Reads a body of at most so many bytes. Of a longer one, only the length is told, as far as it is known. */
export async function readBody(request: Request, limit_bytes: number): Promise<Body> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limit_bytes + DISCARDED_BYTES_MAX) return { length: announced, over: true }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length <= limit_bytes) chunks.push(chunk)
    else chunks.length = 0
    if (length > limit_bytes + DISCARDED_BYTES_MAX) break
  }
  return length > limit_bytes ? { length, over: true } : { bytes: join(chunks, length), length, over: false }
}

function join(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
