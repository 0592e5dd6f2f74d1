// Whole predictions over Redis as it is sold: a cluster, TLS and a user of few rights, a fail-over, keys that go. The report is the
// same bytes as without any of it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { documentedRights, startAddress, startCluster, startServer, startWithTls, until } from './redis-servers.ts'
import { folder, market, PROGRAM, switchyard } from './support.ts'

const QUESTION = ['small.json', '--visits', '120_000', '--quiet']
let undisturbed: Promise<Buffer> | undefined

async function predictedHere(t: TestContext): Promise<Buffer> {
  const cwd = market(t)
  const { code, stderr } = await switchyard(cwd, ['predict', ...QUESTION, '--out', 'run'])
  assert.equal(code, 0, stderr)
  return readFileSync(join(cwd, 'run/report.json'))
}

/** Predicts through a server with these options; `meanwhile` begins once the run is in the ledger. */
async function predicts(t: TestContext, options: string[], known: () => boolean, meanwhile = async () => {}): Promise<string> {
  const { url, log } = await serving(t, ...options)
  const cwd = market(t)
  const ended = switchyard(cwd, ['predict', ...QUESTION, '--server', url, '--out', 'run'])
  await until(known)
  await meanwhile()
  const { code, stderr } = await ended
  assert.equal(code, 0, `${stderr}${log()}`)
  undisturbed ??= predictedHere(t)
  assert.ok(readFileSync(join(cwd, 'run/report.json')).equals(await undisturbed))
  return log()
}

async function serving(t: TestContext, ...options: string[]) {
  const args = ['serve', '--port', '0', '--workers', '1', '--retry-scale', '0.01', ...options]
  const server = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder(t), stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(async () => {
    server.kill('SIGTERM')
    if (server.exitCode === null) await once(server, 'exit')
  })
  let logged = ''
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    logged += text
  })
  for await (const line of createInterface(server.stderr)) {
    const url = /^Serving on (\S+)$/.exec(line)?.[1]
    if (url) return { url, log: () => logged }
    logged += `${line}\n`
  }
  throw new Error(`the server did not start: ${logged}`)
}

describe('the same report', () => {
  test('over a cluster, by the name of a node that has not the keys', async (t) => {
    const [first, , third] = await startCluster(t)
    assert.ok(first && third)
    await predicts(t, ['--redis', third.url], () => first.cli('KEYS', '*run:*') !== '')
  })

  test('over TLS with an authority of its own, which is named, as a user of few rights; without it, that is what is said', async (t) => {
    const { server, url, caFile } = await startWithTls(t)
    server.cli('ACL', 'SETUSER', 'few', 'reset', 'on', '>pw', ...documentedRights('dev', 'staging', 'prod'))
    const log = await predicts(
      t,
      ['--redis', url.replace('//', '//few:pw@'), '--redis-ca', caFile],
      () => server.cli('KEYS', '*run:*') !== '',
    )
    assert.doesNotMatch(log, /NOPERM|expected the right/)
    const { code, stderr } = await switchyard(folder(t), ['serve', '--port', '0', '--redis', url])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^Redis at localhost:\d+ gave no answer within 5 s: .*certificate.*; expected .* as --redis-ca or redis_ca\n$/,
    )
  })

  test('through a fail-over: the old primary lives on as a replica, with its connections open', async (t) => {
    const primary = await startServer(t)
    const replica = await startServer(t, ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0'])
    await until(() => /master_link_status:up/.test(replica.cli('INFO', 'replication')))
    const address = await startAddress(t, primary)
    const log = await predicts(
      t,
      ['--redis', address.url],
      () => replica.cli('KEYS', '*run:*') !== '',
      async () => {
        replica.cli('REPLICAOF', 'NO', 'ONE')
        primary.cli('REPLICAOF', '127.0.0.1', String(replica.port))
        // The address follows later, as names do.
        await sleep(1000)
        address.lead(replica)
      },
    )
    assert.doesNotMatch(log, /READONLY/)
  })

  test('though single keys go, one after the other', async (t) => {
    const server = await startServer(t)
    const keys = () => server.cli('KEYS', 'switchyard:{dev}:*').split('\n').filter(Boolean)
    const run = () => keys().find((key) => key.includes(':run:')) ?? ''
    await predicts(
      t,
      ['--redis', server.url],
      () => run() !== '',
      async () => {
        server.cli('DEL', run())
        for (const key of ['leases', 'ledger']) {
          await until(() => run() !== '' && keys().some((key) => key.endsWith(':leases')))
          server.cli('DEL', `switchyard:{dev}:${key}`)
        }
      },
    )
  })
})
