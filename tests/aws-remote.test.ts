// The command line with --env: an environment on AWS, its functions being the zip's own, before S3, SSM and Redis. What it says
// when one of them is not as it should be.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startWorld } from './aws-world.ts'
import { digest, GOLDEN } from './golden.ts'
import { EXAMPLES, edit, folder, market, switchyard } from './support.ts'

// As node-host/config.json names it, from which the command line has it. So few in flight make long chains of parts, and there is always
// a place for what the command line calls.
const BUCKET = 'switchyard-prod'
const file = { after } as unknown as TestContext
const world = await startWorld(file, { config: { bucket: BUCKET, in_flight: 3, start: 2 }, processes: 4 })
Object.assign(process.env, world.aws, { AWS_ENDPOINT_URL_LAMBDA: world.server.url })
const s3 = new S3Client({})
await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: 'eu-west-2' } }))
after(() => s3.destroy())

const UNDERCUT = join(EXAMPLES, 'undercut.json')
const QUESTION = ['--visits', String(GOLDEN.visits), '--chunk', '10_000', '--quiet']

const prod = (cwd: string, ...args: string[]) => switchyard(cwd, [...args, '--env', 'prod'])

test('predict: the golden report, made by the functions of the alias; then the run is there to list and to watch', async (t) => {
  const path = folder(t)
  const aliases = new Set<string>()
  world.functions.onCall = ({ qualifier, env }) => aliases.add(`${qualifier} ${env}`)
  const { code, stdout, stderr } = await prod(path, 'predict', UNDERCUT, ...QUESTION, '--out', 'out')
  world.functions.onCall = () => {}
  assert.equal(code, 0, stderr)
  assert.match(stdout, /Gorsley Power, Undercut 12 Months/)
  assert.equal(digest(readFileSync(join(path, 'out/report.json'))), GOLDEN.sha256.undercut)
  assert.deepEqual([...aliases], ['PROD prod'])
  const { run, where, env } = JSON.parse(readFileSync(join(path, 'out/run.json'), 'utf8'))
  assert.deepEqual([where, env], ['AWS', 'prod'])
  const runs = JSON.parse((await prod(path, 'runs', '--json')).stdout)
  assert.deepEqual([runs[0].run, runs[0].state], [run, 'completed'])
  const watched = await prod(path, 'watch', run)
  assert.deepEqual([watched.code, watched.stderr], [0, `Run ${run} is completed.\n`])
  const cancelled = await prod(path, 'cancel', run)
  assert.deepEqual([cancelled.code, cancelled.stdout], [1, `Run ${run} is completed already.\n`])
})

test('call --async: the run is named after the request; cancelled by name, it is resumed to its end', async (t) => {
  const path = folder(t)
  await storeExample('inputs/async')
  const input = { scenario: 'inputs/async/undercut.json', visits: GOLDEN.visits, chunk: 10_000 }
  const called = await prod(path, 'call', 'plan', JSON.stringify(input), '--async')
  const { run, request_id } = JSON.parse(called.stdout)
  assert.equal(run, request_id)
  await world.until('prod', run, ({ state, done }) => state === 'running' && done > 0)
  const cancelled = await prod(path, 'cancel', run)
  assert.deepEqual([cancelled.code, cancelled.stdout.split('.')[0]], [0, `Run ${run} is cancelled`], cancelled.stderr)
  const watched = await prod(path, 'watch', run)
  assert.equal(watched.code, 1)
  assert.match(
    watched.stderr,
    new RegExp(`^The run was cancelled by command-line \\(.+@.+\\)\nTo go on: switchyard resume ${run} --env prod\n`, 'i'),
  )
  const resumed = await prod(path, 'resume', run, '--quiet')
  assert.deepEqual([resumed.code, resumed.stderr], [0, `Run ${run} is completed.\n`])
  assert.equal(digest(await report(run)), GOLDEN.sha256.undercut)
})

test('Redis out of reach for longer than it is waited for, then back and empty: the prediction goes on', async (t) => {
  const path = folder(t)
  const { code, stderr } = await switchyard(
    path,
    ['predict', UNDERCUT, ...QUESTION, '--out', 'out', '--env', 'prod'],
    async () => {
      const one = await running()
      await world.until('prod', one, ({ done }) => done > 0)
      await world.redis.stop()
      await sleep(6500)
      await world.redis.start()
    },
  )
  assert.equal(code, 0, stderr)
  const said = stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/Redis at \S+/, 'Redis'))
  assert.match(said[0] ?? '', /^Redis is out of reach: /)
  assert.equal(said[1], 'Redis is back')
  // Unless a part that misses the run resumes it before the client looks.
  const resumed = 'The ledger of AWS has lost the run: resuming it from what is stored'
  assert.deepEqual(said.slice(2), said.length > 2 ? [resumed] : [])
  assert.equal(digest(readFileSync(join(path, 'out/report.json'))), GOLDEN.sha256.undercut)
})

test('bad input is told as it is anywhere, exit code 2', async (t) => {
  const path = market(t)
  edit(join(path, 'model.json'), (text) => text.replace('7.1', '1e999'))
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await prod(path, ...args)
    assert.deepEqual([code, stdout], [2, ''], stderr)
    return stderr
  }
  assert.match(await refused('predict', 'small.json', '--quiet'), /^model\.json, line 3, coefficients\.no_switch\.mean: expected/)
  assert.match(await refused('call', 'plan', '{"scenario": "inputs/none"}'), /^inputs\/none: got `inputs\/none`, expected a file/)
  assert.match(
    await refused('call', 'plan', '{"scenario": 5}'),
    /^malformed message: input, line 1, scenario: got `5`, expected an object/,
  )
  assert.match(await refused('call', 'plan', '{"run": 5}'), /^run: got `5`, expected the name of a run/)
  assert.match(await refused('call', 'replan'), /^no component is called `replan`: there are plan, fit, .*ResourceNotFound/)
  assert.match(await refused('cancel', 'nothing'), /^no run is called `nothing` in environment `prod`/)
  assert.match(await refused('watch', 'nothing'), /^no run `nothing` is known in environment `prod` of AWS/)
  assert.match(await refused('watch', 'no thing'), /^RUN: got `no thing`, expected 1 to 64 letters, digits, - or _/)
  const { code, stderr } = await switchyard(path, ['runs', '--env', 'nowhere'])
  assert.equal(code, 2)
  assert.match(stderr, /^node-host\/config\.json: environments\.nowhere\.bucket is missing, expected the name of an S3 bucket\n$/)
})

test('a function that ends instead of answering is told with what Lambda says of it', async (t) => {
  world.functions.onCall = (_, child) => void child.kill('SIGKILL')
  const { code, stderr } = await prod(folder(t), 'call', 'resume', '{"run": "any"}')
  world.functions.onCall = () => {}
  assert.equal(code, 1)
  assert.match(stderr, /^resume: Runtime\.ExitError: .*exit status SIGKILL/)
})

test('what AWS refuses is told in words, soon', async (t) => {
  const denying = createServer((request, response) => {
    request.resume()
    const error = '<Error><Code>AccessDenied</Code><Message>not yours</Message></Error>'
    response.writeHead(403, { 'content-type': 'application/xml' }).end(error)
  }).listen(0, '127.0.0.1')
  await once(denying, 'listening')
  t.after(() => denying.close())
  const denied = { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(denying.address() as AddressInfo).port}` }
  const predict = ['predict', UNDERCUT, '--quiet']
  const cases: [args: string[], env: Record<string, string>, says: RegExp][] = [
    [
      [...predict, '--env', 'prod'],
      denied,
      /^S3 bucket switchyard-prod: AccessDenied: not yours \(HTTP 403\)\nTo continue: .*\n$/,
    ],
    [[...predict, '--env', 'staging'], {}, /^S3 bucket switchyard-staging: NoSuchBucket: .* \(HTTP 404\)\nTo continue: .*\n$/],
    [['call', 'plan', '--env', 'qa_1'], {}, /^node-host\/config.json: environments.qa_1.bucket is missing/],
    [['runs', '--env', 'prod'], { AWS_ACCESS_KEY_ID: '' }, /^SSM parameter .*CredentialsProviderError: .* expected AWS_PROFILE/],
    [['runs', '--env', 'prod'], { AWS_REGION: '' }, /^SSM parameter .*Region is missing: expected AWS_REGION/],
  ]
  for (const [args, env, says] of cases) {
    const began_ms = Date.now()
    const { code, stderr } = await withEnv(env, () => switchyard(folder(t), args))
    assert.match(stderr, says)
    assert.notEqual(code, 0)
    assert.ok(Date.now() - began_ms < 10_000, `${args}: ${Date.now() - began_ms} ms`)
  }
})

test('without Redis every command that needs it ends soon and says so', async (t) => {
  await world.redis.stop()
  for (const args of [['runs'], ['watch', 'any', '--quiet']]) {
    const began_ms = Date.now()
    const { code, stderr } = await prod(folder(t), ...args)
    assert.equal(code, 1)
    assert.match(stderr, /^Redis at 127\.0\.0\.1:\d+ gave no answer within 5 s: connect ECONNREFUSED/m)
    assert.ok(Date.now() - began_ms < 15_000, `${Date.now() - began_ms} ms`)
  }
})

/** The run that is running. */
async function running(): Promise<string> {
  for (const end_ms = Date.now() + 30_000; ; await sleep(50)) {
    const one = (await world.ledger.runs('prod')).find(({ state }) => state === 'running')
    if (one) return one.run
    if (Date.now() > end_ms) throw new Error('no run is running')
  }
}

async function storeExample(prefix: string): Promise<void> {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3')
  for (const name of ['undercut.json', 'tariffs.csv', 'rates.csv', 'visits.csv', 'model.json']) {
    const Body = readFileSync(join(EXAMPLES, name))
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/${name}`, Body }))
  }
}

async function report(run: string): Promise<Uint8Array> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3')
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `prod/runs/${run}/report.json` }))
  return (await Body?.transformToByteArray()) ?? new Uint8Array()
}

/** Begins something while variables of the environment are others; an empty one is none. */
function withEnv<T>(env: Record<string, string>, begin: () => Promise<T>): Promise<T> {
  const before = { ...process.env }
  for (const [name, value] of Object.entries(env)) {
    if (value === '') delete process.env[name]
    else process.env[name] = value
  }
  try {
    return begin()
  } finally {
    for (const name of Object.keys(env)) delete process.env[name]
    Object.assign(process.env, before)
  }
}
