// Redis that is absent, lost, silent or closed to us: every command ends soon, with words that help and without the password.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { HostFailure } from '../node-host/src/errors.ts'
import { RedisBus } from '../node-host/src/redis/bus.ts'
import { Connection } from '../node-host/src/redis/connection.ts'
import { ANSWER_MS } from '../node-host/src/redis/node.ts'
import { startRedis } from './real-parts.ts'
import { startServer } from './redis-servers.ts'

const text = (value: string) => new TextEncoder().encode(value)

/** What a command fails with, and after how long. */
async function failure(command: Promise<unknown>): Promise<{ error: HostFailure; ms: number }> {
  const started = performance.now()
  const error = await command.then(
    () => assert.fail('it did not fail'),
    (error: HostFailure) => error,
  )
  return { error, ms: performance.now() - started }
}

// Side by side, since most of it is waiting.
describe('Redis', { concurrency: true }, () => {
  test('absent at the start: commands fail within their time, and succeed once it is there', async (t) => {
    const redis = await startRedis(t)
    await redis.stop()
    const logged: string[] = []
    const connection = await Connection.to(redis.url, (level, message) => logged.push(`${level} ${message}`))
    t.after(() => connection.close())
    const bus = new RedisBus(connection)
    const { error, ms } = await failure(bus.publish('a', text('1')))
    assert.match(error.message, /^Redis at 127\.0\.0\.1:\d+ gave no answer within 5 s: connect ECONNREFUSED/)
    assert.equal(error.retry, true)
    assert.ok(ms < ANSWER_MS + 500, `${ms} ms`)
    await redis.start()
    await bus.publish('a', text('2'))
    assert.deepEqual(
      logged.map((line) => line.replace(/\d{4,}/g, 'PORT').replace(/(of reach).*/, '$1')),
      ['WARN Redis at 127.0.0.1:PORT is out of reach', 'INFO Redis at 127.0.0.1:PORT is back'],
    )
  })

  test('restarted: what is asked meanwhile is answered, and subscriptions go on', async (t) => {
    const redis = await startRedis(t)
    const connection = await Connection.to(redis.url, () => {})
    const bus = new RedisBus(connection)
    t.after(() => {
      bus.close()
      connection.close()
    })
    const heard: string[] = []
    await bus.subscribe('switchyard:dev:*', (topic, message) => heard.push(`${topic} ${new TextDecoder().decode(message)}`))
    await redis.stop()
    const meanwhile = bus.publish('switchyard:dev:x', text('into the dark'))
    await sleep(300)
    await redis.start()
    await meanwhile
    for (const end = Date.now() + 5000; !heard.includes('switchyard:dev:y again') && Date.now() < end; await sleep(20)) {
      await bus.publish('switchyard:dev:y', text('again'))
    }
    assert.ok(heard.includes('switchyard:dev:y again'))
  })

  test('published at the same time: heard in that order, every byte, however many; and each is told when nobody answers', async (t) => {
    const redis = await startRedis(t)
    const connection = await Connection.to(redis.url, () => {})
    const bus = new RedisBus(connection)
    t.after(() => {
      bus.close()
      connection.close()
    })
    const heard: string[] = []
    await bus.subscribe('a:*', (topic, message) => heard.push(`${topic} ${message.join()}`))
    const sent = Array.from({ length: 250 }, (_, at) => [`a:${at}`, Uint8Array.of(at, 255, 0, 10, 13)] as const)
    await Promise.all(sent.map(([topic, message]) => bus.publish(topic, message)))
    for (const end = Date.now() + 5000; heard.length < sent.length && Date.now() < end; ) await sleep(5)
    assert.deepEqual(
      heard,
      sent.map(([topic, message]) => `${topic} ${message.join()}`),
    )
    await redis.stop()
    const refused = await Promise.allSettled([bus.publish('a', text('1')), bus.publish('b', text('2'))])
    for (const one of refused) assert.ok(one.status === 'rejected' && /gave no answer/.test(String(one.reason)))
  })

  test('silent: a command fails within its time, and the next connection answers', async (t) => {
    const redis = await startRedis(t)
    const connection = await Connection.to(redis.url, () => {})
    t.after(() => connection.close())
    const bus = new RedisBus(connection)
    await bus.publish('a', text('1'))
    redis.signal('SIGSTOP')
    const { error, ms } = await failure(bus.publish('a', text('2')))
    assert.match(error.message, /gave no answer within 5 s/)
    assert.ok(ms < ANSWER_MS + 500, `${ms} ms`)
    redis.signal('SIGCONT')
    await bus.publish('a', text('3'))
  })

  test('a wrong password is told at once, and neither password is in it or in the log', async (t) => {
    const redis = await startRedis(t, { password: 'the-right-secret' })
    const logged: string[] = []
    const url = `redis://:the-wrong-secret@127.0.0.1:${redis.port}`
    const connection = await Connection.to(url, (level, message) => logged.push(`${level} ${message}`))
    t.after(() => connection.close())
    const { error } = await failure(new RedisBus(connection).publish('a', text('1')))
    assert.match(error.message, /WRONGPASS/)
    assert.equal(error.retry, false)
    assert.doesNotMatch(inspect([error, logged], { depth: 9, showHidden: true }), /secret/)
  })

  test('full: said so, with what helps, and it may pass', async (t) => {
    const server = await startServer(t, ['--maxmemory', '1mb', '--maxmemory-policy', 'noeviction'])
    const connection = await Connection.to(server.url, () => {})
    t.after(() => connection.close())
    const { error } = await failure(
      connection.ask((client) => client.set('a', 'b'.repeat(2_000_000)).then(() => client.set('c', 'd'))),
    )
    assert.match(error.message, /^Redis at 127\.0\.0\.1:\d+: OOM .*; expected a larger maxmemory, or fewer keys of others$/)
    assert.equal(error.retry, true)
  })

  test('what evicts keys is told once, and nobody is told where nothing is evicted', async (t) => {
    const logged: string[] = []
    for (const options of [
      ['--maxmemory-policy', 'allkeys-lru'],
      ['--maxmemory', '50mb'],
      ['--maxmemory', '50mb', '--maxmemory-policy', 'volatile-lru'],
    ]) {
      const server = await startServer(t, options)
      const connection = await Connection.to(server.url, (level, message) => logged.push(`${level} ${message}`))
      t.after(() => connection.close())
      const bus = new RedisBus(connection)
      t.after(() => bus.close())
      await bus.subscribe('a', () => {})
      // Asked after what it tells of.
      await connection.ask((client) => client.ping())
      await connection.ask((client) => client.ping())
    }
    assert.equal(logged.length, 1)
    assert.match(logged[0] ?? '', /^WARN Redis at 127\.0\.0\.1:\d+ has maxmemory-policy volatile-lru: .*\. Set it to noeviction$/)
  })

  for (const url of ['http://x', 'redis://', 'a secret', '', 'redis://:%secret@x']) {
    test(`not an address of Redis: ${JSON.stringify(url)}`, async () => {
      const { error } = await failure(Connection.to(url, () => {}))
      assert.match(error.message, /^redis_url: expected redis:\/\/.*; what it is stays secret$/)
      assert.equal(error.retry, false)
    })
  }

  test('one topic, all that begin alike, whatever is in their names; and no more after the end', async (t) => {
    const redis = await startRedis(t)
    const connection = await Connection.to(redis.url, () => {})
    const bus = new RedisBus(connection)
    t.after(() => {
      bus.close()
      connection.close()
    })
    const heard: string[] = []
    const listen = (name: string) => (topic: string, message: Uint8Array) => {
      heard.push(`${name}: ${topic} ${new TextDecoder().decode(message)}`)
    }
    const ends = await Promise.all([
      bus.subscribe('a:b', listen('one')),
      bus.subscribe('a:*', listen('all')),
      bus.subscribe('a:*', listen('all too')),
      bus.subscribe('a?[b]\\*', listen('odd')),
    ])
    for (const topic of ['a:b', 'a:b:c', 'b', 'a?[b]\\x', 'axbx']) await bus.publish(topic, text(topic))
    // What was published arrives by another connection, perhaps later than its publisher is answered.
    await sleep(50)
    await Promise.all(ends.slice(1).map((end) => end()))
    await bus.publish('a:b', text('later'))
    await bus.publish('a:c', text('later'))
    await sleep(50)
    assert.deepEqual(heard.sort(), [
      'all too: a:b a:b',
      'all too: a:b:c a:b:c',
      'all: a:b a:b',
      'all: a:b:c a:b:c',
      'odd: a?[b]\\x a?[b]\\x',
      'one: a:b a:b',
      'one: a:b later',
    ])
  })
})
