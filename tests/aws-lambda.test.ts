// How components reach one another on AWS: the real client before a server of Lambda's API.

import assert from 'node:assert/strict'
import { after, beforeEach, type TestContext, test } from 'node:test'
import { call, type Functions, invoke, resolved, resolvedEvent } from '../node-host/src/aws/lambda.ts'
import { until } from '../node-host/src/environment/test-environment.ts'
import type { HostFailure } from '../node-host/src/errors.ts'
import { serving } from './lambda-client.ts'

const server = await serving({ after } as unknown as TestContext)
Object.assign(process.env, { AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
Object.assign(process.env, { AWS_ENDPOINT_URL_LAMBDA: server.url, AWS_LAMBDA_FUNCTION_NAME: 'switchyard-plan' })

const stored = new Map<string, Uint8Array>()
const blobs = {
  read: async (key: string) => stored.get(key),
  write: async (key: string, bytes: Uint8Array) => void stored.set(key, bytes),
}
const FUNCTIONS: Functions = { prefix: 'switchyard-', qualifier: 'PROD', env: 'prod', blobs, inline_limit_bytes: 1000 }
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const parse = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes))

beforeEach(() => {
  server.functions.calls.length = 0
  stored.clear()
})

test('a launch reaches the function by the same alias', async () => {
  assert.match(await invoke(FUNCTIONS, 'echo', bytes({ n: 1 })), /^[0-9a-f-]{36}$/)
  await invoke({ ...FUNCTIONS, qualifier: undefined }, 'other', bytes({ n: 2 }))
  await until(() => server.functions.calls.length === 2)
  const told = server.functions.calls.map(({ component, input, call }) => [component, input, call.qualifier, call.env])
  assert.deepEqual(told, [
    ['echo', { n: 1 }, 'PROD', 'prod'],
    ['other', { n: 2 }, '$LATEST', 'dev'],
  ])
})

test("the run's trace header goes with it; without one, this invocation's own", async () => {
  process.env._X_AMZN_TRACE_ID = 'Root=1-own'
  await invoke(FUNCTIONS, 'echo', bytes({ trace: 'Root=1-of-the-run' }))
  await invoke(FUNCTIONS, 'echo', bytes({ trace: null }))
  await until(() => server.functions.calls.length === 2)
  const roots = server.functions.calls.map(({ call }) => /Root=([^;]*)/.exec(call.trace)?.[1])
  assert.deepEqual(roots, ['1-of-the-run', '1-own'])
})

test('a long message travels as a reference, its trace header with it; sent again, nothing else is stored', async () => {
  const message = bytes({ trace: 'Root=1-long', text: 'x'.repeat(1000) })
  await invoke(FUNCTIONS, 'echo', message)
  await invoke(FUNCTIONS, 'echo', message)
  await until(() => server.functions.calls.length === 2)
  const [first] = server.functions.calls
  const reference = first?.input as { ref: string } | undefined
  assert.match(reference?.ref ?? '', /^prod\/messages\/[0-9a-f]{64}$/)
  assert.match(first?.call.trace ?? '', /Root=1-long/)
  assert.equal(stored.size, 1)
  assert.deepEqual(await resolved(FUNCTIONS, bytes(first?.input)), message)
  const record = { requestContext: { condition: 'RetriesExhausted' }, requestPayload: first?.input }
  assert.deepEqual(parse(await resolvedEvent(FUNCTIONS, record)), { ...record, requestPayload: parse(message) })
})

test('what is no reference stays as it is', async () => {
  for (const value of [{ ref: 1 }, { ref: 'a', run: 'b' }, [{ ref: 'a' }], null, 'ref']) {
    assert.deepEqual(parse(await resolvedEvent(FUNCTIONS, value)), value)
  }
})

test("a reference to another environment's blobs, or to none, is refused", async () => {
  const refusal = async (ref: string) => {
    const error = await resolved(FUNCTIONS, bytes({ ref })).catch((error: HostFailure) => error)
    return error instanceof Uint8Array ? assert.fail('it was not refused') : [error.message, error.retry]
  }
  assert.deepEqual(await refusal('dev/messages/1'), ['ref: got `dev/messages/1`, expected a key that begins with `prod/`', false])
  const absent = 'ref: got `prod/messages/1`, expected the key of a message; there is none'
  assert.deepEqual(await refusal('prod/messages/1'), [absent, false])
})

test('a message of a size that no instance could hold is refused before it is sent', async () => {
  await assert.rejects(invoke(FUNCTIONS, 'echo', new Uint8Array(64 * 1024 * 1024 + 1)), {
    message: 'a message of 67108865 bytes, expected at most 67108864',
    retry: false,
  })
  assert.equal(stored.size, 0)
})

test('a call is answered with what the function gave, its log, or its error', async () => {
  const answered = await call(FUNCTIONS, 'echo', bytes({ n: 1 }))
  assert.deepEqual([parse(answered.payload).input, answered.error], [{ n: 1 }, undefined])
  assert.match(answered.log ?? '', /about echo/)
  const named = await call(FUNCTIONS, 'echo', bytes({}), 'me')
  assert.deepEqual(JSON.parse(parse(named.payload).clientContext).client, { app_title: 'me' })
  const failed = await call(FUNCTIONS, 'echo', bytes({ do: 'fail' }))
  assert.deepEqual([failed.error?.errorType, failed.error?.errorMessage], ['Error', 'it failed'])
})

test('a call is waited for while nothing is said, longer than any other request', async () => {
  const called = call(FUNCTIONS, 'echo', bytes({ do: 'hang' }))
  setTimeout(() => server.functions.release(), 14_000)
  assert.equal((await called).error, undefined)
  assert.equal(server.functions.calls.length, 1)
})

test('an unknown function is told at once; what is throttled, after some attempts', async () => {
  await assert.rejects(invoke(FUNCTIONS, 'nothing', bytes({})), (error: HostFailure) => {
    assert.match(error.message, /^Lambda function switchyard-nothing:PROD: ResourceNotFoundException: .*\(HTTP 404\)$/)
    return !error.retry
  })
  await assert.rejects(call(FUNCTIONS, 'echo', bytes({ do: 'throttle' })), { retry: true })
  assert.equal(server.functions.calls.length, 4)
})
