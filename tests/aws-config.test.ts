// What belongs to an environment: plain values from a file, secrets from a real API server's Parameter Store.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { Config, ConfigFile, ssmSecrets } from '../node-host/src/aws/config.ts'
import type { HostFailure } from '../node-host/src/errors.ts'
import { startAws } from './real-parts.ts'

Object.assign(process.env, await startAws({ after }))
const ssm = new SSMClient({})
const store = (Name: string, Value: string) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }))

const FILE = {
  common: { bucket: 'common-bucket', lease_s: 60 },
  environments: { prod: { bucket: 'prod-bucket', in_flight: 500 } },
}
const config = (env: string, file: object | string = FILE, secrets = ssmSecrets()) => {
  const text = typeof file === 'string' ? file : JSON.stringify(file)
  return new Config(env, Promise.resolve(new ConfigFile('config.json', text)), secrets)
}

test("an environment's own value, else the common one, else the default", async () => {
  const values = async (env: string) => {
    const its = config(env)
    return [await its.get('bucket'), await its.get('in_flight'), await its.get('lease_s'), await its.get('start')]
  }
  assert.deepEqual(await values('prod'), ['prod-bucket', 500, 60, 8])
  assert.deepEqual(await values('other'), ['common-bucket', 100, 60, 8])
})

test("a secret is its environment's, is kept, and is read anew when that is asked for", async () => {
  await store('/switchyard/dev/redis_url', 'redis://dev')
  await store('/switchyard/prod/redis_url', 'redis://prod')
  const [dev, prod] = [config('dev'), config('prod')]
  assert.deepEqual([await dev.get('redis_url'), await prod.get('redis_url')], ['redis://dev', 'redis://prod'])
  await store('/switchyard/dev/redis_url', 'redis://dev-2')
  assert.equal(await dev.get('redis_url'), 'redis://dev')
  dev.refresh()
  assert.equal(await dev.get('redis_url'), 'redis://dev-2')
})

for (const [what, file, says] of [
  ['missing', {}, 'config.json: environments.dev.bucket is missing, expected the name of an S3 bucket'],
  [
    'a wrong type',
    { environments: { prod: { in_flight: '5' } } },
    'config.json: environments.prod.in_flight is `"5"`, expected a whole number from 1 to 100000',
  ],
  [
    'no certificate',
    { common: { redis_ca: '/etc/ca.pem' } },
    'config.json: common.redis_ca is `"/etc/ca.pem"`, expected a certificate in PEM',
  ],
  [
    'out of range',
    { common: { inline_limit_bytes: 1_048_577 } },
    'config.json: common.inline_limit_bytes is `1048577`, expected a whole number from 1000 to 1048576',
  ],
  [
    'a secret in the file',
    { common: { redis_url: 'redis://:pw@x' } },
    'config.json: common.redis_url is a secret, expected it in SSM',
  ],
  ['an unknown key', { common: { bukcet: 'x' } }, 'config.json: common.bukcet is unknown, expected one of bucket, redis_url,'],
  ['an unknown section', { dev: {} }, 'config.json: dev is unknown, expected common or environments'],
  ['no object', { environments: { dev: [] } }, 'config.json: environments.dev: got `[]`, expected a JSON object'],
  ['no JSON', '{"common":', 'config.json: expected JSON ('],
] as const) {
  test(`refused: ${what}`, async () => {
    const error = await refusal(async () => config('dev', file).get('bucket'))
    assert.ok(error.message.startsWith(says), error.message)
    assert.doesNotMatch(error.message, /pw/)
  })
}

test('a secret that is missing or wrong is told by its path alone', async () => {
  assert.equal(
    (await refusal(() => config('nowhere').get('redis_url'))).message,
    'SSM parameter /switchyard/nowhere/redis_url is missing, expected redis://… or rediss://…',
  )
  await store('/switchyard/wrong/redis_url', 'top secret')
  assert.equal(
    (await refusal(() => config('wrong').get('redis_url'))).message,
    'SSM parameter /switchyard/wrong/redis_url: expected redis://… or rediss://…; what it is stays secret',
  )
})

test('a broken value is no matter while another is used', async () => {
  const its = config('dev', { common: { bucket: 'a-bucket' } }, async () => assert.fail('no secret is needed'))
  assert.equal(await its.get('bucket'), 'a-bucket')
})

async function refusal(ask: () => Promise<unknown>): Promise<HostFailure> {
  const error = await ask().then(
    () => assert.fail('it was not refused'),
    (error: HostFailure) => error,
  )
  assert.equal(error.retry, false)
  return error
}
