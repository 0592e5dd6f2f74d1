import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeEnvironment, until } from './test-environment.ts'
import { type Happening, watch } from './watch.ts'

test('a snapshot, what is announced, and a snapshot at the end', async () => {
  const { at, seen, watching } = await watched({ state: 'running', done: 1, of: 9 })
  at.announce('R', { done: 3 })
  at.announce('another', { done: 4 })
  at.say('not even JSON')
  await until(() => seen.length === 2)
  at.ledger.set('R', { state: 'completed', done: 9, of: 9 })
  at.announce('R', { done: 9, state: 'completed', event: 'completed' })
  await watching
  assert.deepEqual(
    seen.map(({ event, data }) => `${event} ${data.state} ${data.done}`),
    ['snapshot running 1', 'announcement running 3', 'announcement completed 9', 'snapshot completed 9'],
  )
  assert.equal(at.watchers, 0)
})

test('what is announced while the snapshot is read is not lost', async () => {
  const at = new FakeEnvironment()
  const seen: Happening[] = []
  at.ledger.set('R', { state: 'running' })
  at.onLook = (looks) => {
    // The snapshot is older than what is announced while it is on its way.
    if (looks === 1) at.announce('R', { done: 9, state: 'completed' })
    at.ledger.set('R', { state: 'completed' })
  }
  for await (const happening of watch(at, 'R', new AbortController().signal)) seen.push(happening)
  assert.deepEqual(
    seen.map(({ event, data }) => `${event} ${data.state}`),
    ['snapshot running', 'announcement completed', 'snapshot completed'],
  )
})

test('with no announcement at all, progress and the end are still seen', async () => {
  const { at, seen, watching } = await watched({ state: 'running', done: 1 }, 5)
  at.ledger.set('R', { state: 'running', done: 2 })
  await until(() => seen.length === 2)
  at.ledger.set('R', { state: 'failed', message: 'it broke' })
  await watching
  assert.deepEqual(
    seen.map(({ event, data }) => `${event} ${data.state}`),
    ['snapshot running', 'snapshot running', 'snapshot failed'],
  )
})

test('a run that is over is only looked at', async () => {
  const { seen, watching, at } = await watched({ state: 'cancelled' })
  await watching
  assert.deepEqual([seen.length, at.looks], [1, 1])
})

test('a run that was resumed before its end was looked at is watched on', async () => {
  const { at, seen, watching } = await watched({ state: 'running' }, 5)
  at.announce('R', { state: 'failed', event: 'failed' })
  await until(() => seen.length === 2)
  at.ledger.set('R', { state: 'completed' })
  await watching
  assert.equal(seen.at(-1)?.data.state, 'completed')
})

test('whoever leaves is forgotten', async () => {
  const { at, watching, leave } = await watched({ state: 'running' }, 60_000)
  assert.equal(at.watchers, 1)
  leave()
  await watching
  assert.equal(at.watchers, 0)
})

async function watched(state: object, poll_ms = 60_000) {
  const at = new FakeEnvironment('dev', poll_ms)
  at.ledger.set('R', state)
  const seen: Happening[] = []
  const leaving = new AbortController()
  const run = async () => {
    for await (const happening of watch(at, 'R', leaving.signal)) seen.push(happening)
  }
  const watching = run()
  await until(() => seen.length > 0)
  return { at, seen, watching, leave: () => leaving.abort() }
}
