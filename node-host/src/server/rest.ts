// The REST API: runs, blobs and components, for people and programs on this machine.

import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { readBody } from './body.ts'
import type { RunState, Snapshot, System } from './interface.ts'
import { check, errorBody, errorResponse, invalid, noRun, RestError } from './rest-error.ts'
import { planInput } from './start.ts'
import { decode, watch } from './watch.ts'

export interface RestOptions {
  /** Largest body. */
  bodyMax_bytes?: number | undefined
  /** How often a watched run's state is asked for. */
  poll_ms?: number | undefined
}

const BODY_MAX_BYTES = 512 * 1024 * 1024
/** Announcements on their way to one listener. */
const WAITING_MAX = 10_000
const UNQUALIFIED_ENV = 'dev'
/** A run that was started here and is not in the ledger yet: `plan` is on its way to it. No longer than this. */
const STARTING_MAX_MS = 600_000

const HELP = `Switchyard, a development server: the whole system in this process.

  POST /runs                        start a run: {"scenario": KEY or {"path", "text"}, "files": {NAME: {"text"}}, "visits", "seed",
                                    "chunk", "allow_lost": {"count"} or {"percent"}}
  GET  /runs                        the runs, the newest first
  GET  /runs/RUN                    how one stands
  GET  /runs/RUN/events             the same as it changes (server-sent events), to its end
  GET  /runs/RUN/report             what it found
  POST /runs/RUN/cancel             end it
  POST /runs/RUN/resume             have what is missing of it done
  GET  /events                      all that is announced (server-sent events, named after their topics); ?run=RUN for one run
  PUT  /blobs/KEY   GET /blobs/KEY  store and fetch bytes
  GET  /blobs?prefix=…              which keys there are
  POST /components/NAME             call a component with its own input, or with an envelope; ?run=RUN, ?async

  POST /2015-03-31/functions/NAME/invocations   the Lambda Invoke API: any AWS client with this endpoint

Everything takes ?env=ENV; `

export function rest(system: System, options: RestOptions = {}): Hono {
  const { bodyMax_bytes = BODY_MAX_BYTES, poll_ms } = options
  const api = new Hono()
  const environments = `${UNQUALIFIED_ENV} if not given; there are ${system.environments.join(', ')}`
  api.get('/', (c) => c.text(`${HELP}${environments}. Components: ${system.components.join(', ')}.\n`))
  runRoutes(api, system, bodyMax_bytes, poll_ms)
  api.get('/events', (c) => events(system, c))
  blobRoutes(api, system, bodyMax_bytes)
  api.post('/components/:component', (c) => component(system, c, bodyMax_bytes))
  api.onError((error) => errorResponse(error))
  return api
}

function runRoutes(api: Hono, system: System, bodyMax_bytes: number, poll_ms: number | undefined): void {
  const runs = new Runs(system)
  api.post('/runs', async (c) => {
    const env = envOf(system, c)
    const [run, requestId] = [system.newRunId(), randomUUID()]
    const input = await planInput(system, env, run, parse(await body(c, bodyMax_bytes)))
    runs.started(env, run)
    system.launch({ env, component: 'plan', message: system.firstMessage(run, requestId, env, input), requestId })
    const at = (what: string) => `/runs/${run}/${what}?env=${env}`
    return c.json({ run, request_id: requestId, env, watch: at('events'), report: at('report') }, 202)
  })
  api.get('/runs', async (c) => c.json({ runs: await system.runs(envOf(system, c)) }))
  api.get('/runs/:run', async (c) => {
    const { env, run } = runOf(system, c)
    return c.json({ env, ...(await runs.known(env, run)) })
  })
  api.get('/runs/:run/report', async (c) => {
    const { env, run } = runOf(system, c)
    const report = await system.read(env, system.reportKey(env, run))
    if (report) return c.body(new Uint8Array(report), 200, { 'Content-Type': 'application/json' })
    const { state, message } = await runs.known(env, run)
    const why = message === '' ? '' : `: ${message}`
    throw new RestError(409, 'no_report', `run \`${run}\` is ${state} and has no report${why}`, { state })
  })
  api.get('/runs/:run/events', async (c) => {
    const { env, run } = runOf(system, c)
    await runs.known(env, run)
    const leaving = new AbortController()
    const options = { look: () => runs.look(env, run), signal: leaving.signal, poll_ms }
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => leaving.abort())
      try {
        for await (const { event, data } of watch(system, env, run, options)) {
          await stream.writeSSE({ event, data: JSON.stringify(data) })
        }
      } catch (error) {
        await stream.writeSSE({ event: 'error', data: JSON.stringify(errorBody(error)) })
      }
    })
  })
  api.post('/runs/:run/cancel', async (c) => {
    const { env, run } = runOf(system, c)
    const { state } = await runs.known(env, run)
    if (state !== 'running') throw isOver(run, state)
    return c.json({ env, ...(await runs.tell('cancel', env, run)) }, 202)
  })
  api.post('/runs/:run/resume', async (c) => {
    const { env, run } = runOf(system, c)
    // A run that the ledger has forgotten can be resumed from its blobs.
    const { state } = await runs.look(env, run)
    if (state === 'completed') throw isOver(run, state)
    return c.json({ env, ...(await runs.tell('resume', env, run)) }, 202)
  })
}

/** What is announced, from the event `subscribed` on. A listener that is slower than it comes misses some. */
function events(system: System, c: Context): Response {
  const [env, run] = [envOf(system, c), c.req.query('run')]
  return streamSSE(c, async (stream) => {
    const left = Promise.withResolvers<void>()
    stream.onAbort(() => left.resolve())
    let waiting = 0
    const send = async (event: string, data: string) => {
      waiting += 1
      await stream.writeSSE({ event, data })
      waiting -= 1
    }
    const unsubscribe = await system.subscribe(env, (topic, message) => {
      const announcement = decode(message)
      if (announcement && (run === undefined || announcement.run === run) && waiting < WAITING_MAX) {
        void send(topic, JSON.stringify(announcement))
      }
    })
    await send('subscribed', JSON.stringify({ env }))
    await left.promise
    unsubscribe()
  })
}

function blobRoutes(api: Hono, system: System, bodyMax_bytes: number): void {
  api.get('/blobs', async (c) => c.json({ keys: await system.list(envOf(system, c), c.req.query('prefix') ?? '') }))
  api.get('/blobs/:key{.+}', async (c) => {
    const [env, key] = [envOf(system, c), keyOf(c)]
    const bytes = await system.read(env, key)
    if (!bytes) throw new RestError(404, 'no_blob', `no blob is stored under \`${key}\``)
    return c.body(new Uint8Array(bytes), 200, { 'Content-Type': 'application/octet-stream' })
  })
  api.put('/blobs/:key{.+}', async (c) => {
    const [env, key] = [envOf(system, c), keyOf(c)]
    const bytes = await body(c, bodyMax_bytes)
    await system.write(env, key, bytes)
    return c.json({ key, bytes: bytes.length })
  })
}

function isOver(run: string, state: RunState): RestError {
  return new RestError(409, 'over', `run \`${run}\` is ${state} already`, { state })
}

/** The runs, with those that are only just being started. */
class Runs {
  readonly #system: System
  readonly #starting = new Map<string, number>()

  constructor(system: System) {
    this.#system = system
  }

  /** From now on the run is there. */
  started(env: string, run: string): void {
    for (const [name, since_ms] of this.#starting) if (Date.now() - since_ms > STARTING_MAX_MS) this.#starting.delete(name)
    this.#starting.set(`${env}/${run}`, Date.now())
  }

  /** How a run stands. */
  async look(env: string, run: string): Promise<Snapshot> {
    const snapshot = await this.#system.look(env, run)
    const name = `${env}/${run}`
    if (snapshot.state !== 'unknown') this.#starting.delete(name)
    const starting = Date.now() - (this.#starting.get(name) ?? 0) <= STARTING_MAX_MS
    return starting ? { ...snapshot, state: 'running' } : snapshot
  }

  /** How a run stands, if there is one. */
  async known(env: string, run: string): Promise<Snapshot> {
    const snapshot = await this.look(env, run)
    if (snapshot.state === 'unknown') throw noRun(env, run)
    return snapshot
  }

  /** Calls a component that is about a whole run, and tells how the run stands then. */
  async tell(component: string, env: string, run: string): Promise<Snapshot> {
    const requestId = randomUUID()
    const message = this.#system.firstMessage(run, requestId, env, {})
    check(await this.#system.call({ env, component, message, requestId }))
    return this.look(env, run)
  }
}

async function component(system: System, c: Context, bodyMax_bytes: number): Promise<Response> {
  const env = envOf(system, c)
  const component = c.req.param('component') ?? ''
  if (!system.components.includes(component)) {
    throw new RestError(
      404,
      'unknown_component',
      `no component is called \`${component}\`: there are ${system.components.join(', ')}`,
    )
  }
  const bytes = await body(c, bodyMax_bytes)
  const event = parse(bytes)
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw invalid('the body', event, 'a JSON object')
  const envelope = 'schema' in event ? (event as Record<string, unknown>) : undefined
  const requestId = envelope ? String(envelope.request_id) : randomUUID()
  const run = envelope ? String(envelope.run) : (c.req.query('run') ?? ('run' in event ? String(event.run) : requestId))
  checkRun(run)
  const message = envelope ? bytes : new TextEncoder().encode(JSON.stringify({ ...event, run }))
  if (c.req.query('async') !== undefined) {
    system.launch({ env, component, message, requestId })
    return c.json({ run, request_id: requestId, env }, 202)
  }
  const outcome = await system.call({ env, component, message, requestId })
  check(outcome)
  return c.body(new Uint8Array(outcome.payload), 200, { 'Content-Type': 'application/json' })
}

function envOf({ environments }: System, c: Context): string {
  const env = c.req.query('env') ?? UNQUALIFIED_ENV
  if (!environments.includes(env)) throw invalid('env', env, `one of ${environments.join(', ')}`)
  return env
}

function runOf(system: System, c: Context): { env: string; run: string } {
  const run = c.req.param('run') ?? ''
  checkRun(run)
  return { env: envOf(system, c), run }
}

function checkRun(run: string): void {
  if (!/^[\w-]{1,64}$/.test(run)) throw invalid('run', run, '1 to 64 letters, digits, - or _')
}

function keyOf(c: Context): string {
  const key = c.req.param('key') ?? ''
  // S3's limit, which all hosts keep.
  if (Buffer.byteLength(key) > 1024) throw invalid('key', key, 'at most 1024 bytes')
  return key
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {}
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new RestError(400, 'request', `the body: expected JSON in UTF-8 (${(error as Error).message})`)
  }
}

async function body(c: Context, max_bytes: number): Promise<Uint8Array> {
  const read = await readBody(c.req.raw, max_bytes)
  if (read.over) throw new RestError(413, 'too_large', `the body: got ${read.length} bytes, expected at most ${max_bytes}`)
  return read.bytes
}
