import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Announcement } from '../environment/environment.ts'
import { FakeEnvironment, until } from '../environment/test-environment.ts'
import { type Failure, HostFailure, Refused } from '../errors.ts'
import { listen } from './listen.ts'
import { rest } from './rest.ts'

test('GET / says what there is', async (t) => {
  const { get } = await serving(t)
  const { status, text } = await get('/')
  assert.equal(status, 200)
  for (const words of [
    'POST /runs ',
    '?env=ENV; dev if not given; there are dev, prod',
    'Components: plan, fit, resume, cancel, sample.',
  ]) {
    assert.ok(text.includes(words), words)
  }
})

test('POST /runs stores what is sent, launches the plan, and says where to look', async (t) => {
  const { post, dev, prod } = await serving(t)
  const { status, json } = await post('/runs?env=prod', { scenario: { path: 'a.json', text: '{}' }, visits: 7 })
  const path = (what: string) => `/runs/run-1/${what}?env=prod`
  assert.deepEqual(
    [status, json],
    [202, { run: 'run-1', request_id: 'Q', env: 'prod', watch: path('events'), report: path('report') }],
  )
  const event = { scenario: { path: 'a.json', key: 'prod/inputs/run-1/scenario.json' }, visits: 7, run: 'run-1' }
  assert.deepEqual([prod.launched, dev.launched], [[{ component: 'plan', event }], []])
  assert.deepEqual(prod.texts, { 'prod/inputs/run-1/scenario.json': '{}' })
})

test('a run that was just started is there before the ledger knows of it, and in no other environment', async (t) => {
  const { post, get, dev } = await serving(t)
  await dev.write('key', new Uint8Array())
  await post('/runs', { scenario: 'key' })
  assert.equal((await get('/runs/run-1')).json.state, 'running')
  assert.equal((await get('/runs/run-1?env=prod')).status, 404)
  dev.ledger.set('run-1', { state: 'failed', message: 'no' })
  assert.equal((await get('/runs/run-1')).json.state, 'failed')
  dev.ledger.delete('run-1')
  assert.equal((await get('/runs/run-1')).status, 404)
})

test('a run that its ledger lost before anybody asked is not about to start', async (t) => {
  const { post, get, dev } = await serving(t)
  await dev.write('key', new Uint8Array())
  await post('/runs', { scenario: 'key' })
  dev.announce('run-1', { component: 'plan', event: 'failed' } as Partial<Announcement>)
  assert.equal((await get('/runs/run-1')).json.state, 'running')
  dev.announce('run-1', { component: 'plan', event: 'completed', of: 9 })
  assert.deepEqual([(await get('/runs/run-1')).status, dev.watchers], [404, 0])
  await dev.write('dev/runs/run-1/report.json', new Uint8Array())
  assert.match((await get('/runs/run-1')).json.error?.message ?? '', /, but it is completed: GET \/runs\/run-1\/report has/)
})

test('GET /runs and GET /runs/{run}', async (t) => {
  const { get, dev } = await serving(t)
  dev.ledger.set('a', { state: 'running', done: 3, of: 9 })
  const run = { run: 'a', state: 'running', done: 3, of: 9, message: '', lost: [] }
  assert.deepEqual((await get('/runs')).json, { runs: [{ ...run, opened_ms: 1, updated_ms: 2 }] })
  assert.deepEqual((await get('/runs?env=prod')).json, { runs: [] })
  assert.deepEqual((await get('/runs/a')).json, { env: 'dev', ...run })
})

test('the report: its bytes, or why there is none', async (t) => {
  const { get, dev } = await serving(t)
  dev.ledger.set('a', { state: 'failed', message: 'a file is wrong' })
  const none = await get('/runs/a/report')
  const message = 'run `a` is failed and has no report: a file is wrong'
  assert.deepEqual([none.status, none.json.error], [409, { kind: 'no_report', message, state: 'failed' }])
  await dev.write('dev/runs/a/report.json', new TextEncoder().encode('{"x": 1}\n'))
  const { status, text, type } = await get('/runs/a/report')
  assert.deepEqual([status, text, type], [200, '{"x": 1}\n', 'application/json'])
})

test('events: a snapshot, announcements, the end', async (t) => {
  const { url, dev } = await serving(t)
  dev.ledger.set('a', { state: 'running', of: 2 })
  const response = await fetch(`${url}/runs/a/events`)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reading = response.text()
  await until(() => dev.watchers === 1)
  dev.announce('a', { done: 1 })
  await until(() => dev.looks >= 2)
  dev.ledger.set('a', { state: 'completed', done: 2, of: 2 })
  dev.announce('a', { done: 2, state: 'completed', event: 'completed' })
  const events = (await reading).trimEnd().split('\n\n')
  const [first, , , last] = events.map((event) => /^event: (.*)\ndata: (.*)$/.exec(event)?.slice(1) ?? [])
  assert.deepEqual(
    events.map((event) => /^event: (.*)$/m.exec(event)?.[1]),
    ['snapshot', 'announcement', 'announcement', 'snapshot'],
  )
  assert.equal(JSON.parse(first?.[1] ?? '').state, 'running')
  assert.equal(JSON.parse(last?.[1] ?? '').state, 'completed')
})

test('a watcher that hangs up is forgotten', async (t) => {
  const { url, dev } = await serving(t)
  dev.ledger.set('a', { state: 'running' })
  const leaving = new AbortController()
  const response = await fetch(`${url}/runs/a/events`, { signal: leaving.signal })
  const reading = response.text()
  await until(() => dev.watchers === 1)
  leaving.abort()
  await assert.rejects(reading)
  await until(() => dev.watchers === 0)
})

test('a watcher is told if the ledger fails', async (t) => {
  const { url, dev } = await serving(t)
  dev.ledger.set('a', { state: 'running' })
  const reading = (await fetch(`${url}/runs/a/events`)).text()
  await until(() => dev.watchers === 1)
  dev.lookFails = true
  assert.match(await reading, /event: error\ndata: \{"error":\{"kind":"internal","message":"the ledger is not there"\}\}\n\n$/)
})

test('cancel and resume call their components about the run', async (t) => {
  const { post, dev } = await serving(t)
  dev.ledger.set('a', { state: 'running' })
  for (const what of ['cancel', 'resume']) {
    const { status, json } = await post(`/runs/a/${what}`)
    assert.deepEqual([status, json.run, json.state], [202, 'a', 'running'])
    assert.deepEqual(dev.called.at(-1), { component: what, event: { run: 'a' }, client: 'node' })
  }
})

test('what is over cannot be cancelled; what is completed cannot be resumed; what the ledger forgot can', async (t) => {
  const { post, dev } = await serving(t)
  dev.ledger.set('a', { state: 'completed' })
  dev.ledger.set('b', { state: 'failed' })
  const over = (run: string, state: string) => ({ kind: 'over', message: `run \`${run}\` is ${state} already`, state })
  assert.deepEqual((await post('/runs/a/cancel')).json.error, over('a', 'completed'))
  assert.deepEqual((await post('/runs/b/cancel')).json.error, over('b', 'failed'))
  assert.deepEqual((await post('/runs/a/resume')).json.error, over('a', 'completed'))
  assert.equal((await post('/runs/forgotten/cancel')).status, 404)
  assert.equal(dev.called.length, 0)
  assert.equal((await post('/runs/b/resume')).status, 202)
  assert.equal((await post('/runs/forgotten/resume')).status, 202)
})

test('blobs go in and come out, under any key', async (t) => {
  const { url, get } = await serving(t)
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
  const path = `/blobs/my/${encodeURIComponent('ä b?#%.bin')}`
  const put = await fetch(`${url}${path}`, { method: 'PUT', body: bytes })
  assert.deepEqual([put.status, await put.json()], [200, { key: 'my/ä b?#%.bin', bytes: 256 }])
  const got = await fetch(`${url}${path}`)
  assert.deepEqual(new Uint8Array(await got.arrayBuffer()), bytes)
  assert.deepEqual((await get('/blobs?prefix=my/')).json, { keys: ['my/ä b?#%.bin'] })
  assert.deepEqual((await get('/blobs?env=prod')).json, { keys: [] })
  const none = await get('/blobs/none')
  assert.deepEqual([none.status, none.json.error], [404, { kind: 'no_blob', message: 'no blob is stored under `none`' }])
})

test('keys that no path can say, and the keys of an environment', async (t) => {
  const { url, get, dev } = await serving(t)
  const keys = ['a/../b', '..', 'a//b', '/a', 'dev/runs/R/report.json']
  for (const key of keys) {
    const blob = `${url}/blobs?${new URLSearchParams({ key })}`
    assert.equal((await fetch(blob, { method: 'PUT', body: key })).status, 200, key)
    assert.equal(await (await fetch(blob)).text(), key)
  }
  assert.deepEqual(Object.keys(dev.texts), keys)
  assert.deepEqual((await get('/blobs?prefix=runs/')).json, { keys: ['dev/runs/R/report.json'] })
  assert.deepEqual((await get('/blobs?prefix=a/')).json, { keys: ['a/../b', 'a//b'] })
})

test('what is stored of a run that is over can be removed; what is only stored says how to go on', async (t) => {
  const { send, get, dev } = await serving(t)
  await dev.write('dev/runs/a/plan.json', new Uint8Array())
  assert.match((await get('/runs/a')).json.error?.message ?? '', /, but it is stored: POST \/runs\/a\/resume goes on with it$/)
  dev.ledger.set('a', { state: 'running' })
  assert.equal((await send('DELETE', '/runs/a')).status, 409)
  dev.ledger.set('a', { state: 'cancelled' })
  assert.deepEqual((await send('DELETE', '/runs/a')).json, { env: 'dev', run: 'a' })
  assert.deepEqual([dev.texts, (await send('DELETE', '/runs/a')).status], [{}, 404])
})

test('whoever asks is told on by name', async (t) => {
  const { url, dev } = await serving(t)
  dev.ledger.set('a', { state: 'running' })
  await fetch(`${url}/runs/a/cancel`, { method: 'POST', headers: { 'X-Switchyard-Client': 'ann' } })
  assert.equal(dev.called.at(-1)?.client, 'ann')
})

test('a component is called with its own input', async (t) => {
  const { post, dev, prod } = await serving(t)
  assert.deepEqual((await post('/components/resume?env=prod&run=R', { again: false })).json, prod.outcome)
  // As a Lambda client's event: the run beside the input.
  assert.deepEqual([prod.called, dev.called], [[{ component: 'resume', event: { again: false, run: 'R' }, client: 'node' }], []])
})

test('a component is called with an envelope as it is', async (t) => {
  const { post, dev } = await serving(t)
  const event = { schema: 1, run: 'R', request_id: 'Q', env: 'dev', input: {} }
  const { status, json } = await post('/components/plan?async', event)
  assert.deepEqual([status, json], [202, { run: 'R', request_id: 'Q', env: 'dev' }])
  assert.deepEqual(dev.launched, [{ component: 'plan', event }])
})

test('what begins a run is there to be watched at once', async (t) => {
  const { post, get, dev } = await serving(t)
  const { json } = await post('/components/fit?async', { data: {}, spec: {} })
  const { run } = json as { run: string }
  assert.equal(dev.launched.length, 1)
  assert.equal((await get(`/runs/${run}`)).status, 200)
})

const failure = (kind: string, more: Partial<Failure> = {}) => new Refused({ kind, message: 'no', retry: false, ...more })

for (const [what, outcome, status, error] of [
  [
    'bad input',
    failure('input', { input: { file: 'a.csv' } }),
    400,
    { kind: 'input', message: 'no', retry: false, input: { file: 'a.csv' } },
  ],
  ['a bad message', failure('message'), 400, { kind: 'message', message: 'no', retry: false }],
  ['no such component', failure('unknown_component'), 404, { kind: 'unknown_component', message: 'no', retry: false }],
  ['no such run', failure('no_run'), 404, { kind: 'no_run', message: 'no', retry: false }],
  ['the host', failure('host', { retry: true }), 500, { kind: 'host', message: 'no', retry: true }],
  ['too much at once', failure('throttled', { retry: true }), 429, { kind: 'throttled', message: 'no', retry: true }],
  ['what Redis or the disk refuses', new HostFailure('no', true), 500, { kind: 'host', message: 'no', retry: true }],
  ['a bug', new Error('no'), 500, { kind: 'internal', message: 'no' }],
] as const) {
  test(`a component's error (${what}) is ${status}`, async (t) => {
    const { post, dev } = await serving(t)
    dev.outcome = outcome
    const answered = await post('/components/resume?run=R', {})
    assert.deepEqual([answered.status, answered.json.error], [status, error])
  })
}

for (const [method, path, body, status, message] of [
  ['GET', '/nothing', undefined, 404, 'GET /nothing: no such route, see GET /'],
  ['GET', '/runs?env=test', undefined, 400, 'env: got `test`, expected one of dev, prod'],
  ['GET', '/runs/none', undefined, 404, 'no run `none` is known in environment `dev`'],
  ['GET', '/runs/none/events', undefined, 404, 'no run `none` is known in environment `dev`'],
  ['GET', '/runs/none/report', undefined, 404, 'no run `none` is known in environment `dev`'],
  ['GET', '/runs/a%20b', undefined, 400, 'run: got `a b`, expected 1 to 64 letters, digits, - or _'],
  ['POST', '/runs', '{', 400, 'the body: expected JSON in UTF-8 ('],
  ['POST', '/runs', '{"scenario": 3}', 400, 'scenario: got `3`, expected a JSON object'],
  ['POST', '/components/plan?run=a.b', '{}', 400, 'run: got `a.b`, expected 1 to 64'],
  ['POST', '/components/resume?async', '{"run": 5}', 400, 'run: got `5`, expected 1 to 64'],
  ['POST', '/components/plan?async', '{}', 400, 'scenario: missing, expected a scenario'],
  ['POST', '/components/fit?async', undefined, 400, 'data: missing, expected the choices'],
  ['POST', '/components/fit?async', '{"__proto__": 1}', 400, 'data: missing, expected the choices'],
  ['POST', '/components/sample?async&run=R', '{}', 400, 'part: missing, expected the name of a part'],
  ['POST', '/components/cancel', '{}', 400, 'run: missing, expected the name of a run'],
  ['GET', '/blobs?key=%ff', undefined, 400, 'the address: got `/blobs?key=%ff`, expected percent-encoded UTF-8'],
  ['PUT', '/blobs/%zz', 'x', 400, 'the address: got `/blobs/%zz`, expected percent-encoded UTF-8'],
  ['PUT', '/blobs', 'x', 400, 'key: empty, expected the key of a blob'],
  ['PUT', `/blobs/${'k'.repeat(1025)}`, 'x', 400, 'key: got `kkk'],
  ['PUT', '/blobs/k', 'x'.repeat(1001), 413, 'the body: got 1001 bytes, expected at most 1000'],
  ['POST', '/runs', 'x'.repeat(1001), 413, 'the body: got 1001 bytes, expected at most 1000'],
] as const) {
  test(`${method} ${path.slice(0, 40)} ${body?.slice(0, 20) ?? ''}: ${status}`, async (t) => {
    const { send, dev } = await serving(t)
    const answered = await send(method, path, body)
    assert.equal(answered.status, status)
    assert.equal(answered.json.error?.message.slice(0, message.length), message)
    assert.deepEqual([dev.called, dev.launched], [[], []])
  })
}

interface Json {
  [field: string]: unknown
  error?: { kind: string; message: string }
}

async function serving(t: TestContext) {
  const [dev, prod] = [new FakeEnvironment('dev', 20), new FakeEnvironment('prod', 20)]
  let runs = 0
  const options = {
    environments: [dev, prod],
    components: ['plan', 'fit', 'resume', 'cancel', 'sample'],
    newRunId() {
      runs += 1
      return `run-${runs}`
    },
    runKey: (env: string, run: string, name: string) => `${env}/runs/${run}/${name}`,
    bodyMax_bytes: 1000,
  }
  const server = await listen(0, rest(options))
  t.after(() => server.close())
  const send = async (method: string, path: string, body?: string) => {
    const response = await fetch(server.url + path, { method, ...(body === undefined ? {} : { body }) })
    const type = response.headers.get('content-type') ?? ''
    const text = await response.text()
    return { status: response.status, type, text, json: (type.includes('json') ? JSON.parse(text) : {}) as Json }
  }
  const get = (path: string) => send('GET', path)
  const post = (path: string, body?: unknown) => send('POST', path, body === undefined ? undefined : JSON.stringify(body))
  return { dev, prod, url: server.url, send, get, post }
}
