// All of AWS that Switchyard uses, on this machine: S3 and SSM by moto, Redis, and Lambda by the development server, with the zip's
// own code in processes of its own.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { unzipSync } from 'fflate'
import { Deliveries } from '../node-host/src/lambda/deliveries.ts'
import { Capacity } from '../node-host/src/lambda/functions.ts'
import { defaultNames, targetIn } from '../node-host/src/lambda/names.ts'
import { RedisBus } from '../node-host/src/redis/bus.ts'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger } from '../node-host/src/redis/ledger.ts'
import { lambdaApi } from '../node-host/src/server/lambda-api.ts'
import { listen } from '../node-host/src/server/listen.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import type { Answer } from '../wasm/pkg/switchyard.js'
import { LambdaProcesses } from './lambda-processes.ts'
import { startAws, startRedis } from './real-parts.ts'
import { EXAMPLES, folder } from './support.ts'

export const BUCKET = 'switchyard-test'

export interface WorldOptions {
  /** Values of config.json, for all environments. */
  config?: Record<string, unknown>
  /** Calls at once. */
  processes?: number
  execArgv?: string[]
}

export type World = Awaited<ReturnType<typeof startWorld>>

export async function startWorld(t: TestContext, { config = {}, processes = 2, execArgv = [] }: WorldOptions = {}) {
  const [aws, redis, { exports: wasm }] = await Promise.all([startAws(t), startRedis(t), loadPackage()])
  const names = defaultNames()
  const env: Record<string, string> = { ...aws, PATH: process.env.PATH ?? '', AWS_LAMBDA_FUNCTION_NAME: 'switchyard' }
  const bundle = unzipped(folder(t), { bucket: BUCKET, ...config })
  const functions = new LambdaProcesses({ folder: bundle, components: wasm.components(), env, execArgv })
  const capacity = new Capacity({ perEnvironment: processes, total: processes })
  const destination = (failed: { env: string }) => targetIn(names, 'failed', failed.env)
  const deliveries = new Deliveries({ functions, capacity, log: () => {}, destination, scale: 1 / 1000 })
  const server = await listen(0, lambdaApi({ names, functions, capacity, deliveries }))
  env.AWS_ENDPOINT_URL_LAMBDA = server.url
  t.after(async () => {
    deliveries.close()
    await server.close()
    await functions.close()
  })
  const clients = clientsOf(t, aws, server.url)
  await clients.s3.send(
    new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: 'eu-west-2' } }),
  )
  const setSecret = (name: string, Value: string) =>
    clients.ssm.send(new PutParameterCommand({ Name: name, Value, Type: 'SecureString', Overwrite: true }))
  for (const env of ['dev', 'staging', 'prod']) await setSecret(`/switchyard/${env}/redis_url`, redis.url)
  const connection = await Connection.to(redis.url, () => {})
  const bus = new RedisBus(connection)
  t.after(() => {
    bus.close()
    connection.close()
  })
  const ledger = new RedisLedger(connection, { in_flight: 100, start: 8, lease_s: 900, keep_s: 3600 })
  return { aws, redis, bus, ledger, functions, deliveries, server, setSecret, ...useOf(clients, ledger) }
}

function clientsOf(t: TestContext, aws: Record<string, string>, lambdaUrl: string) {
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = aws
  const common = { region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const s3 = new S3Client({ ...common, endpoint })
  const ssm = new SSMClient({ ...common, endpoint })
  const lambda = new LambdaClient({ ...common, endpoint: lambdaUrl, maxAttempts: 1 })
  t.after(() => {
    for (const client of [s3, ssm, lambda]) client.destroy()
  })
  return { s3, ssm, lambda }
}

/** What a client does with the world. */
function useOf({ s3, lambda }: ReturnType<typeof clientsOf>, ledger: RedisLedger) {
  const put = (Key: string, Body: Uint8Array) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))
  const get = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    return (await Body?.transformToByteArray()) ?? new Uint8Array()
  }
  const invoke = (component: string, input: unknown, alias: string, InvocationType: 'Event' | 'RequestResponse') => {
    const FunctionName = `switchyard-${component}`
    return lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(input), InvocationType, Qualifier: alias }))
  }
  const call = async (component: string, input: unknown, alias: string) => {
    const { Payload, FunctionError: error } = await invoke(component, input, alias, 'RequestResponse')
    return { error, answer: JSON.parse(Payload?.transformToString() || 'null') }
  }
  /** Gives the request's id, which is also the run's. */
  const launch = async (component: string, input: unknown, alias: string) => {
    const { $metadata } = await invoke(component, input, alias, 'Event')
    return $metadata.requestId ?? assert.fail('a request has an id')
  }
  const look = async (env: string, run: string): Promise<Answer> =>
    JSON.parse(await ledger.step(JSON.stringify({ env, run, by: 'test', act: { look: {} } })))
  /** Waits until a run is as it should be; 60 s at most. */
  const until = async (env: string, run: string, so: (answer: Answer) => boolean): Promise<Answer> => {
    for (const end = Date.now() + 180_000; ; await sleep(50)) {
      const answer = await look(env, run)
      if (so(answer)) return answer
      if (Date.now() > end) throw new Error(`run ${run} does not become so: ${JSON.stringify(answer)}`)
    }
  }
  /** Stores an example's scenario and its files under a folder of keys. */
  const storeExample = async (prefix: string) => {
    for (const name of ['undercut.json', 'tariffs.csv', 'rates.csv', 'visits.csv', 'model.json']) {
      await put(`${prefix}/${name}`, readFileSync(join(EXAMPLES, name)))
    }
    return `${prefix}/undercut.json`
  }
  return { put, get, call, launch, look, until, storeExample }
}

function unzipped(folder: string, common: Record<string, unknown>): string {
  const zip = readFileSync(new URL('../dist/switchyard.zip', import.meta.url))
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(unzipSync(zip))) writeFileSync(join(folder, name), bytes)
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ common }))
  return folder
}
