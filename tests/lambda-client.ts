// A server of the Lambda API over functions that do as they are told, and AWS's own client of it.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { InvokeCommand, type InvokeCommandInput, LambdaClient, type LambdaServiceException } from '@aws-sdk/client-lambda'
import { Deliveries } from '../node-host/src/lambda/deliveries.ts'
import { Capacity } from '../node-host/src/lambda/functions.ts'
import { targetIn } from '../node-host/src/lambda/names.ts'
import { FakeFunctions, NAMES } from '../node-host/src/lambda/test-functions.ts'
import { lambdaApi } from '../node-host/src/server/lambda-api.ts'
import { listen } from '../node-host/src/server/listen.ts'

interface Answer {
  input?: unknown
  env?: string
  qualifier?: string
  trace?: string
  arn?: string
  clientContext?: string
}

export async function serving(t: TestContext, limits = { perEnvironment: 100, total: 1000 }) {
  const functions = new FakeFunctions()
  const capacity = new Capacity(limits)
  const destination = ({ env }: { env: string }) => targetIn(NAMES, 'failed', env)
  const deliveries = new Deliveries({ functions, capacity, log: () => {}, destination, scale: 1 / 60_000 })
  const server = await listen(0, lambdaApi({ names: NAMES, functions, capacity, deliveries }))
  t.after(async () => {
    functions.release()
    deliveries.close()
    await server.close()
  })
  const client = sdk(t, server.url, 1)
  const send = (input: Partial<InvokeCommandInput>) =>
    client.send(new InvokeCommand({ FunctionName: 'switchyard-echo', ...input }))
  const invoke = async (input: Partial<InvokeCommandInput>) => {
    const result = await send(input)
    const text = result.Payload?.transformToString() ?? ''
    return { status: result.StatusCode, result, answer: (text === '' ? {} : JSON.parse(text)) as Answer }
  }
  const fails = async (input: Partial<InvokeCommandInput>) => {
    const error = await send(input).then(
      () => assert.fail('it was expected to fail'),
      (error: LambdaServiceException & { Reason?: string }) => error,
    )
    const { name, message, Reason, $metadata } = error
    return { name, status: $metadata.httpStatusCode, message, ...(Reason === undefined ? {} : { reason: Reason }) }
  }
  return { url: server.url, client, functions, invoke, fails }
}

export function sdk(t: TestContext, endpoint: string, maxAttempts: number): LambdaClient {
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  const client = new LambdaClient({ endpoint, region: 'eu-west-2', credentials, maxAttempts })
  t.after(() => client.destroy())
  return client
}

export function call(url: string, trace: string, type = 'RequestResponse'): Promise<Response> {
  const headers = { 'X-Amzn-Trace-Id': trace, 'X-Amz-Invocation-Type': type }
  return fetch(`${url}/2015-03-31/functions/switchyard-echo/invocations`, { method: 'POST', headers })
}

/** Sends a request with a Host of its own, which `fetch` does not. */
export async function raw(port: string, host: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1')
  const path = '/2015-03-31/functions/switchyard-echo/invocations'
  socket.end(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}
