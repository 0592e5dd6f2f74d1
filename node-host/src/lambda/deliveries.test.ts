import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '../environment/test-environment.ts'
import { Deliveries, type DeliveriesOptions } from './deliveries.ts'
import { Capacity } from './functions.ts'
import { targetIn } from './names.ts'
import { callOf, FakeFunctions, NAMES } from './test-functions.ts'

test('an event is delivered, and then it is over', async (t) => {
  const { functions, deliveries } = started(t)
  deliveries.accept(callOf('echo', { n: 1 }))
  await until(() => deliveries.pending === 0)
  assert.deepEqual(
    functions.calls.map(({ input }) => input),
    [{ n: 1 }],
  )
})

test('a function error is tried twice more, after one and then two minutes, and then sent to the destination', async (t) => {
  const { functions, deliveries, logged } = started(t, { scale: 1 / 600 })
  const call = callOf('echo', { do: 'fail', budget: 1 }, 'PROD')
  deliveries.accept(call)
  await until(() => deliveries.pending === 0)
  assert.deepEqual(
    functions.calls.map(({ component }) => component),
    ['echo', 'echo', 'echo', 'failed'],
  )
  const [first, second, third, last] = functions.calls
  assert.ok(first && second && third && last)
  const waits = [second.at_ms - first.at_ms, third.at_ms - second.at_ms]
  assert.ok(Number(waits[0]) >= 99 && Number(waits[1]) >= 199, `${waits}`)
  assert.equal(last.call.env, 'prod')
  assert.match(last.call.arn, /:switchyard-failed:PROD$/)
  const { timestamp, ...record } = last.input as Record<string, unknown>
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.deepEqual(record, {
    version: '1.0',
    requestContext: {
      requestId: call.requestId,
      functionArn: 'arn:aws:lambda:eu-west-2:000000000000:function:switchyard-echo:PROD',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { do: 'fail', budget: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'Error', errorMessage: 'it failed', trace: ['Error: it failed'] },
  })
  assert.deepEqual(logged, [
    'WARN echo is delivered again in 100 ms: it failed',
    'WARN echo is delivered again in 200 ms: it failed',
    'ERROR echo could not be delivered (RetriesExhausted): it failed',
  ])
})

test('what no retry heals goes to the destination at once', async (t) => {
  const { functions, deliveries, logged } = started(t)
  deliveries.accept(callOf('echo', { do: 'refuse' }))
  await until(() => deliveries.pending === 0)
  assert.deepEqual(
    functions.calls.map(({ component }) => component),
    ['echo', 'failed'],
  )
  assert.deepEqual(logged, ['ERROR echo could not be delivered (RetriesExhausted): it failed'])
})

test('a retry that succeeds is the last', async (t) => {
  const { functions, deliveries } = started(t)
  deliveries.accept(callOf('echo', { do: 'fail', times: 1 }))
  await until(() => deliveries.pending === 0)
  assert.equal(functions.calls.length, 2)
})

test('the destination has none of its own: what fails there is logged and dropped', async (t) => {
  const { functions, deliveries, logged } = started(t)
  deliveries.accept(callOf('failed', { do: 'fail' }))
  await until(() => deliveries.pending === 0)
  assert.equal(functions.calls.length, 3)
  assert.equal(logged.at(-1), 'ERROR failed could not be delivered (RetriesExhausted): it failed; it is dropped')
})

for (const what of ['throttle', 'break']) {
  test(`what is turned away (${what}) is tried again however often, twice as late each time, and does not count`, async (t) => {
    const { functions, deliveries, logged } = started(t, { scale: 1 / 1000 })
    deliveries.accept(callOf('echo', { do: what, times: 5 }))
    await until(() => deliveries.pending === 0)
    assert.equal(functions.calls.length, 6)
    const waits = logged.map((line) => / in (\d+) ms/.exec(line)?.[1])
    assert.deepEqual(waits, ['1', '2', '4', '8', '16'])
  })
}

test('what is turned away for too long goes to the destination, with the service as the reason', async (t) => {
  const { functions, deliveries } = started(t, { scale: 1 / 100, eventAgeMax_ms: 60 })
  deliveries.accept(callOf('echo', { do: 'throttle' }))
  await until(() => deliveries.pending === 0)
  const { why, responseContext, responsePayload } = lastRecord(functions)
  assert.deepEqual(why, ['EventAgeExceeded', 0])
  assert.deepEqual(responseContext, { statusCode: 429, executedVersion: '$LATEST', functionError: 'TooManyRequestsException' })
  assert.deepEqual(responsePayload, { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.', trace: [] })
})

test('an event whose retry would come too late is not kept for it', async (t) => {
  const { functions, deliveries } = started(t, { scale: 1, eventAgeMax_ms: 59_000 })
  deliveries.accept(callOf('echo', { do: 'fail' }))
  await until(() => deliveries.pending === 0)
  assert.deepEqual(lastRecord(functions).why, ['EventAgeExceeded', 1])
})

test('events wait for a place, each environment for its own, in the order they came', async (t) => {
  const { functions, deliveries } = started(t, {}, { perEnvironment: 2, total: 3 })
  for (let n = 0; n < 5; n++) deliveries.accept(callOf('echo', { do: 'hang', n }))
  for (let n = 0; n < 5; n++) deliveries.accept(callOf('echo', { do: 'hang', n }, 'PROD'))
  const order = () => functions.calls.map(({ call, input }) => `${call.env} ${(input as { n: number }).n}`)
  assert.deepEqual(order(), ['dev 0', 'dev 1', 'prod 0'])
  while (deliveries.pending > 0) {
    functions.release()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const inOrder = (env: string) => order().filter((line) => line.startsWith(env))
  for (const env of ['dev', 'prod'])
    assert.deepEqual(
      inOrder(env),
      [0, 1, 2, 3, 4].map((n) => `${env} ${n}`),
    )
})

test('an event that never finds a place goes to the destination when it is too old', async (t) => {
  const limits = { perEnvironment: 1, total: 1 }
  const { functions, deliveries } = started(t, { eventAgeMax_ms: 300 }, limits)
  deliveries.accept(callOf('echo', { do: 'hang' }))
  deliveries.accept(callOf('echo', { n: 2 }))
  await new Promise((resolve) => setTimeout(resolve, 330))
  functions.release()
  await until(() => deliveries.pending === 0)
  const { why, requestPayload, responseContext } = lastRecord(functions)
  assert.deepEqual([why, requestPayload, responseContext], [['EventAgeExceeded', 0], { n: 2 }, undefined])
})

test('a payload comes to the destination as it was sent, large numbers and all', async (t) => {
  const { functions, deliveries } = started(t)
  const seen: string[] = []
  const invoke = functions.invoke.bind(functions)
  functions.invoke = (call) => {
    if (call.component === 'failed') seen.push(new TextDecoder().decode(call.payload))
    return invoke(call)
  }
  const payload = new TextEncoder().encode('{"do": "fail", "seed": 9007199254740993}')
  deliveries.accept({ ...callOf('echo', {}), payload })
  await until(() => deliveries.pending === 0)
  assert.match(seen[0] ?? '', /"requestPayload":\{"do": "fail", "seed": 9007199254740993\}/)
})

test('after closing nothing more is delivered', async (t) => {
  const { functions, deliveries } = started(t, {}, { perEnvironment: 1, total: 1 })
  deliveries.accept(callOf('echo', { do: 'hang' }))
  deliveries.accept(callOf('echo', { n: 2 }))
  deliveries.close()
  functions.release()
  await new Promise((resolve) => setTimeout(resolve, 5))
  deliveries.accept(callOf('echo', { n: 3 }))
  assert.equal(functions.calls.length, 1)
})

test('a hundred thousand events go through in seconds', async (t) => {
  const { functions, deliveries } = started(t, {}, { perEnvironment: 10, total: 10 })
  let count = 0
  functions.invoke = async () => {
    count += 1
    return { payload: new Uint8Array(), log: '' }
  }
  const call = callOf('echo', {})
  for (let n = 0; n < 100_000; n++) deliveries.accept(call)
  await until(() => deliveries.pending === 0, 20_000)
  assert.equal(count, 100_000)
})

/** What the destination was sent last, with the condition and count of its context apart. */
function lastRecord(functions: FakeFunctions) {
  const { component, input } = functions.calls.at(-1) ?? {}
  assert.equal(component, 'failed')
  const record = input as Record<string, unknown> & { requestContext: { condition: string; approximateInvokeCount: number } }
  const { condition, approximateInvokeCount } = record.requestContext
  return { ...record, why: [condition, approximateInvokeCount] } as Record<string, unknown>
}

function started(t: TestContext, options: Partial<DeliveriesOptions> = {}, limits = { perEnvironment: 100, total: 1000 }) {
  const functions = new FakeFunctions()
  const capacity = new Capacity(limits)
  const logged: string[] = []
  const log = (level: string, message: string) => logged.push(`${level} ${message}`)
  const destination = ({ env }: { env: string }) => targetIn(NAMES, 'failed', env)
  const deliveries = new Deliveries({ functions, capacity, log, destination, scale: 1 / 60_000, ...options })
  t.after(() => deliveries.close())
  return { functions, deliveries, logged, capacity }
}
