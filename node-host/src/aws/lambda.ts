// Lambda as components reach one another: by function name and the qualifier that they were themselves invoked with.

import { createHash } from 'node:crypto'
import { HostFailure } from '../errors.ts'
import { eventBytes } from '../lambda/event.ts'
import { awsFailure } from './failure.ts'
import { KEY_BYTES_MAX, type S3Blobs } from './s3.ts'
import type { Received } from './send.ts'
import { type Asked, Service } from './service.ts'

const lambda = new Service('lambda')

/** The longest message, by reference or not: an instance holds it several times over. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024

const LAMBDA_S_MAX = 900

/** Where functions are, and how to reach them. */
export interface Functions {
  /** What their names begin with. */
  prefix: string
  /** The alias, if any. */
  qualifier: string | undefined
  env: string
  blobs: Pick<S3Blobs, 'read' | 'write'>
  /** Messages above this go by reference. */
  inline_limit_bytes: number
}

/** What a function answered. */
export interface Answer {
  payload: Uint8Array
  /** What it says went wrong, instead of an answer. */
  error?: { errorType?: string; errorMessage?: string }
  /** The end of its log, if asked for. */
  log?: string
}

/** Launches a component with a message, which Lambda delivers at least once. Gives the id of the request. */
export async function invoke(functions: Functions, component: string, message: Uint8Array): Promise<string> {
  const { headers } = await send(functions, component, message, { headers: { 'x-amz-invocation-type': 'Event' } })
  return headers['x-amzn-requestid'] ?? ''
}

/** Calls a component and waits for its answer. `client` is who asks, as far as the message does not say. */
export async function call(functions: Functions, component: string, message: Uint8Array, client = ''): Promise<Answer> {
  const context = Buffer.from(JSON.stringify({ client: { app_title: client } })).toString('base64')
  const asked = { 'x-amz-invocation-type': 'RequestResponse', 'x-amz-log-type': 'Tail', 'x-amz-client-context': context }
  const patience_ms = LAMBDA_S_MAX * 1000 + 10_000
  const { headers, body } = await send(functions, component, message, { headers: asked, patience_ms })
  const payload = await resolved(functions, body)
  const tail = headers['x-amz-log-result']
  const log = tail && Buffer.from(tail, 'base64').toString()
  const error = headers['x-amz-function-error'] ? { error: (json(payload) ?? {}) as NonNullable<Answer['error']> } : {}
  return { payload, ...error, ...(log ? { log } : {}) }
}

/** A message that travels as a reference, read; any other as it is. */
export async function resolved(functions: Pick<Functions, 'env' | 'blobs'>, payload: Uint8Array): Promise<Uint8Array> {
  // A reference is short: what is longer need not be parsed to tell.
  const value = payload.length < 2 * KEY_BYTES_MAX ? json(payload) : undefined
  if (!isReference(value)) return payload
  const { ref } = value
  if (!ref.startsWith(`${functions.env}/`)) {
    throw new HostFailure(`ref: got \`${ref}\`, expected a key that begins with \`${functions.env}/\``, false)
  }
  const message = await functions.blobs.read(ref)
  if (!message) throw new HostFailure(`ref: got \`${ref}\`, expected the key of a message; there is none`, false)
  checkSize(message)
  return message
}

/** An event as Lambda gives it, or the record of one that failed, with what travels as a reference read. */
export async function resolvedEvent(functions: Pick<Functions, 'env' | 'blobs'>, event: unknown): Promise<Uint8Array> {
  if (typeof event !== 'object' || event === null || !('requestPayload' in event) || !isReference(event.requestPayload)) {
    return resolved(functions, eventBytes(event))
  }
  const requestPayload = json(await resolved(functions, eventBytes(event.requestPayload)))
  return eventBytes({ ...event, requestPayload })
}

/** Whether a value is a reference to a message in S3. */
export function isReference(value: unknown): value is { ref: string } {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false
  return 'ref' in value && typeof value.ref === 'string'
}

async function send(
  functions: Functions,
  component: string,
  message: Uint8Array,
  { headers, patience_ms }: Pick<Asked, 'headers' | 'patience_ms'>,
): Promise<Received> {
  const body = await inlined(functions, message)
  const name = `${functions.prefix}${component}`
  const { qualifier } = functions
  const trace = (json(message) as { trace?: unknown } | undefined)?.trace
  try {
    return await lambda.ask({
      method: 'POST',
      path: `/2015-03-31/functions/${name}/invocations`,
      ...(qualifier ? { query: { Qualifier: qualifier } } : {}),
      headers: { 'content-type': 'application/octet-stream', ...headers, ...carried(trace) },
      body,
      ...(patience_ms === undefined ? {} : { patience_ms }),
    })
  } catch (error) {
    throw awsFailure(`Lambda function ${name}${qualifier ? `:${qualifier}` : ''}`, error)
  }
}

/**
 * The header of the invocation that opened the run, instead of this invocation's own: then each part is one call away from it. With
 * its own, the lineage of a long run would pass through the same function again and again, which Lambda stops after 16 times.
 */
function carried(trace: unknown): Record<string, string> {
  return typeof trace === 'string' ? { 'x-amzn-trace-id': trace } : {}
}

/** The message, or a reference to it where it is long. Its key is its digest, so that sending it again stores nothing else. */
async function inlined({ env, blobs, inline_limit_bytes }: Functions, message: Uint8Array): Promise<Uint8Array> {
  if (message.length <= inline_limit_bytes) return message
  checkSize(message)
  const ref = `${env}/messages/${createHash('sha256').update(message).digest('hex')}`
  await blobs.write(ref, message)
  return new TextEncoder().encode(JSON.stringify({ ref }))
}

function checkSize({ length }: Uint8Array): void {
  if (length <= MESSAGE_BYTES_MAX) return
  throw new HostFailure(`a message of ${length} bytes, expected at most ${MESSAGE_BYTES_MAX}`, false)
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
