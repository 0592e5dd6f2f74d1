import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { loadPackage } from '../wasm.ts'
import { answerTo, eventBytes, readEvent } from './event.ts'

const ARRIVAL = { env: 'prod', requestId: 'request-1', trace: 'Root=1-2-3', prefix: 'switchyard-' }
let wasm: Awaited<ReturnType<typeof loadPackage>>['exports']
before(async () => {
  wasm = (await loadPackage()).exports
})

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const text = (message: Uint8Array) => JSON.parse(new TextDecoder().decode(message))
const read = (component: string, event: unknown, more = {}) => readEvent(wasm, bytes(event), { ...ARRIVAL, component, ...more })

test("a client's event becomes the first message of a run that is named after the request", () => {
  const arrived = read('plan', { scenario: 'my/small.json', visits: 5 }, { clientContext: '{"client":{"app_title":"me"}}' })
  const { run, request_id, client, env, trace, ticket, input } = text(arrived.message)
  assert.deepEqual([run, request_id, client, env, trace, ticket], ['request-1', 'request-1', 'me', 'prod', 'Root=1-2-3', 0])
  assert.deepEqual(input, { scenario: { path: 'my/small.json', key: 'my/small.json' }, visits: 5 })
  assert.deepEqual(answerTo(wasm, arrived, 'prod'), {
    run: 'request-1',
    request_id: 'request-1',
    env: 'prod',
    topics: 'switchyard:prod:*:request-1',
    report: 'prod/runs/request-1/report.json',
  })
})

test('an event may name its run, and an envelope stays as it is, byte for byte', () => {
  const cancel = read('cancel', { run: 'R' })
  assert.deepEqual([cancel.run, text(cancel.message).input, cancel.client], ['R', {}, 'lambda'])
  const envelope = bytes(` ${new TextDecoder().decode(cancel.message)}`)
  assert.deepEqual(readEvent(wasm, envelope, { ...ARRIVAL, component: 'cancel' }).message, envelope)
  const part = read('replay', { ...text(cancel.message), input: { part: 'shares-3' } })
  assert.deepEqual([part.run, part.request_id, part.client, part.part], ['R', 'request-1', 'lambda', 'shares-3'])
})

test("an envelope without a trace header gets that of its invocation: without, each part would add to the next one's lineage", () => {
  const own = text(read('plan', { run: 'R' }, { trace: undefined }).message)
  assert.equal(own.trace, null)
  assert.deepEqual(text(read('plan', own).message), { ...own, trace: 'Root=1-2-3' })
})

test("AWS's record of what failed becomes a message about it, whether that was an event or an envelope", () => {
  const record = (requestPayload: unknown) => ({
    requestContext: {
      requestId: 'request-0',
      functionArn: 'arn:aws:lambda:eu-west-2:000000000000:function:switchyard-plan:PROD',
      condition: 'EventAgeExceeded',
    },
    requestPayload,
  })
  const scenario = { path: 'a', key: 'b' }
  const failed = read('failed', record({ scenario }))
  assert.equal(failed.run, 'request-0')
  assert.deepEqual(text(failed.message).input, { component: 'plan', input: { scenario }, reason: 'EventAgeExceeded' })
  const envelope = text(read('plan', { run: 'R', scenario }).message)
  const again = { ...record(envelope), responsePayload: { errorType: 'Error', errorMessage: 'it broke' } }
  const message = text(read('failed', again).message)
  assert.deepEqual([message.run, message.input.reason], ['R', 'it broke'])
})

for (const [event, says] of [
  ['[]', 'the event: got `[]`, expected a JSON object'],
  ['{', 'the event: expected JSON in UTF-8 ('],
  [`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'the event: expected JSON in UTF-8 (it is nested deeper than 127 levels)'],
  ['{"run":5}', 'run: got `5`, expected the name of a run'],
] as const) {
  test(`refused: ${says}`, () => {
    assert.throws(
      () => read('plan', event),
      (error: Error & { kind?: string; retry?: boolean }) =>
        error.message.startsWith(says) && error.kind === 'message' && error.retry === false,
    )
  })
}

test('what another parser took however deep it was is refused too', () => {
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  assert.throws(() => eventBytes({ deep }), {
    kind: 'message',
    message: 'the event: expected JSON in UTF-8 (it is nested too deep)',
  })
})
