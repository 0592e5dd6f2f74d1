// A new instance of a Lambda function: a process of the runtime client that Lambda itself uses, before a server of the Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) that gives it one event.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { runtimeClientProgram } from '../setup/lambda.mjs'

export interface Instance {
  /** Where the code is. */
  folder: string
  /** Which export of `index.mjs`. */
  handler: string
  /** The function's ARN, with the alias. */
  arn: string
  event: unknown
  env?: Record<string, string>
}

export interface Started {
  /** From the start of the process. */
  answered_ms: number
  /** What it answered, or what it said of its error. */
  answer: unknown
}

/** Starts an instance, has it answer its first event, and ends it. */
export async function start({ folder, handler, arn, event, env = {} }: Instance): Promise<Started> {
  const answered = Promise.withResolvers<[at: number, answer: unknown]>()
  let given = false
  const server = createServer(async (request, response) => {
    if (request.url?.endsWith('/invocation/next')) {
      // Who asks for another waits until its end.
      if (!given) giveEvent(response, arn, event)
      given = true
    } else {
      const at = performance.now()
      answered.resolve([at, JSON.parse((await buffer(request)).toString())])
      response.writeHead(202).end('{}')
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const own = { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`, LAMBDA_TASK_ROOT: folder, _HANDLER: `index.${handler}` }
  const started = performance.now()
  const child = spawn(process.execPath, [runtimeClientProgram, own._HANDLER], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...RESERVED, ...own, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const [at, answer] = await Promise.race([answered.promise, endOf(child)])
    return { answered_ms: at - started, answer }
  } finally {
    child.kill('SIGKILL')
    server.closeAllConnections()
    server.close()
  }
}

/** What Lambda sets for every function. */
const RESERVED = {
  AWS_REGION: 'eu-west-2',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_FUNCTION_NAME: 'switchyard',
  AWS_LAMBDA_FUNCTION_VERSION: '1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
  AWS_LAMBDA_LOG_GROUP_NAME: 'bench',
  AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
}

function giveEvent(response: ServerResponse, arn: string, event: unknown): void {
  const headers = {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': randomUUID(),
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + 60_000),
    'Lambda-Runtime-Invoked-Function-Arn': arn,
    'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
  }
  response.writeHead(200, headers).end(JSON.stringify(event))
}

async function endOf(child: ChildProcess): Promise<never> {
  const errors = child.stderr ? buffer(child.stderr) : Promise.resolve('')
  const [code, signal] = await once(child, 'exit')
  throw new Error(`the instance ended before it answered (${code ?? signal}): ${await errors}`)
}
