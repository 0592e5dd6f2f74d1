import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Queue } from './queue.ts'

test('the deepest goes first, then the oldest', () => {
  const queue = new Queue<string>()
  for (const [depth, item] of [
    [1, 'sample 0'],
    [1, 'sample 1'],
    [2, 'replay 0'],
    [0, 'plan'],
    [2, 'replay 1'],
  ] as const) {
    queue.push(depth, item)
  }
  assert.deepEqual([queue.take(), queue.take()], ['replay 0', 'replay 1'])
  queue.push(2, 'replay 2')
  const rest = [queue.take(), queue.take(), queue.take(), queue.take(), queue.take()]
  assert.deepEqual(rest, ['replay 2', 'sample 0', 'sample 1', 'plan', undefined])
})
