import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bus } from './bus.ts'

test('listeners hear their topic, or all that begin as their pattern does', () => {
  const bus = new Bus()
  const heard: string[] = []
  const listen = (pattern: string) => bus.subscribe(pattern, (topic) => heard.push(`${pattern} ${topic}`))
  const ends = ['switchyard:test:plan:a', 'switchyard:test:*', 'switchyard:live:*'].map(listen)
  for (const topic of ['switchyard:test:plan:a', 'switchyard:test:plan:ab', 'switchyard:live'])
    bus.publish(topic, new Uint8Array())
  assert.deepEqual(heard, [
    'switchyard:test:plan:a switchyard:test:plan:a',
    'switchyard:test:* switchyard:test:plan:a',
    'switchyard:test:* switchyard:test:plan:ab',
  ])
  for (const end of ends) end()
  bus.publish('switchyard:test:plan:a', new Uint8Array())
  assert.equal(heard.length, 3)
})

test('a listener that ends twice does not end another', () => {
  const bus = new Bus()
  let heard = 0
  const listen = () => bus.subscribe('topic', () => (heard += 1))
  const end = listen()
  end()
  listen()
  end()
  bus.publish('topic', new Uint8Array())
  assert.equal(heard, 1)
})
