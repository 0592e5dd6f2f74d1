import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tracker } from './follow.ts'

test('progress never goes back, and is unknown until the plan is made', () => {
  const tracker = new Tracker()
  tracker.hear({ done: 0, of: 0 })
  assert.equal(tracker.done, undefined)
  tracker.hear({ done: 0, of: 200 })
  assert.equal(tracker.done, 0)
  tracker.hear({ done: 50, of: 200 })
  tracker.hear({ done: 30, of: 200 })
  tracker.hear({ done: 0, of: 0 })
  assert.deepEqual([tracker.done, tracker.rounds], [0.25, 0])
})

test('of a fit nobody knows how many rounds there will be: those done are counted', () => {
  const tracker = new Tracker()
  for (const part of ['0', '2', '1']) tracker.hear({ done: 0, of: 0, component: 'step', part })
  assert.deepEqual([tracker.done, tracker.rounds], [undefined, 2])
})
