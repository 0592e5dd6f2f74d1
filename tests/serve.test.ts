// The development server as its users meet it: `switchyard serve` in one terminal, AWS's own clients in another.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { digest, GOLDEN } from './golden.ts'
import { pythonProgram, startRedis } from './real-parts.ts'
import { EXAMPLES, folder, PROGRAM, switchyard } from './support.ts'

const execute = promisify(execFile)
const CREDENTIALS = {
  AWS_REGION: 'eu-west-2',
  AWS_DEFAULT_REGION: 'eu-west-2',
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
}
const ENV = { PATH: process.env.PATH, ...CREDENTIALS }

test('the AWS command line runs a prediction: the report is what `switchyard predict` writes', async (t) => {
  const { url, cwd } = await serving(t)
  const scenario = await storeExample(url, 'prod')
  const answered = join(cwd, 'answered.json')
  const payload = JSON.stringify({ scenario, visits: GOLDEN.visits })
  const invoke = ['lambda', 'invoke', '--endpoint-url', url, '--function-name', 'switchyard-plan', '--qualifier', 'PROD']
  const { stdout } = await execute(pythonProgram('aws'), [...invoke, '--payload', payload, answered], { env: ENV })
  assert.deepEqual(JSON.parse(stdout), { StatusCode: 200, ExecutedVersion: '$LATEST' })
  const { run, report } = JSON.parse(readFileSync(answered, 'utf8')) as { run: string; report: string }
  const watched = await switchyard(cwd, ['watch', run, '--server', url, '--env', 'prod'])
  assert.deepEqual([watched.code, watched.stderr.trim().split('\n').at(-1)], [0, `Run ${run} is completed.`])
  assert.equal(digest(await blob(url, 'prod', report)), GOLDEN.sha256.undercut)
})

const BOTO3 = `
import boto3, json, sys
url, scenario, visits = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = boto3.client("lambda", endpoint_url=url)
payload = json.dumps({"scenario": scenario, "visits": visits})
launched = client.invoke(FunctionName="switchyard-plan:STAGING", InvocationType="Event", Payload=payload)
refused = client.invoke(FunctionName="switchyard-resume", Payload='{"run": "nobody"}')
try:
    client.invoke(FunctionName="switchyard-nothing")
except client.exceptions.ResourceNotFoundException as error:
    absent = error.response["ResponseMetadata"]["HTTPStatusCode"]
print(json.dumps({
    "status": launched["StatusCode"], "run": launched["ResponseMetadata"]["RequestId"],
    "error": refused["FunctionError"], "said": json.load(refused["Payload"])["errorMessage"], "absent": absent,
}))
`

test('boto3 launches one by an event, with bus and ledger in Redis, and hears what is wrong in its own exceptions', async (t) => {
  const { url: redis } = await startRedis(t)
  const { url, cwd } = await serving(t, '--redis', redis)
  const scenario = await storeExample(url, 'staging')
  const script = join(cwd, 'client.py')
  writeFileSync(script, BOTO3)
  const args = [script, url, scenario, String(GOLDEN.visits)]
  const { status, run, ...wrong } = JSON.parse((await execute(pythonProgram('python'), args, { env: ENV })).stdout)
  const said = 'no run is called `nobody` in environment `dev`: it was never planned there, or is forgotten'
  assert.deepEqual([status, wrong], [202, { error: 'Unhandled', said, absent: 404 }])
  const watched = await switchyard(cwd, ['watch', run, '--quiet', '--server', url, '--env', 'staging'])
  assert.equal(watched.code, 0, watched.stderr)
  assert.equal(digest(await blob(url, 'staging', `staging/runs/${run}/report.json`)), GOLDEN.sha256.undercut)
})

/** A server of its own, and where its client works. */
async function serving(t: TestContext, ...options: string[]): Promise<{ url: string; cwd: string }> {
  const cwd = folder(t)
  const server = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0', ...options], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(async () => {
    server.kill('SIGTERM')
    await once(server, 'exit')
  })
  for await (const line of createInterface(server.stderr)) {
    const url = /^Serving on (\S+)$/.exec(line)?.[1]
    if (url) return { url, cwd }
  }
  throw new Error('the server did not start')
}

async function storeExample(url: string, env: string): Promise<string> {
  for (const name of ['undercut.json', 'tariffs.csv', 'rates.csv', 'visits.csv', 'model.json']) {
    const body = readFileSync(join(EXAMPLES, name))
    const stored = await fetch(`${url}/blobs/inputs/${name}?env=${env}`, { method: 'PUT', body })
    assert.equal(stored.ok, true, name)
  }
  return 'inputs/undercut.json'
}

async function blob(url: string, env: string, key: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(`${url}/blobs/${key}?env=${env}`)).arrayBuffer())
}
