import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Snapshot } from './environment.ts'
import { follow, reason, Tracker } from './follow.ts'
import { goOn } from './run.ts'
import { FakeEnvironment } from './test-environment.ts'

test('a run that is lost again and again is resumed as long as something of it is done in between', async () => {
  // Each time it is asked for: how far it is, or lost. The second time it is lost at once.
  const told = ['lost', 'lost', 1, 'lost', 2, 'lost', 3, 'lost', 4, 'lost', 5, 'lost', 6, 'lost', 7, 'lost', 8, 'lost', 9, 'over']
  const { at, said, went } = going(told)
  assert.equal((await went).state, 'completed')
  const losses = told.filter((what) => what === 'lost').length
  assert.deepEqual([at.called.length, said.length], [losses, losses])
})

test('but not for ever', async () => {
  const { at, went } = going(Array(99).fill('lost'))
  const { state, message } = await went
  assert.deepEqual([state, message, at.called.length], ['unknown', 'a test does not know run R', 8])
})

test('a run ends by what its ledger refuses for good, though the ledger cannot be told so', async () => {
  const at = new FakeEnvironment('dev', 1)
  const message = 'Redis: expected the right +unlink'
  const failed = { component: 'plan', event: 'failed', state: 'failed', kind: 'host', message, retry: false } as const
  at.onLook = (looks) => looks === 3 && at.announce('R', failed)
  const ending = await follow(at, 'R', new Tracker(), true)
  assert.deepEqual([ending.state, reason(ending)], ['failed', `The component plan failed: ${message}`])
})

test('who follows a run leaves it at the signal, and does not resume it', async () => {
  for (const state of ['running', 'unknown'] as const) {
    const at = new FakeEnvironment('dev')
    at.ledger.set('R', { state })
    const given = new AbortController()
    at.onLook = () => setImmediate(() => given.abort())
    const went = goOn(at, { run: 'R', tracker: new Tracker(), signal: given.signal, say: () => {} }, true)
    assert.deepEqual([(await went).state, at.called], ['running', []])
  }
})

function going(told: readonly (string | number)[]) {
  const at = new FakeEnvironment('dev', 1)
  const [said, next]: [string[], (string | number)[]] = [[], [...told]]
  const snapshot = (): Partial<Snapshot> => {
    const what = next.shift()
    if (typeof what === 'number') return { state: 'running', done: what, of: 10 }
    return { state: what === 'over' ? 'completed' : 'unknown' }
  }
  at.onLook = () => at.ledger.set('R', snapshot())
  at.ledger.set('R', snapshot())
  const went = goOn(at, { run: 'R', tracker: new Tracker(), say: (message) => said.push(message) })
  return { at, said, went }
}
