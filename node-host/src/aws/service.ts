// A service of AWS: requests are signed, bounded in time, and sent again (with backoff and jitter) after what throttling, 5xx and
// the network may have broken. The SDK's own signer and connections without its clients, whose loading was most of a cold start.

import { setTimeout as sleep } from 'node:timers/promises'
import { buildQueryString } from '@smithy/core/protocols'
import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Account, accountFor, addressOf, type ServiceName } from './account.ts'
import { AwsError } from './failure.ts'
import { type Received, send } from './send.ts'

const ATTEMPTS_MAX = 4
/** How long nothing may be heard, and how long a request may take with all its attempts. */
const SILENCE_MS = 10_000
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

export class Service {
  readonly #name: ServiceName
  #account: Promise<Account> | undefined
  #signer: SignatureV4 | undefined

  constructor(name: ServiceName) {
    this.#name = name
  }

  /** Where the service is, if not where AWS has it. */
  async endpoint(): Promise<string | undefined> {
    return (await this.#found()).endpoint
  }

  /** What the service answers; AwsError where it refuses. */
  async ask(asked: Asked): Promise<Received> {
    const account = await this.#found()
    const request = this.#requestOf(asked, account)
    const signer = this.#signerOf(account)
    const { patience_ms = SILENCE_MS } = asked
    const signal = AbortSignal.timeout(Math.max(patience_ms, REQUEST_MS))
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { headers } = await signer.sign(request)
        const path = `${request.path}?${buildQueryString(request.query)}`.replace(/\?$/, '')
        const received = await send({ ...request, path, headers }, patience_ms, signal)
        if (received.status < 300) return received
        throw AwsError.of(received)
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || signal.aborted || !mayPass(error)) throw error
        const throttled = error instanceof AwsError && error.throttled
        await sleep(Math.random() * (throttled ? THROTTLED_BACKOFF_MS : BACKOFF_MS) * 2 ** (attempt - 1))
      }
    }
  }

  /** Looked for again where it was not found. */
  #found(): Promise<Account> {
    this.#account ??= accountFor(this.#name).catch((error) => {
      this.#account = undefined
      throw error
    })
    return this.#account
  }

  #requestOf({ method, subdomain, path, query = {}, headers, body }: Asked, account: Account) {
    const { protocol, hostname: name, port, host, pathname } = addressOf(this.#name, account, subdomain)
    // An IPv6 address without its brackets.
    const hostname = name.replace(/^\[|\]$/g, '')
    const length: Record<string, string> = body ? { 'content-length': String(body.length) } : {}
    return {
      ...{ method, protocol, hostname, ...(port === '' ? {} : { port: Number(port) }) },
      ...{ path: `${pathname.replace(/\/$/, '')}${path}`, query },
      ...{ headers: { ...traced(), ...headers, host, ...length }, body },
    }
  }

  #signerOf({ region, credentials }: Account): SignatureV4 {
    this.#signer ??= new SignatureV4({
      ...{ service: this.#name, region, credentials, sha256: Hash.bind(null, 'sha256') },
      // In S3 a path is a key as it is.
      uriEscapePath: this.#name !== 's3',
    })
    return this.#signer
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
  return error instanceof Error && 'code' in error
}
