import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './test-functions.ts'
import { FakeSystem } from './test-system.ts'
import { type Happening, watch } from './watch.ts'

test('a snapshot, what is announced, and a snapshot at the end', async () => {
  const { system, seen, watching } = await watched({ state: 'running', done: 1, of: 9 })
  system.announce('dev', 'R', { done: 3 })
  system.announce('dev', 'another', { done: 4 })
  system.announce('prod', 'R', { done: 5 })
  system.say('dev', 'not even JSON')
  await until(() => seen.length === 2)
  system.ledger.set('dev R', { state: 'completed', done: 9, of: 9 })
  system.announce('dev', 'R', { done: 9, state: 'completed', event: 'completed' })
  await watching
  assert.deepEqual(
    seen.map(({ event, data }) => `${event} ${data.state} ${data.done}`),
    ['snapshot running 1', 'announcement running 3', 'announcement completed 9', 'snapshot completed 9'],
  )
  assert.equal(system.watchers('dev'), 0)
})

test('what is announced while the snapshot is read is not lost', async () => {
  const system = new FakeSystem()
  const seen: Happening[] = []
  const look = async () => {
    // The snapshot is older than what is announced while it is on its way.
    const snapshot = await system.look('dev', 'R')
    if (system.looks === 1) system.announce('dev', 'R', { done: 9, state: 'completed' })
    system.ledger.set('dev R', { state: 'completed' })
    return snapshot
  }
  system.ledger.set('dev R', { state: 'running' })
  const options = { look, signal: new AbortController().signal, poll_ms: 60_000 }
  for await (const happening of watch(system, 'dev', 'R', options)) seen.push(happening)
  assert.deepEqual(
    seen.map(({ event, data }) => `${event} ${data.state}`),
    ['snapshot running', 'announcement completed', 'snapshot completed'],
  )
})

test('with no announcement at all, progress and the end are still seen', async () => {
  const { system, seen, watching } = await watched({ state: 'running', done: 1 }, 5)
  system.ledger.set('dev R', { state: 'running', done: 2 })
  await until(() => seen.length === 2)
  system.ledger.set('dev R', { state: 'failed', message: 'it broke' })
  await watching
  assert.deepEqual(
    seen.map(({ event, data }) => `${event} ${data.state}`),
    ['snapshot running', 'snapshot running', 'snapshot failed'],
  )
})

test('a run that is over is only looked at', async () => {
  const { seen, watching, system } = await watched({ state: 'cancelled' })
  await watching
  assert.deepEqual([seen.length, system.looks], [1, 1])
})

test('a run that was resumed before its end was looked at is watched on', async () => {
  const { system, seen, watching } = await watched({ state: 'running' }, 5)
  system.announce('dev', 'R', { state: 'failed', event: 'failed' })
  await until(() => seen.length === 2)
  system.ledger.set('dev R', { state: 'completed' })
  await watching
  assert.equal(seen.at(-1)?.data.state, 'completed')
})

test('whoever leaves is forgotten', async () => {
  const { system, watching, leave } = await watched({ state: 'running' }, 60_000)
  assert.equal(system.watchers('dev'), 1)
  leave()
  await watching
  assert.equal(system.watchers('dev'), 0)
})

async function watched(state: object, poll_ms = 60_000) {
  const system = new FakeSystem()
  system.ledger.set('dev R', state)
  const seen: Happening[] = []
  const leaving = new AbortController()
  const run = async () => {
    const options = { look: () => system.look('dev', 'R'), signal: leaving.signal, poll_ms }
    for await (const happening of watch(system, 'dev', 'R', options)) seen.push(happening)
  }
  const watching = run()
  await until(() => seen.length > 0)
  return { system, seen, watching, leave: () => leaving.abort() }
}
