// How AWS is asked: where, in whose name, with signatures that AWS's own Python library makes too, and not for ever.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { accountFor, addressOf } from '../node-host/src/aws/account.ts'
import { ssmSecrets } from '../node-host/src/aws/config.ts'
import { call, invoke } from '../node-host/src/aws/lambda.ts'
import { S3Blobs } from '../node-host/src/aws/s3.ts'
import { send } from '../node-host/src/aws/send.ts'
import { pythonProgram } from './real-parts.ts'
import { folder } from './support.ts'

interface Heard {
  method: string | undefined
  url: string
  headers: IncomingMessage['headers']
  body: number[]
}

const heard: Heard[] = []
/** Silent, cut off in the middle, or what says the least to whoever asked. */
const server = createServer(async (request, response) => {
  const { method, url = '', headers } = request
  heard.push({ method, url: `${endpoint}${url}`, headers, body: [...(await buffer(request))] })
  if (url === '/cut') return void response.writeHead(200, { 'content-length': 9 }).write('half', () => response.destroy())
  if (url !== '/silent') response.end('{"Parameter":{}}')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const endpoint = `http://127.0.0.1:${port}`
after(() => {
  server.closeAllConnections()
  server.close()
})

const NONE = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_ENDPOINT_URL']
const LAMBDA = {
  AWS_REGION: 'eu-west-2',
  AWS_ACCESS_KEY_ID: 'access',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session',
}

/** Sets the environment's variables that say who asks, until the test ends. */
function setEnv(t: TestContext, env: Record<string, string>): void {
  const before = { ...process.env }
  for (const name of NONE) delete process.env[name]
  Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', ...env })
  t.after(() => {
    for (const name of Object.keys(process.env)) delete process.env[name]
    Object.assign(process.env, before)
  })
}

/** What `aws configure` writes, and a section of services. */
function setFiles(t: TestContext): Record<string, string> {
  const at = folder(t)
  const [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE] = [join(at, 'config'), join(at, 'credentials')]
  const services = '[services mine]\ns3 =\n  endpoint_url = http://s3.test\n'
  writeFileSync(AWS_CONFIG_FILE, `[profile p]\nregion = eu-west-1\nendpoint_url = http://all.test\nservices = mine\n${services}`)
  writeFileSync(AWS_SHARED_CREDENTIALS_FILE, '[p]\naws_access_key_id = of-p\naws_secret_access_key = secret-of-p\n')
  return { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }
}

test('as Lambda says: all is in the environment', async (t) => {
  setEnv(t, { ...LAMBDA, AWS_ENDPOINT_URL: 'http://all.test', AWS_ENDPOINT_URL_SSM: 'http://ssm.test' })
  const [s3, ssm] = [await accountFor('s3'), await accountFor('ssm')]
  assert.deepEqual([s3.region, s3.endpoint, ssm.endpoint], ['eu-west-2', 'http://all.test', 'http://ssm.test'])
  assert.deepEqual(await s3.credentials(), { accessKeyId: 'access', secretAccessKey: 'secret', sessionToken: 'session' })
})

test('as a profile says; what the environment says of places counts before it', async (t) => {
  setEnv(t, { ...setFiles(t), AWS_PROFILE: 'p', AWS_ENDPOINT_URL_LAMBDA: 'http://lambda.test' })
  const accounts = await Promise.all([accountFor('s3'), accountFor('ssm'), accountFor('lambda')])
  const endpoints = accounts.map(({ endpoint }) => endpoint)
  assert.deepEqual(endpoints, ['http://s3.test', 'http://all.test', 'http://lambda.test'])
  assert.equal(accounts[0]?.region, 'eu-west-1')
  assert.equal((await accounts[0]?.credentials())?.accessKeyId, 'of-p')
})

test('what nobody says is told by name', async (t) => {
  setEnv(t, { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' })
  await assert.rejects(accountFor('s3'), /Region is missing/)
  process.env.AWS_REGION = 'eu-west-2'
  const { credentials } = await accountFor('s3')
  await assert.rejects(credentials(), { name: 'CredentialsProviderError' })
})

test('where services are', () => {
  const account = (region: string, endpoint?: string) => ({ region, endpoint, credentials: () => assert.fail('not needed') })
  assert.equal(addressOf('ssm', account('eu-west-2')).href, 'https://ssm.eu-west-2.amazonaws.com/')
  assert.equal(addressOf('s3', account('cn-north-1'), 'blobs.').href, 'https://blobs.s3.cn-north-1.amazonaws.com.cn/')
  assert.equal(addressOf('s3', account('eu-west-2', 'http://a.test/b'), 'blobs.').href, 'http://a.test/b')
})

test("signatures are those of AWS's own Python library", async (t) => {
  setEnv(t, { ...LAMBDA, AWS_ENDPOINT_URL: endpoint })
  heard.length = 0
  const blobs = new S3Blobs('blobs')
  const key = "dev/runs/R/a b+c&d=é%2F?#(!'*)~/1"
  await blobs.write(key, Uint8Array.of(0, 255, 1))
  await blobs.write(key, new Uint8Array())
  await blobs.read(key)
  await blobs.list('dev/runs/R/a b+c')
  const functions = { prefix: 'switchyard-', qualifier: 'PROD', env: 'prod', blobs, inline_limit_bytes: 1000 }
  await invoke(functions, 'plan', new TextEncoder().encode('{"trace": "Root=1-2-3"}'))
  await call(functions, 'plan', new TextEncoder().encode('{}'), 'me')
  await ssmSecrets()('/switchyard/prod/redis_url', false)
  const expected = heard.map(({ headers }) => /Signature=(\w+)/.exec(headers.authorization ?? '')?.[1])
  const input = heard.map(({ headers, ...rest }, at) => {
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? []
    const signed = Object.fromEntries(names.split(';').map((name) => [name, headers[name]]))
    assert.ok(signed.host && signed['x-amz-security-token'] && signed['x-amz-content-sha256'], names)
    return JSON.stringify({ ...rest, headers: signed, service: at < 4 ? 's3' : at < 6 ? 'lambda' : 'ssm' })
  })
  const script = fileURLToPath(new URL('signature.py', import.meta.url))
  const theirs = execFileSync(pythonProgram('python'), [script], { input: input.join('\n'), encoding: 'utf8' })
  assert.deepEqual(theirs.trim().split('\n'), expected)
  assert.equal(expected.length, 7)
})

test('who says nothing, or half of it, is not waited for for ever', async () => {
  const ask = (path: string) =>
    send({ ...{ method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port, path }, headers: {} }, 200, signal)
  const signal = AbortSignal.timeout(10_000)
  await assert.rejects(ask('/silent'), { name: 'TimeoutError', code: 'ETIMEDOUT', message: 'no answer within 200 ms' })
  await assert.rejects(ask('/cut'), { code: 'ECONNRESET' })
})
