// What a function is invoked with, as the message that its component gets: an envelope as it came, a client's own event in a new
// envelope, or AWS's record of an event that could not be delivered.
//
// A client's event is the component's input, and `run` beside it where it is about a run that there is: `{"run": "R"}` for
// `cancel`. Without it the run is named after the request: Lambda keeps a request's id when it delivers an event again, so that
// this is the same run still, and a client that is told nothing but the request's id knows its run.

import type { Answered } from '../environment/environment.ts'
import { wrong } from '../errors.ts'
import { parseJson } from '../json.ts'

type Wasm = Pick<typeof import('../../../wasm/pkg/switchyard.js'), 'firstMessage' | 'failedMessage' | 'runKey'>

/** An invocation. */
export interface Arrival {
  component: string
  env: string
  requestId: string
  trace?: string | undefined
  /** JSON that the client says of itself. */
  clientContext?: string | undefined
  /** What function names begin with. */
  prefix: string
}

/** What to call the component with, and what to log and answer. */
export interface Arrived {
  message: Uint8Array
  run: string
  request_id: string
  client: string
  /** Which part of the run it is about, if one. */
  part?: string
}

type Json = Record<string, unknown>

/** The event is none of ours: trying again will not help. */
export class EventError extends Error {
  override name = 'EventError'
  readonly kind = 'message'
  readonly retry = false
}

/** Reads an event: JSON.
 *
 * @throws EventError, or the module's error of kind `message`.
 */
export function readEvent(wasm: Wasm, payload: Uint8Array, arrival: Arrival): Arrived {
  const { component, env } = arrival
  const event = parse(payload)
  if (component === 'failed' && 'requestPayload' in event) return failedEvent(wasm, event, arrival)
  if ('schema' in event) return { message: traced(payload, event, arrival), ...about(event) }
  const { run = arrival.requestId, ...input } = event
  if (typeof run !== 'string') throw new EventError(wrong('run', JSON.stringify(run), 'the name of a run'))
  const client = clientOf(arrival.clientContext)
  const asked = component === 'plan' ? planInput(input) : input
  const message = wasm.firstMessage(run, arrival.requestId, client, env, arrival.trace, asked)
  return { message, run, request_id: arrival.requestId, client }
}

/** The bytes of an event that others parsed.
 *
 * @throws EventError
 */
export function eventBytes(event: unknown): Uint8Array {
  try {
    return new TextEncoder().encode(JSON.stringify(event))
  } catch {
    throw new EventError('the event: expected JSON in UTF-8 (it is nested too deep)')
  }
}

/** What a function answers that was called with such a message. */
export function answerTo(wasm: Wasm, { run, request_id }: Arrived, env: string): Answered {
  return { run, request_id, env, topics: `switchyard:${env}:*:${request_id}`, report: wasm.runKey(env, run, 'report.json') }
}

/** An error's type as Lambda hands it on, so that its kind gets as far as the client. */
export function errorType(kind: string): string {
  return `${ERROR_TYPE}${kind}`
}

/** The kind of a component's error, if it is one. */
export function kindOf(errorType: string): string | undefined {
  return errorType.startsWith(ERROR_TYPE) ? errorType.slice(ERROR_TYPE.length) : undefined
}

const ERROR_TYPE = 'SwitchyardError.'

/** An envelope with the trace header it came with, where it has none: a client's own, which begins a run as any other event does. */
function traced(payload: Uint8Array, envelope: Json, { trace }: Arrival): Uint8Array {
  if (typeof envelope.trace === 'string' || trace === undefined) return payload
  return new TextEncoder().encode(JSON.stringify({ ...envelope, trace }))
}

/** A scenario that is named by its key alone is called by it too. */
function planInput(input: Json): Json {
  const { scenario } = input
  return typeof scenario === 'string' ? { ...input, scenario: { path: scenario, key: scenario } } : input
}

/** AWS's record: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function failedEvent(wasm: Wasm, record: Json, arrival: Arrival): Arrived {
  const { functionArn, requestId, condition } = object('requestContext', record.requestContext)
  const name = /:function:([^:]+)/.exec(String(functionArn))?.[1] ?? ''
  if (!name.startsWith(arrival.prefix)) {
    throw new EventError(`requestContext.functionArn: got \`${functionArn}\`, expected a function ${arrival.prefix}…`)
  }
  const component = name.slice(arrival.prefix.length)
  const payload = new TextEncoder().encode(JSON.stringify(object('requestPayload', record.requestPayload)))
  // Of a client's own event, the same message as each delivery of it made.
  const original = readEvent(wasm, payload, { ...arrival, component, requestId: String(requestId ?? arrival.requestId) })
  const { errorMessage } = object('responsePayload', record.responsePayload ?? {})
  const reason = typeof errorMessage === 'string' ? errorMessage : `${condition}`
  return { ...original, message: wasm.failedMessage(component, arrival.env, original.message, reason) }
}

function about({ run, request_id, client, input }: Json): Omit<Arrived, 'message'> {
  const part = (input as { part?: unknown } | null | undefined)?.part
  const names = { run: String(run), request_id: String(request_id), client: String(client) }
  return typeof part === 'string' ? { ...names, part } : names
}

/** Who says so of itself, in the fields that AWS's own clients fill. */
function clientOf(context: string | undefined): string {
  const said = context === undefined ? {} : (JSON.parse(context) as { client?: Json; custom?: Json })
  const name = said.client?.app_title ?? said.custom?.client
  return typeof name === 'string' && name !== '' ? name : 'lambda'
}

function parse(payload: Uint8Array): Json {
  let value: unknown
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (error) {
    throw new EventError(`the event: expected JSON in UTF-8 (${(error as Error).message})`)
  }
  return object('the event', value)
}

function object(field: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw new EventError(wrong(field, JSON.stringify(value) ?? '', 'a JSON object'))
}
