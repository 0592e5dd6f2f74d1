// The Lambda Invoke API: what any AWS client sends when only its endpoint is changed.
//
// Limits and messages are Lambda's: docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { Deliveries } from '../lambda/deliveries.ts'
import {
  type Capacity,
  type FunctionError,
  type Functions,
  type Invocation,
  type Invoked,
  invokeNow,
  Throttled,
} from '../lambda/functions.ts'
import { LATEST, type Names } from '../lambda/names.ts'
import { readBody } from './body.ts'
import { find } from './lambda-names.ts'
import { invalidContent, invalidParameter, ServiceError } from './service-error.ts'
import { enter, LINEAGE_MAX } from './trace.ts'

export interface LambdaApiOptions {
  names: Names
  functions: Functions
  capacity: Capacity
  deliveries: Deliveries
}

/** Largest payloads. */
export const SYNC_BYTES_MAX = 6_291_456
export const ASYNC_BYTES_MAX = 1_048_576
/** Lambda lets answers be this much longer. */
export const RESPONSE_BYTES_MAX = 6_291_556
const LOG_TAIL_BYTES = 4096
const CLIENT_CONTEXT_BYTES_MAX = 3583

export function lambdaApi(options: LambdaApiOptions): Hono {
  const api = new Hono()
  api.post('/2015-03-31/functions/:name/invocations', (c) => invocation(options, c))
  // Other operations of Lambda's API, of whatever date.
  api.all('/:date{\\d{4}-\\d{2}-\\d{2}}/*', (c) => {
    throw new ServiceError(404, 'UnknownOperationException', `${c.req.method} ${c.req.path}: only Invoke is served here`)
  })
  api.onError((error) => {
    if (error instanceof ServiceError) return error.response()
    return new ServiceError(500, 'ServiceException', error.message).response()
  })
  return api
}

async function invocation(options: LambdaApiOptions, c: Context): Promise<Response> {
  const requestId = randomUUID()
  try {
    const response = await invoke(options, c, requestId)
    response.headers.set('x-amzn-RequestId', requestId)
    return response
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const response = error.response()
    response.headers.set('x-amzn-RequestId', requestId)
    return response
  }
}

async function invoke(options: LambdaApiOptions, c: Context, requestId: string): Promise<Response> {
  const { names, functions, deliveries } = options
  const name = c.req.param('name') ?? ''
  const target = find(names, (component) => functions.exists(component), name, c.req.query('Qualifier'))
  const type = oneOf(c, 'X-Amz-Invocation-Type', 'invocationType', ['RequestResponse', 'Event', 'DryRun'])
  const logType = oneOf(c, 'X-Amz-Log-Type', 'logType', ['None', 'Tail'])
  const clientContext = readClientContext(c.req.header('X-Amz-Client-Context'))
  const payload = await readPayload(c.req.raw, type === 'Event')
  if (type === 'DryRun') return new Response(null, { status: 204 })
  const { header: trace, count } = enter(c.req.header('X-Amzn-Trace-Id'), target.functionName)
  const call: Invocation = { ...target, payload, trace, requestId }
  const headers = { 'X-Amzn-Trace-Id': trace }
  if (type === 'Event') {
    if (count <= LINEAGE_MAX) deliveries.accept(call)
    else deliveries.refuse(call, 'RecursiveInvocation', recursion(call))
    return new Response(null, { status: 202, headers })
  }
  if (count > LINEAGE_MAX) {
    const { errorType, errorMessage } = recursion(call)
    throw new ServiceError(400, errorType, errorMessage)
  }
  const started = performance.now()
  const outcome = await answer(options, { ...call, clientContext })
  return respond(call, outcome, headers, logType === 'Tail' ? performance.now() - started : undefined)
}

/** A parameter in a header, the first of its values if it is not given. */
function oneOf(c: Context, header: string, field: string, values: readonly string[]): string {
  const value = c.req.header(header) || values[0]
  if (value === undefined || !values.includes(value)) {
    const expected = `Member must satisfy enum value set: [${values.join(', ')}]`
    throw invalidParameter(
      `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${expected}`,
    )
  }
  return value
}

function readClientContext(header: string | undefined): string | undefined {
  if (!header) return undefined
  if (header.length > CLIENT_CONTEXT_BYTES_MAX) {
    throw invalidContent(`Client context must be at most ${CLIENT_CONTEXT_BYTES_MAX} bytes in Base64, got ${header.length}`)
  }
  const text = Buffer.from(header, 'base64').toString('utf8')
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidContent('Client context must be a valid Base64-encoded JSON object.')
  }
  return text
}

async function readPayload(request: Request, event: boolean): Promise<Uint8Array> {
  const limit = event ? ASYNC_BYTES_MAX : SYNC_BYTES_MAX
  const body = await readBody(request, limit)
  if (body.over) {
    const sync = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`
    const async = `${body.length} byte payload is too large for the Event invocation type (limit ${limit} bytes)`
    throw new ServiceError(413, 'RequestTooLargeException', event ? async : sync)
  }
  // A function that is sent nothing sees an empty object.
  if (body.length === 0) return new TextEncoder().encode('{}')
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body.bytes))
  } catch (error) {
    throw invalidContent(`Could not parse request body into json: ${(error as Error).message}`)
  }
  return body.bytes
}

function recursion({ functionName }: Invocation): FunctionError {
  const errorMessage = `${functionName} was called more than ${LINEAGE_MAX} times in one lineage: a recursive loop`
  return { errorType: 'RecursiveInvocationException', errorMessage, trace: [] }
}

async function answer({ functions, capacity }: LambdaApiOptions, call: Invocation): Promise<Invoked> {
  try {
    return await invokeNow(functions, capacity, call)
  } catch (error) {
    if (!(error instanceof Throttled)) throw error
    const more = { reason: error.reason, headers: { 'Retry-After': '1' } }
    throw new ServiceError(429, 'TooManyRequestsException', error.message, more)
  }
}

function respond(call: Invocation, outcome: Invoked, common: Record<string, string>, logFor_ms: number | undefined): Response {
  const headers = new Headers({ ...common, 'Content-Type': 'application/json', 'X-Amz-Executed-Version': LATEST })
  if (logFor_ms !== undefined) headers.set('X-Amz-Log-Result', tail(call, outcome.log, logFor_ms))
  const answered = outcome.error ? failed(outcome.error) : limited(outcome.payload)
  if (answered.isError) headers.set('X-Amz-Function-Error', 'Unhandled')
  return new Response(answered.body, { headers })
}

interface Answered {
  body: string | Uint8Array<ArrayBuffer>
  isError: boolean
}

function failed(error: Omit<FunctionError, 'trace'> & Partial<FunctionError>): Answered {
  return { body: JSON.stringify(error), isError: true }
}

function limited(payload: Uint8Array): Answered {
  if (payload.length > RESPONSE_BYTES_MAX) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`
    return failed({ errorType: 'Function.ResponseSizeTooLarge', errorMessage })
  }
  return { body: payload.length === 0 ? 'null' : new Uint8Array(payload), isError: false }
}

/** The end of what the call logged, between the lines that Lambda itself writes. */
function tail({ requestId }: Invocation, log: string, duration_ms: number): string {
  const duration = `Duration: ${duration_ms.toFixed(2)} ms\tBilled Duration: ${Math.ceil(duration_ms)} ms`
  const lines = [`START RequestId: ${requestId} Version: ${LATEST}`, ...(log === '' ? [] : [log.trimEnd()])]
  lines.push(`END RequestId: ${requestId}`, `REPORT RequestId: ${requestId}\t${duration}`, '')
  return Buffer.from(lines.join('\n')).subarray(-LOG_TAIL_BYTES).toString('base64')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
