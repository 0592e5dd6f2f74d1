// The Lambda Invoke API as AWS's own client sees it: only its endpoint is changed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { until } from '../node-host/src/environment/test-environment.ts'
import { call, raw, sdk, serving } from './lambda-client.ts'

const ARN = 'arn:aws:lambda:eu-west-2:000000000000:function:switchyard-echo'

test('a synchronous call: 200, the answer, the version', async (t) => {
  const { invoke } = await serving(t)
  const { status, answer, result } = await invoke({ Payload: '{"n":1}' })
  assert.deepEqual(
    [status, result.ExecutedVersion, result.FunctionError, result.LogResult],
    [200, '$LATEST', undefined, undefined],
  )
  assert.match(result.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/)
  assert.deepEqual([answer.input, answer.env, answer.qualifier, answer.arn], [{ n: 1 }, 'dev', '$LATEST', ARN])
})

test('nothing sent is an empty object', async (t) => {
  const { invoke } = await serving(t)
  assert.deepEqual((await invoke({})).answer.input, {})
})

for (const [name, qualifier, env] of [
  ['switchyard-echo:PROD', undefined, 'prod'],
  ['switchyard-echo', 'STAGING', 'staging'],
  ['switchyard-echo', '$LATEST', 'dev'],
  [`${ARN}:PROD`, undefined, 'prod'],
  ['123456789012:function:switchyard-echo', 'PROD', 'prod'],
] as const) {
  test(`${name}, ${qualifier}: environment ${env}`, async (t) => {
    const { invoke } = await serving(t)
    const { answer } = await invoke({ FunctionName: name, Qualifier: qualifier })
    assert.equal(answer.env, env)
  })
}

test('an ARN may be in the path as it is', async (t) => {
  const { url } = await serving(t)
  const path = `/2015-03-31/functions/${ARN}:PROD/invocations`
  const response = await fetch(url + path, { method: 'POST', body: '{}' })
  assert.equal(((await response.json()) as { env: string }).env, 'prod')
})

test('a dry run: 204, and nothing is called', async (t) => {
  const { invoke, functions } = await serving(t)
  assert.equal((await invoke({ InvocationType: 'DryRun' })).status, 204)
  assert.equal(functions.calls.length, 0)
})

test('an event: 202 at once, and it is delivered; a client context is for synchronous calls', async (t) => {
  const { invoke, functions } = await serving(t)
  const { status, result } = await invoke({ InvocationType: 'Event', Payload: '{"n":2}', ClientContext: btoa('{"client":"x"}') })
  assert.deepEqual([status, result.Payload?.length ?? 0], [202, 0])
  await until(() => functions.calls.length === 1)
  assert.deepEqual([functions.calls[0]?.input, functions.calls[0]?.call.clientContext], [{ n: 2 }, undefined])
  assert.equal(functions.calls[0]?.call.requestId, result.$metadata.requestId)
})

test('an event that fails three times goes to the destination', async (t) => {
  const { invoke, functions } = await serving(t)
  await invoke({ InvocationType: 'Event', Payload: '{"do":"fail"}', Qualifier: 'PROD' })
  await until(() => functions.calls.at(-1)?.component === 'failed')
  assert.equal(functions.calls.length, 4)
  assert.equal(functions.calls.at(-1)?.call.env, 'prod')
})

test('a client context arrives', async (t) => {
  const { invoke } = await serving(t)
  const { answer } = await invoke({ ClientContext: btoa('{"client":"x"}') })
  assert.equal(answer.clientContext, '{"client":"x"}')
})

test("a function error: 200, `Unhandled`, and the error as the function's runtime tells it", async (t) => {
  const { invoke } = await serving(t)
  const { status, answer, result } = await invoke({ Payload: '{"do":"fail"}' })
  assert.deepEqual([status, result.FunctionError, result.ExecutedVersion], [200, 'Unhandled', '$LATEST'])
  assert.deepEqual(answer, { errorType: 'Error', errorMessage: 'it failed', trace: ['Error: it failed'] })
})

test('the log tail: what the function logged, and of that the last 4096 bytes', async (t) => {
  const { invoke } = await serving(t)
  const short = await invoke({ LogType: 'Tail', Payload: '{"do":"fail"}' })
  const id = short.result.$metadata.requestId
  const lines = Buffer.from(short.result.LogResult ?? '', 'base64')
    .toString()
    .split('\n')
  assert.deepEqual(lines.slice(0, 3), [`START RequestId: ${id} Version: $LATEST`, 'about echo', `END RequestId: ${id}`])
  assert.match(lines[3] ?? '', /^REPORT RequestId: .*\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms$/)
  const long = await invoke({ LogType: 'Tail', Payload: '{"do":"log","bytes":5000}' })
  assert.equal(Buffer.from(long.result.LogResult ?? '', 'base64').length, 4096)
})

for (const [type, limit, message] of [
  ['RequestResponse', 6_291_456, 'Request must be smaller than 6291456 bytes for the InvokeFunction operation'],
  ['Event', 1_048_576, '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)'],
] as const) {
  test(`${type}: a payload of ${limit} bytes passes, one byte more is 413`, async (t) => {
    const { invoke, fails, functions } = await serving(t)
    const payload = (bytes: number) => JSON.stringify('a'.repeat(bytes - 2))
    await invoke({ InvocationType: type, Payload: payload(limit) })
    await until(() => functions.calls.length === 1)
    assert.equal(functions.calls[0]?.call.payload.length, limit)
    const error = await fails({ InvocationType: type, Payload: payload(limit + 1) })
    assert.deepEqual(error, { name: 'RequestTooLargeException', status: 413, message })
    assert.equal(functions.calls.length, 1)
  })
}

test('a payload of unknown length is counted as it comes', async (t) => {
  const { url } = await serving(t)
  const send = async (bytes: number) => {
    const body = new Blob([JSON.stringify('a'.repeat(bytes - 2))]).stream()
    const options = { method: 'POST', body, duplex: 'half' } as RequestInit
    return (await fetch(`${url}/2015-03-31/functions/switchyard-echo/invocations`, options)).status
  }
  assert.deepEqual([await send(6_291_456), await send(6_291_457)], [200, 413])
})

test('a payload far beyond the limit gets its answer, not a broken pipe', async (t) => {
  const { fails } = await serving(t)
  const error = await fails({ Payload: new Uint8Array(40_000_000).fill(32) })
  assert.equal(error.name, 'RequestTooLargeException')
})

test('an answer may have 6,291,556 bytes, not one more', async (t) => {
  const { invoke } = await serving(t)
  const most = await invoke({ Payload: '{"do":"big","bytes":6291556}' })
  assert.deepEqual([most.result.FunctionError, most.result.Payload?.length], [undefined, 6_291_556])
  const { status, result, answer } = await invoke({ Payload: '{"do":"big","bytes":6291557}' })
  assert.deepEqual([status, result.FunctionError], [200, 'Unhandled'])
  const errorMessage = 'Response payload size exceeded maximum allowed payload size (6291556 bytes).'
  assert.deepEqual(answer, { errorType: 'Function.ResponseSizeTooLarge', errorMessage })
})

for (const [what, input, name, status, message] of [
  [
    'an unknown function',
    { FunctionName: 'switchyard-no' },
    'ResourceNotFoundException',
    404,
    `Function not found: ${ARN.replace('echo', 'no')}`,
  ],
  ['an unknown alias', { Qualifier: 'TEST' }, 'ResourceNotFoundException', 404, `Function not found: ${ARN}:TEST`],
  [
    'two aliases',
    { FunctionName: 'switchyard-echo:DEV', Qualifier: 'PROD' },
    'InvalidParameterValueException',
    400,
    'The derived',
  ],
  ['no JSON', { Payload: '{"n":' }, 'InvalidRequestContentException', 400, 'Could not parse request body into json: '],
  [
    'no UTF-8',
    { Payload: Uint8Array.of(34, 0xff, 34) },
    'InvalidRequestContentException',
    400,
    'Could not parse request body into',
  ],
  ['no JSON in an event', { Payload: 'x', InvocationType: 'Event' }, 'InvalidRequestContentException', 400, 'Could not parse'],
  [
    'an unknown type',
    { InvocationType: 'Later' as 'Event' },
    'InvalidParameterValueException',
    400,
    "1 validation error detected: Value 'Later'",
  ],
  [
    'an unknown log type',
    { LogType: 'Head' as 'Tail' },
    'InvalidParameterValueException',
    400,
    "1 validation error detected: Value 'Head'",
  ],
  [
    'a client context that is none',
    { ClientContext: btoa('[1]') },
    'InvalidRequestContentException',
    400,
    'Client context must be a valid',
  ],
  [
    'a long client context',
    { ClientContext: btoa('1'.repeat(2700)) },
    'InvalidRequestContentException',
    400,
    'Client context must be at',
  ],
] as const) {
  test(`${what}: ${status} ${name}`, async (t) => {
    const { fails, functions } = await serving(t)
    const error = await fails(input)
    assert.deepEqual({ ...error, message: error.message.slice(0, message.length) }, { name, status, message })
    assert.equal(functions.calls.length, 0)
  })
}

test('another operation: 404, and the client is told', async (t) => {
  const { url } = await serving(t)
  const response = await fetch(`${url}/2015-03-31/functions/switchyard-echo`)
  assert.deepEqual([response.status, response.headers.get('x-amzn-ErrorType')], [404, 'UnknownOperationException'])
})

test('too much at once: 429 with the reason, in one environment or in all', async (t) => {
  const { client, fails, functions, url } = await serving(t, { perEnvironment: 2, total: 3 })
  const hang = (Qualifier: string) =>
    client.send(new InvokeCommand({ FunctionName: 'switchyard-echo', Qualifier, Payload: '{"do":"hang"}' }))
  const hanging = [hang('DEV'), hang('DEV')]
  await until(() => functions.calls.length === 2)
  const throttled = { name: 'TooManyRequestsException', status: 429, message: 'Rate Exceeded.' }
  const first = await fails({ Qualifier: 'DEV' })
  assert.deepEqual(first, { ...throttled, reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' })
  hanging.push(hang('PROD'))
  await until(() => functions.calls.length === 3)
  assert.deepEqual(await fails({ Qualifier: 'PROD' }), { ...throttled, reason: 'ConcurrentInvocationLimitExceeded' })
  const response = await fetch(`${url}/2015-03-31/functions/switchyard-echo/invocations`, { method: 'POST' })
  assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '1'])
  functions.release()
  for (const { StatusCode } of await Promise.all(hanging)) assert.equal(StatusCode, 200)
})

test("the client's own retries get through when there is room again", async (t) => {
  const { client, functions, url } = await serving(t, { perEnvironment: 1, total: 1 })
  const patient = sdk(t, url, 3)
  const hanging = client.send(new InvokeCommand({ FunctionName: 'switchyard-echo', Payload: '{"do":"hang"}' }))
  await until(() => functions.calls.length === 1)
  setTimeout(() => functions.release(), 50)
  const { StatusCode, $metadata } = await patient.send(new InvokeCommand({ FunctionName: 'switchyard-echo' }))
  assert.deepEqual([StatusCode, $metadata.attempts], [200, 2])
  await hanging
})

test('a trace header is made, or passed on with the function in its lineage', async (t) => {
  const { invoke, url } = await serving(t)
  assert.match((await invoke({})).answer.trace ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=.*;Lineage=switchyard-echo:1$/)
  const response = await call(url, 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=switchyard-plan:1')
  const expected = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=switchyard-plan:1|switchyard-echo:1'
  assert.equal(((await response.json()) as { trace: string }).trace, expected)
})

test('a function is called 16 times in one lineage and no more: 400, or the destination if it is an event', async (t) => {
  const { url, functions } = await serving(t)
  let trace = 'Root=1-5759e988-bd862e3fe1be46a994272793'
  for (let time = 0; time < 16; time++) trace = ((await (await call(url, trace)).json()) as { trace: string }).trace
  const refused = await call(url, trace)
  assert.deepEqual([refused.status, refused.headers.get('x-amzn-ErrorType')], [400, 'RecursiveInvocationException'])
  assert.equal(functions.calls.length, 16)
  const event = await call(url, trace, 'Event')
  assert.equal(event.status, 202)
  await until(() => functions.calls.length === 17)
  const { component, input } = functions.calls.at(-1) ?? {}
  assert.equal(component, 'failed')
  const { responsePayload } = input as { responsePayload: { errorType: string } }
  assert.equal(responsePayload.errorType, 'RecursiveInvocationException')
})

test('only this machine may call: another name for it, or another page, is refused', async (t) => {
  const { url } = await serving(t)
  const { port } = new URL(url)
  const foreign = await raw(port, `evil.example:${port}`)
  assert.match(foreign, /^HTTP\/1\.1 403 /)
  assert.match(foreign, /Host: got `evil\.example:\d+`, expected localhost, 127\.0\.0\.1 or \[::1\]/)
  assert.match(await raw(port, `localhost:${port}`), /^HTTP\/1\.1 200 /)
  const page = await fetch(`${url}/2015-03-31/functions/switchyard-echo/invocations`, {
    method: 'POST',
    headers: { Origin: 'https://evil.example' },
  })
  assert.equal(page.status, 403)
})
