// A server that is killed, and the one after it: what was stored is listed, gone on with, and removed.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { digest } from './golden.ts'
import { startRedis } from './real-parts.ts'
import { market, PROGRAM, switchyard } from './support.ts'

const ASKED = ['predict', 'small.json', '--visits', '1_000_000', '--quiet']

interface Line {
  run: string
  state: string
  done: number
  bytes: number
}

async function serving(t: TestContext, cwd: string, ...options: string[]): Promise<{ server: ChildProcess; url: string }> {
  const args = [PROGRAM, 'serve', '--port', '0', '--workers', '2', ...options]
  const server = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => server.kill('SIGKILL'))
  for await (const line of createInterface(server.stderr as NodeJS.ReadableStream)) {
    const [, url] = /^Serving on (\S+)$/.exec(line) ?? []
    if (url !== undefined) return { server, url }
  }
  throw new Error('the server did not start')
}

async function runs(url: string): Promise<Line[]> {
  return ((await (await fetch(`${url}/runs`)).json()) as { runs: Line[] }).runs
}

/** Begins a prediction at a server and kills that when something of it is done. */
async function killed(t: TestContext, path: string, ...options: string[]): Promise<string> {
  const { server, url } = await serving(t, path, ...options)
  const client = switchyard(path, [...ASKED, '--out', 'there', '--server', url], async (pid) => {
    while (!(await runs(url)).some(({ done }) => done > 0)) await sleep(5)
    process.kill(pid, 'SIGINT')
  })
  const { code, stderr } = await client
  const [, run = ''] = /The run goes on there\. To see it: switchyard watch (\w+) --server/.exec(stderr) ?? []
  assert.deepEqual([code, run === ''], [130, false], stderr)
  server.kill('SIGKILL')
  await once(server, 'exit')
  return run
}

test('without a Redis, its runs are interrupted: listed, watched, resumed, and removed when they are old', async (t) => {
  const path = market(t)
  const run = await killed(t, path)
  const stored = JSON.parse((await switchyard(path, ['runs', '--data', '.switchyard', '--json'])).stdout) as Line[]
  assert.deepEqual(
    stored.map(({ run, state }) => [run, state]),
    [[run, 'interrupted']],
  )
  const { url } = await serving(t, path)
  const at = (...args: string[]) => switchyard(path, [...args, '--server', url])
  const watched = await at('watch', run)
  assert.equal(watched.code, 1)
  assert.match(watched.stderr, new RegExp(`What is stored is not lost\\. To go on: switchyard resume ${run} --server ${url}\n$`))
  assert.equal((await at('resume', run, '--quiet')).code, 0)
  await switchyard(path, [...ASKED, '--out', 'here'])
  const report = new Uint8Array(await (await fetch(`${url}/runs/${run}/report`)).arrayBuffer())
  assert.equal(digest(report), digest(readFileSync(join(path, 'here/report.json'))))
  assert.match((await at('runs')).stdout, new RegExp(`^${run}  completed  100 %  [\\d-]{10} [\\d:]{8}  +[\\d.]+ MB$`, 'm'))
  assert.equal(
    (await at('runs', '--prune', '--keep', '1')).stdout,
    `No run in environment dev of the development server at ${url} is to be removed.\n`,
  )
  const dry = await at('runs', '--prune', '--keep', '0')
  assert.match(dry.stderr, /^To remove this run, [\d.]+ MB: add --yes\n$/)
  assert.equal((await runs(url)).length, 1)
  assert.match((await at('runs', '--prune', '--keep', '0', '--yes')).stderr, /^Removed 1 of 1 runs, [\d.]+ MB\.\n$/)
  assert.deepEqual(await runs(url), [])
})

test('with a Redis, the next server does not wait for the leases of the one that was killed', async (t) => {
  const path = market(t)
  const redis = ['--redis', (await startRedis(t)).url]
  const run = await killed(t, path, ...redis)
  const { url } = await serving(t, path, ...redis)
  const before_ms = Date.now()
  const { code, stderr } = await switchyard(path, ['watch', run, '--quiet', '--server', url])
  assert.deepEqual([code, stderr], [0, `Run ${run} is completed.\n`])
  assert.ok(Date.now() - before_ms < 120_000)
})
