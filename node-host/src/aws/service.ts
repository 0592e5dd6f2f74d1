// A service of AWS: requests are signed, bounded in time, and sent again (with backoff and jitter) after what throttling, 5xx and
// the network may have broken. The SDK's own signer and connections without its clients, whose loading was most of a cold start.

import { setTimeout as sleep } from 'node:timers/promises'
import { Hash } from '@smithy/core/serde'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Account, accountFor, type ServiceName } from './account.ts'
import { AwsError } from './failure.ts'

const ATTEMPTS_MAX = 4
/** How long one attempt may take, its connection, and a request with all its attempts. */
const ATTEMPT_MS = 10_000
const CONNECT_MS = 2_000
const REQUEST_MS = 30_000
/** The longest wait before the second attempt; it doubles from there. */
const BACKOFF_MS = 100
const THROTTLED_BACKOFF_MS = 500

export interface Asked {
  method: 'GET' | 'PUT' | 'POST'
  /** What comes before the host's name, as a bucket may. */
  subdomain?: string
  /** Encoded. */
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
  /** How long to wait for an answer that takes its time. */
  patience_ms?: number
}

export interface Answered {
  headers: Record<string, string>
  body: Uint8Array
}

type Signed = Parameters<NodeHttpHandler['handle']>[0]

export class Service {
  readonly #name: ServiceName
  readonly #connections: NodeHttpHandler
  #account: Promise<Account> | undefined
  #signer: SignatureV4 | undefined

  constructor(name: ServiceName) {
    this.#name = name
    // A function that is waited for says nothing until it is done.
    const socketTimeout = name === 'lambda' ? Number.POSITIVE_INFINITY : ATTEMPT_MS
    this.#connections = new NodeHttpHandler({ connectionTimeout: CONNECT_MS, socketTimeout, throwOnRequestTimeout: true })
  }

  /** Where the service is, if not where AWS has it. */
  async endpoint(): Promise<string | undefined> {
    return (await this.#asked()).endpoint
  }

  /** What the service answers; AwsError where it refuses. */
  async ask(asked: Asked): Promise<Answered> {
    const { region, credentials, endpoint } = await this.#asked()
    const own = `${asked.subdomain ?? ''}${this.#name}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
    const { protocol, hostname, port, host, pathname } = new URL(endpoint ?? `https://${own}`)
    const { method, query = {}, body } = asked
    const headers = { ...traced(), ...asked.headers, host, ...(body ? { 'content-length': String(body.length) } : {}) }
    const path = `${pathname === '/' ? '' : pathname}${asked.path}`
    const request = { method, protocol, hostname, path, query, headers, body, ...(port === '' ? {} : { port: Number(port) }) }
    this.#signer ??= new SignatureV4({
      ...{ service: this.#name, region, credentials, sha256: Hash.bind(null, 'sha256') },
      // Of S3 a path is the key as it is.
      uriEscapePath: this.#name !== 's3',
    })
    const patience_ms = asked.patience_ms ?? ATTEMPT_MS
    const abortSignal = AbortSignal.timeout(Math.max(patience_ms, REQUEST_MS))
    for (let attempt = 1; ; attempt += 1) {
      try {
        const signed = (await this.#signer.sign(request)) as Signed
        return await this.#attempt(signed, { abortSignal, requestTimeout: patience_ms })
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !mayPass(error)) throw error
        const throttled = error instanceof AwsError && error.throttled
        await sleep(Math.random() * (throttled ? THROTTLED_BACKOFF_MS : BACKOFF_MS) * 2 ** (attempt - 1))
      }
    }
  }

  /** Asked for again where it was not found. */
  #asked(): Promise<Account> {
    this.#account ??= accountFor(this.#name).catch((error) => {
      this.#account = undefined
      throw error
    })
    return this.#account
  }

  async #attempt(request: Signed, options: { abortSignal: AbortSignal; requestTimeout: number }): Promise<Answered> {
    const { response } = await this.#connections.handle(request, options)
    const body = await whole(response.body)
    if (response.statusCode >= 300) throw AwsError.of(response.statusCode, response.headers, body)
    return { headers: response.headers, body }
  }
}

/** The trace that this invocation is of, by which Lambda sees what calls itself for ever. */
function traced(): Record<string, string> {
  const { AWS_LAMBDA_FUNCTION_NAME, _X_AMZN_TRACE_ID } = process.env
  return AWS_LAMBDA_FUNCTION_NAME && _X_AMZN_TRACE_ID ? { 'x-amzn-trace-id': _X_AMZN_TRACE_ID } : {}
}

/** Whether another attempt may help: after what the service is at a loss with, and after a connection that broke or stood still. */
function mayPass(error: unknown): boolean {
  if (error instanceof AwsError) return error.throttled || error.status >= 500
  return error instanceof Error && error.name !== 'AbortError' && ('code' in error || error.name === 'TimeoutError')
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
