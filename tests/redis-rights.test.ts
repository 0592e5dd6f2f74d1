// A user of Redis with the rights that docs/redis.md lists, and with each of them missing: what is missing is named, in one line.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { RedisBus } from '../node-host/src/redis/bus.ts'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger, type Step } from '../node-host/src/redis/ledger.ts'
import { documentedRights, startServer } from './redis-servers.ts'
import { market, switchyard } from './support.ts'

const RIGHTS = documentedRights('prod')
const LIMITS = { in_flight: 2, start: 2, lease_s: 60, keep_s: 60 }

const server = await startServer({ after })
let users = 0

/** The address of a new user with these rights. */
function userWith(rights: string[]): string {
  users += 1
  server.cli('ACL', 'SETUSER', `user-${users}`, 'reset', 'on', '>pw', ...rights)
  return server.url.replace('//', `//user-${users}:pw@`)
}

/** Does all that a run and its watcher do, in an environment that is called `prod`. */
async function useAll(url: string): Promise<void> {
  const connection = await Connection.to(url, () => {})
  const bus = new RedisBus(connection)
  try {
    const ledger = new RedisLedger(connection, LIMITS)
    const run = `run-${users}`
    const take = (by: string, act: Step['act'], of = run) => ledger.step(JSON.stringify({ env: 'prod', run: of, by, act }))
    await (await bus.subscribe('switchyard:prod:*', () => {}))()
    await (await bus.subscribe('switchyard:prod:plan:x', () => {}))()
    await bus.publish('switchyard:prod:plan:x', new Uint8Array())
    const next = ['a/1', 'a/2', 'a/3'].map((part) => ({ part }))
    const given = { envelope: '{}', budget: 9, of: 3, losses_allowed: 0, gates: [], last: '', done: [], next, again: false }
    await take('plan', { open: given } as Step['act'])
    await take('plan', { open: given } as Step['act'], `${run}-too`)
    await take('a/1', { finish: { part: 'a/1', work: 1, next: [] } })
    await take('a/2', { finish: { part: 'a/2', work: 1, next: [] } })
    await take('a/3', { end: { part: 'a/3', state: 'completed', message: '' } })
    await ledger.runs('prod')
    await connection.ask((client) => client.ping())
  } finally {
    bus.close()
    connection.close()
  }
}

test('the rights that are documented are enough', () => useAll(userWith(RIGHTS)))

// What goes without: the advice, and clusters.
const OPTIONAL = ['+info', '+asking', '+cluster|slots']

describe('a right that is missing is named', () => {
  for (const right of RIGHTS.filter((right) => /^[+~&]/.test(right) && !OPTIONAL.includes(right))) {
    test(right, async () => {
      // So that it may not do with what is there already.
      for (const name of ['FLUSHALL', 'SCRIPT FLUSH']) server.cli(...name.split(' '))
      const less = RIGHTS.filter((one) => one !== right)
      const error = await useAll(userWith(less)).then(
        () => assert.fail('it did not fail'),
        (error: Error & { retry?: boolean }) => error,
      )
      assert.ok(error.message.includes(`expected the right ${right}`), error.message)
      assert.doesNotMatch(error.message, /\n|user_script/)
      assert.equal(error.retry, false)
    })
  }
})

test('the optional rights are optional', () => {
  return useAll(userWith(RIGHTS.filter((one) => !OPTIONAL.includes(one))))
})

test('a server whose user may not say or hear anything ends with one line', async (t) => {
  const cwd = market(t)
  for (const right of ['&switchyard:', '~switchyard:', '+publish', '+evalsha', '+psubscribe', '+zcard']) {
    const less = documentedRights('dev', 'staging', 'prod').filter((one) => !one.startsWith(right))
    const { code, stderr } = await switchyard(cwd, ['serve', '--port', '0', '--redis', userWith(less)])
    assert.equal(code, 1, stderr)
    assert.match(stderr, /^Redis at 127\.0\.0\.1:\d+: .*; expected the right [+~&]\S+.*\n$/)
  }
})

test('an address that names a database is one of that database or of none', async () => {
  await useAll(`${userWith([...RIGHTS, '+select'])}/3`)
  assert.match(server.cli('-n', '3', 'DBSIZE'), /[1-9]/)
  server.cli('FLUSHALL')
  const refused = (url: string, message: RegExp) => assert.rejects(useAll(url), { message, retry: false })
  await refused(`${userWith(RIGHTS)}/3`, /; expected the right \+select /)
  await refused(`${server.url}/999`, /DB index is out of range; expected the number of a database that it has/)
  await refused(`${server.url}/three`, /^redis_url: expected a number after the \//)
  assert.equal(server.cli('DBSIZE').trim(), '0')
})
