// Redis as a cluster: whichever node is named, and when one of them dies.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisBus } from '../node-host/src/redis/bus.ts'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger, type Step } from '../node-host/src/redis/ledger.ts'
import type { Answer } from '../wasm/pkg/switchyard.js'
import { startCluster, until } from './redis-servers.ts'

const LIMITS = { in_flight: 100, start: 100, lease_s: 60, keep_s: 3600 }
const nodes = await startCluster({ after })

async function client(url: string) {
  const connection = await Connection.to(url, () => {})
  const bus = new RedisBus(connection)
  after(() => {
    bus.close()
    connection.close()
  })
  const ledger = new RedisLedger(connection, LIMITS)
  const take = async (run: string, act: Step['act'], env = 'dev') =>
    JSON.parse(await ledger.step(JSON.stringify({ env, run, by: 'me', act }))) as Answer
  return { bus, ledger, take }
}

const opening = (parts: string[]): Step['act'] => {
  const given = { envelope: '{}', budget: 1e6, of: parts.length, losses_allowed: 0, gates: [], last: '', done: [], again: false }
  return { open: { ...given, next: parts.map((part) => ({ part })) } }
}

test('whichever node is named: one ledger, and one bus', async () => {
  const clients = await Promise.all(nodes.map(({ url }) => client(url)))
  const heard: string[] = []
  for (const [at, { bus }] of clients.entries()) await bus.subscribe('switchyard:dev:*', (topic) => heard.push(`${at} ${topic}`))
  for (const [at, { take }] of clients.entries()) {
    await take(`run-${at}`, opening(['a/1']))
    // Its keys are on another node.
    await take(`run-${at}`, opening(['a/1']), 'prod')
  }
  for (const { take, ledger } of clients) {
    assert.equal((await take('run-0', { look: {} })).state, 'running')
    assert.equal((await ledger.runs('dev')).length, 4)
    assert.equal((await ledger.runs('prod')).length, 4)
  }
  for (const [at, { bus }] of clients.entries()) await bus.publish(`switchyard:dev:${at}`, new Uint8Array())
  await until(() => heard.length === 16)
  const all = clients.flatMap((_, by) => clients.map((_, of) => `${by} switchyard:dev:${of}`))
  assert.deepEqual(heard.sort(), all.sort())
})

test('a slot that moves to another node is asked for there', async () => {
  const [first, second] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
  const { take } = await client(first.url)
  await take('moves', opening(['a/1']), 'moving')
  const slot = first.cli('CLUSTER', 'KEYSLOT', '{moving}')
  const owner = nodes.find(
    ({ cli }) => cli('CLUSTER', 'COUNTKEYSINSLOT', slot) !== '0' && /role:master/.test(cli('INFO', 'replication')),
  )
  const target = owner === second ? first : second
  assert.ok(owner)
  target.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner.cli('CLUSTER', 'MYID'))
  owner.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.cli('CLUSTER', 'MYID'))
  const keys = owner.cli('CLUSTER', 'GETKEYSINSLOT', slot, '10').split('\n')
  const half = keys.slice(1)
  owner.cli('MIGRATE', '127.0.0.1', String(target.port), '', '0', '5000', 'KEYS', ...half)
  // While some keys are here and some there, nobody can do it.
  const looked = take('moves', { look: {} }, 'moving')
  await sleep(100)
  owner.cli('MIGRATE', '127.0.0.1', String(target.port), '', '0', '5000', 'KEYS', ...keys.slice(0, 1))
  assert.equal((await looked).state, 'running')
  for (const { cli } of [target, owner]) cli('CLUSTER', 'SETSLOT', slot, 'NODE', target.cli('CLUSTER', 'MYID'))
  assert.equal((await take('moves', { look: {} }, 'moving')).state, 'running')
})

test('the node that was named and has the keys dies: within seconds its replica is asked, and subscriptions go on', async () => {
  const [first] = nodes as [(typeof nodes)[0]]
  const { take, bus } = await client(first.url)
  // Another's, through which it learns of the other nodes.
  await take('elsewhere', opening(['a/1']), 'prod')
  assert.equal((await take('survives', opening(['a/1', 'a/2']))).launches.length, 2)
  let heard = 0
  await bus.subscribe('switchyard:dev:*', () => {
    heard += 1
  })
  await first.kill()
  const died = performance.now()
  let answer: Answer | undefined
  await until(async () => {
    answer = await take('survives', opening(['a/1', 'a/2'])).catch(() => undefined)
    return answer !== undefined
  })
  assert.equal(answer?.launches.length, 2, 'granted again what has not begun')
  await until(async () => {
    await bus.publish('switchyard:dev:x', new Uint8Array()).catch(() => {})
    return heard > 0
  })
  assert.ok(performance.now() - died < 10_000, `${performance.now() - died} ms`)
})
