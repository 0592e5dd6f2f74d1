// One HTTP request over connections that stay, and its whole answer, or an error in time.

import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export interface Sent {
  method: string
  protocol: string
  hostname: string
  port?: number
  /** With its query. */
  path: string
  headers: Record<string, string>
  body?: Uint8Array | undefined
}

export interface Received {
  status: number
  headers: Record<string, string>
  body: Uint8Array
}

/** How long a connection may take to be made. */
const CONNECT_MS = 2_000
const SOCKETS_MAX = 50

// Not by import, which would have every export of node:http made, and with them a second HTTP client: ten milliseconds.
const https = process.getBuiltinModule('node:https')
const http = process.getBuiltinModule('node:http')
const options = { keepAlive: true, maxSockets: SOCKETS_MAX }
const clients = {
  'https:': { request: https.request, agent: new https.Agent(options) },
  'http:': { request: http.request, agent: new http.Agent(options) },
}

/** Fails where nothing is heard for `silence_ms`, and when `signal` says so. */
export async function send({ body, ...request }: Sent, silence_ms: number, signal: AbortSignal): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const client = clients[request.protocol as keyof typeof clients]
  const outgoing = client.request({ ...request, agent: client.agent, signal, timeout: silence_ms }, resolve)
  outgoing.on('error', reject)
  outgoing.on('timeout', () => outgoing.destroy(new TimeoutError(`no answer within ${silence_ms} ms`)))
  outgoing.on('socket', (socket: Socket) => connectWithin(CONNECT_MS, outgoing, socket))
  outgoing.end(body)
  const answer = await promise
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
  return { status: answer.statusCode ?? 0, headers: Object.fromEntries(headers), body: joined(chunks) }
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ETIMEDOUT'
}

function connectWithin(ms: number, outgoing: ClientRequest, socket: Socket): void {
  if (!socket.connecting) return
  const timer = setTimeout(() => outgoing.destroy(new TimeoutError(`not connected within ${ms} ms`)), ms)
  const clear = () => clearTimeout(timer)
  socket.once('connect', clear).once('close', clear)
}

function joined(chunks: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
