// Errors of the REST API: `{"error": {"kind", "message", …}}`.

import { HostFailure, Refused, wrong } from '../errors.ts'

type Status = 400 | 403 | 404 | 405 | 409 | 413 | 429 | 500

export class RestError extends Error {
  readonly status: Status
  readonly kind: string
  readonly more: Record<string, unknown>

  constructor(status: Status, kind: string, message: string, more: Record<string, unknown> = {}) {
    super(message)
    this.status = status
    this.kind = kind
    this.more = more
  }
}

/** Any error, as the client is to see it. */
export function errorResponse(error: unknown): Response {
  const known = describe(error)
  const headers: Record<string, string> = known.status === 429 ? { 'Retry-After': '1' } : {}
  return Response.json(errorBody(known), { status: known.status, headers })
}

/** The same without a response to put it in. */
export function errorBody(error: unknown): { error: Record<string, unknown> } {
  const { kind, message, more } = describe(error)
  return { error: { kind, message, ...more } }
}

function describe(error: unknown): RestError {
  if (error instanceof RestError) return error
  if (error instanceof HostFailure) return new RestError(500, 'host', error.message, { retry: error.retry })
  if (!(error instanceof Refused)) return new RestError(500, 'internal', error instanceof Error ? error.message : String(error))
  const { kind, message, retry, input } = error.failure
  return new RestError(STATUS[kind] ?? 500, kind, message, { retry, ...(input === undefined ? {} : { input }) })
}

/** A value of the client's that is wrong. */
export function invalid(field: string, value: unknown, expected: string): RestError {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return new RestError(400, 'request', wrong(field, text, expected), { field })
}

/** `state` is what lists call one that is stored but that the ledger has lost. */
export function noRun(env: string, run: string, state?: 'completed' | 'interrupted'): RestError {
  const found = {
    completed: `, but it is completed: GET /runs/${run}/report has its report`,
    interrupted: `, but it is stored: POST /runs/${run}/resume goes on with it`,
  }
  const message = `no run \`${run}\` is known in environment \`${env}\`${state ? found[state] : ''}`
  return new RestError(404, 'no_run', message, state ? { state } : {})
}

/** By the kind of failure. What is missing here is no fault of the client's. */
const STATUS: Record<string, Status> = {
  input: 400,
  message: 400,
  unknown_component: 404,
  no_run: 404,
  unplanned: 409,
  throttled: 429,
}
