// The REST API: runs, blobs and components of some environments, for people and programs.

import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { decode, type Environment, type Event, isRunName, type Listener, type RunState } from '../environment/environment.ts'
import { type Watched, watch } from '../environment/watch.ts'
import { parseJson } from '../json.ts'
import { UNQUALIFIED_ENV } from '../lambda/names.ts'
import { beginsRun, checkAsked } from './asked.ts'
import { readBody } from './body.ts'
import { CLIENT_HEADER } from './client.ts'
import { errorBody, errorResponse, invalid, noRun, RestError } from './rest-error.ts'
import { type RunKey, Runs } from './runs.ts'
import { planInput } from './start.ts'

export interface RestOptions {
  environments: readonly Environment[]
  components: readonly string[]
  newRunId(): string
  runKey: RunKey
  /** Largest body. */
  bodyMax_bytes?: number
}

const BODY_MAX_BYTES = 512 * 1024 * 1024
/** Announcements on their way to one listener. */
const WAITING_MAX = 10_000
const HELP = `Switchyard, a development server: the whole system in this process.

  POST /runs                        start a run: {"scenario": KEY or {"path", "text"}, "files": {NAME: {"text"}}, "visits", "seed",
                                    "by": [[DIMENSION, …], …], "chunk", "allow_lost": {"count"} or {"percent"}}
  GET  /runs                        the runs, the newest first, with those that are only stored
  GET  /runs/RUN                    how one stands
  GET  /runs/RUN/events             the same as it changes (server-sent events), to its end
  GET  /runs/RUN/report             what it found
  POST /runs/RUN/cancel             end it
  POST /runs/RUN/resume             have what is missing of it done
  DELETE /runs/RUN                  remove what is stored of it, once it is over
  GET  /events                      all that is announced (server-sent events, named after their topics); ?run=RUN for one run
  PUT  /blobs/KEY   GET /blobs/KEY  store and fetch bytes; ?key=KEY for keys that no path can say, such as a/../b
  GET  /blobs?prefix=…              which keys there are; where none begins so, those of the environment: ENV/…
  POST /components/NAME             call a component with its own input, or with an envelope; ?run=RUN, ?async

  POST /2015-03-31/functions/NAME/invocations   the Lambda Invoke API: any AWS client with this endpoint

docs/rest.md has examples. Everything takes ?env=ENV; `

export function rest(options: RestOptions): Hono {
  const api = new Hono()
  const environments = `${UNQUALIFIED_ENV} if not given; there are ${names(options)}`
  api.use((c, next) => {
    checkAddress(c.req.url)
    return next()
  })
  api.get('/', (c) => c.text(`${HELP}${environments}. Components: ${options.components.join(', ')}.\n`))
  const runs = new Runs(options.runKey)
  runRoutes(api, options, runs)
  api.get('/events', (c) => events(options, c))
  blobRoutes(api, options)
  api.post('/components/:component', (c) => component(options, runs, c))
  api.onError((error) => errorResponse(error))
  return api
}

function runRoutes(api: Hono, options: RestOptions, runs: Runs): void {
  api.post('/runs', async (c) => {
    const at = environmentOf(options, c)
    const run = options.newRunId()
    const input = await planInput(at, run, parse(await body(c, options)))
    await runs.started(at, run)
    const { request_id } = await at.launch('plan', { ...input, run }, clientOf(c))
    const path = (what: string) => `/runs/${run}/${what}?env=${at.name}`
    return c.json({ run, request_id, env: at.name, watch: path('events'), report: path('report') }, 202)
  })
  api.get('/runs', async (c) => c.json({ runs: await environmentOf(options, c).runs() }))
  api.get('/runs/:run', async (c) => {
    const { at, run } = runOf(options, c)
    return c.json({ env: at.name, ...(await runs.known(at, run)) })
  })
  api.get('/runs/:run/report', async (c) => {
    const { at, run } = runOf(options, c)
    const report = await at.read(options.runKey(at.name, run, 'report.json'))
    if (report) return c.body(new Uint8Array(report), 200, { 'Content-Type': 'application/json' })
    const { state, message } = await runs.known(at, run)
    const why = message === '' ? '' : `: ${message}`
    throw new RestError(409, 'no_report', `run \`${run}\` is ${state} and has no report${why}`, { state })
  })
  api.get('/runs/:run/events', async (c) => {
    const { at, run } = runOf(options, c)
    await runs.known(at, run)
    return runEvents(runs.watched(at), run, c)
  })
  api.post('/runs/:run/cancel', async (c) => {
    const { at, run } = runOf(options, c)
    const { state } = await runs.known(at, run)
    if (state !== 'running') throw isOver(run, state)
    await at.call('cancel', { run }, clientOf(c))
    return c.json({ env: at.name, ...(await runs.look(at, run)) }, 202)
  })
  api.post('/runs/:run/resume', async (c) => {
    const { at, run } = runOf(options, c)
    // A run that the ledger has forgotten can be resumed from its blobs.
    const { state } = await runs.look(at, run)
    if (state === 'completed') throw isOver(run, state)
    await at.call('resume', { run }, clientOf(c))
    return c.json({ env: at.name, ...(await runs.look(at, run)) }, 202)
  })
  api.delete('/runs/:run', async (c) => {
    const { at, run } = runOf(options, c)
    const { state } = await runs.look(at, run)
    if (state === 'running')
      throw new RestError(409, 'running', `run \`${run}\` is running, expected one that is over`, { state })
    if (state === 'unknown' && (await runs.stored(at, run)) === undefined) throw noRun(at.name, run)
    await at.remove(run)
    return c.json({ env: at.name, run })
  })
}

/** What happens in a run, to its end. */
function runEvents(watched: Watched, run: string, c: Context): Response {
  const leaving = new AbortController()
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => leaving.abort())
    try {
      for await (const { event, data } of watch(watched, run, leaving.signal)) {
        await stream.writeSSE({ event, data: JSON.stringify(data) })
      }
    } catch (error) {
      await stream.writeSSE({ event: 'error', data: JSON.stringify(errorBody(error)) })
    }
  })
}

/** What is announced, from the event `subscribed` on. A listener that is slower than it comes misses some. */
function events(options: RestOptions, c: Context): Response {
  const [at, run] = [environmentOf(options, c), c.req.query('run')]
  return streamSSE(c, async (stream) => {
    const left = Promise.withResolvers<void>()
    stream.onAbort(() => left.resolve())
    let waiting = 0
    const send = async (event: string, data: string) => {
      waiting += 1
      await stream.writeSSE({ event, data })
      waiting -= 1
    }
    const hear: Listener = (topic, message) => {
      const announcement = decode(message)
      if (announcement && waiting < WAITING_MAX) void send(topic, JSON.stringify(announcement))
    }
    try {
      const unsubscribe = await at.subscribe(hear, run)
      await send('subscribed', JSON.stringify({ env: at.name }))
      await left.promise
      unsubscribe()
    } catch (error) {
      await send('error', JSON.stringify(errorBody(error)))
    }
  })
}

function blobRoutes(api: Hono, options: RestOptions): void {
  const fetched = async (c: Context) => {
    const key = keyOf(c)
    const bytes = await environmentOf(options, c).read(key)
    if (!bytes) throw new RestError(404, 'no_blob', `no blob is stored under \`${key}\``)
    return c.body(new Uint8Array(bytes), 200, { 'Content-Type': 'application/octet-stream' })
  }
  const stored = async (c: Context) => {
    const [at, key] = [environmentOf(options, c), keyOf(c)]
    const bytes = await body(c, options)
    await at.write(key, bytes)
    return c.json({ key, bytes: bytes.length })
  }
  api.get('/blobs', async (c) => {
    if (c.req.query('key') !== undefined) return fetched(c)
    const [at, prefix] = [environmentOf(options, c), c.req.query('prefix') ?? '']
    const keys = await at.list(prefix)
    // The keys of what an environment stores begin with its name, which the request says already.
    return c.json({ keys: keys.length > 0 ? keys : await at.list(`${at.name}/${prefix}`) })
  })
  api.get('/blobs/:key{.+}', fetched)
  api.put('/blobs', stored)
  api.put('/blobs/:key{.+}', stored)
}

function isOver(run: string, state: RunState): RestError {
  return new RestError(409, 'over', `run \`${run}\` is ${state} already`, { state })
}

async function component(options: RestOptions, runs: Runs, c: Context): Promise<Response> {
  const at = environmentOf(options, c)
  const component = c.req.param('component') ?? ''
  const event = parse(await body(c, options))
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw invalid('the body', event, 'a JSON object')
  const about = eventAbout(event as Event, c.req.query('run'))
  if (options.components.includes(component)) checkAsked(component, about)
  if (c.req.query('async') === undefined) return c.json(await at.call(component, about, clientOf(c)))
  const launched = await at.launch(component, about, clientOf(c))
  if (beginsRun(component)) await runs.started(at, launched.run)
  return c.json({ ...launched, env: at.name }, 202)
}

/** An event with the run that the path names; an envelope names its own. */
function eventAbout(event: Event, run: string | undefined): Event {
  const about = 'schema' in event || run === undefined ? event : { ...event, run }
  if (about.run !== undefined) checkRun(about.run)
  return about
}

function names({ environments }: RestOptions): string {
  return environments.map(({ name }) => name).join(', ')
}

function environmentOf(options: RestOptions, c: Context): Environment {
  const env = c.req.query('env') ?? UNQUALIFIED_ENV
  const at = options.environments.find(({ name }) => name === env)
  if (!at) throw invalid('env', env, `one of ${names(options)}`)
  return at
}

function runOf(options: RestOptions, c: Context): { at: Environment; run: string } {
  const run = c.req.param('run') ?? ''
  checkRun(run)
  return { at: environmentOf(options, c), run }
}

function checkRun(run: unknown): void {
  if (!isRunName(run)) throw invalid('run', run, '1 to 64 letters, digits, - or _')
}

/** Who asks, as far as it says so: by name, or by its program. */
function clientOf(c: Context): string | undefined {
  return c.req.header(CLIENT_HEADER) || c.req.header('user-agent')?.split(' ')[0] || undefined
}

/** Else what is malformed would be taken as it stands there. */
function checkAddress(url: string): void {
  const address = url.replace(/^\w+:\/\/[^/]*/, '')
  try {
    decodeURIComponent(address)
  } catch {
    throw invalid('the address', address, 'percent-encoded UTF-8')
  }
}

function keyOf(c: Context): string {
  const key = c.req.param('key') ?? c.req.query('key') ?? ''
  if (key === '') throw invalid('key', key, 'the key of a blob')
  // S3's limit, which all hosts keep.
  if (Buffer.byteLength(key) > 1024) throw invalid('key', key, 'at most 1024 bytes')
  return key
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {}
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new RestError(400, 'request', `the body: expected JSON in UTF-8 (${(error as Error).message})`)
  }
}

async function body(c: Context, { bodyMax_bytes = BODY_MAX_BYTES }: RestOptions): Promise<Uint8Array> {
  const read = await readBody(c.req.raw, bodyMax_bytes)
  if (read.over) throw new RestError(413, 'too_large', `the body: got ${read.length} bytes, expected at most ${bodyMax_bytes}`)
  return read.bytes
}
