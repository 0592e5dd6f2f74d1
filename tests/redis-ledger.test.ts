// The ledger in Redis against the one in memory, which is the reference, and what only Redis has: calls, expiry, restarts.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { Connection } from '../node-host/src/redis/connection.ts'
import { RedisLedger, type Step } from '../node-host/src/redis/ledger.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import type { Answer, Limits } from '../wasm/pkg/switchyard.js'
import { LIMITS, Steps } from './ledger-steps.ts'
import { startRedis } from './real-parts.ts'

const { exports: wasm } = await loadPackage()
const redis = await startRedis({ after })
const connection = await Connection.to(redis.url, () => {})
after(() => connection.close())

const parse = (answer: string | undefined) => JSON.parse(answer ?? '') as Answer
const open = (run: string, parts: string[], more = {}): Step => {
  const next = parts.map((part) => ({ part }))
  const given = { envelope: '{}', budget: 1e6, of: parts.length, losses_allowed: 0, gates: [], last: '', done: [], again: false }
  return { env: 'dev', run, by: 'plan', act: { open: { ...given, next, ...more } } }
}

/** Which launch of a step has which ticket is no promise: the launches in one order, and Redis's tickets by those of memory. */
function matched(expected: Answer[], got: Answer[], tickets: Map<number, number>): [Answer[], Answer[]] {
  const sorted = (answer: Answer) => answer.launches.toSorted((a, b) => order(a, b) || a.ticket - b.ticket)
  const order = (a: { run: string; part: string }, b: { run: string; part: string }) =>
    a.run.localeCompare(b.run) || a.part.localeCompare(b.part)
  const inMemory = expected.map((answer) => ({ ...answer, launches: sorted(answer) }))
  const inRedis = got.map((answer, at) => {
    const launches = sorted(answer).map((launch, nth) => {
      const ticket = inMemory[at]?.launches[nth]?.ticket ?? 0
      tickets.set(ticket, launch.ticket)
      return { ...launch, ticket }
    })
    return { ...answer, launches }
  })
  return [inMemory, inRedis]
}

/** The step with tickets as Redis gave them. */
function inRedis(step: Step, tickets: Map<number, number>): Step {
  const renamed = (ticket: number) => tickets.get(ticket) ?? ticket
  const { act } = step
  const by = step.by.replace(/#(\d+)$/, (_, ticket) => `#${renamed(Number(ticket))}`)
  if ('begin' in act) return { ...step, by, act: { begin: { ...act.begin, ticket: renamed(act.begin.ticket) } } }
  if ('lose' in act) return { ...step, by, act: { lose: { ...act.lose, ticket: renamed(act.lose.ticket) } } }
  return { ...step, by }
}

/** Deletes the key of a run, or one of those that an environment's record has. */
async function lose(env: string, run: string | undefined, which: 'ledger' | 'leases' = 'ledger'): Promise<void> {
  const key = `switchyard:{${env}}:${run === undefined ? which : `run:${run}`}`
  await connection.ask((client) => client.del(key))
}

/** Takes random steps, some at a time, in Redis, and one by one in memory; `losses` of a thousand times a key is lost before. */
async function compare(seed: number, atOnce: number, limits: Limits, budgets: number[], losses = 0): Promise<void> {
  const memory = new wasm.Ledger(limits)
  const ledger = new RedisLedger(connection, limits)
  const env = `seed-${seed}-${atOnce}-${limits.in_flight}`
  const source = new Steps(seed, env, budgets)
  const tickets = new Map<number, number>()
  for (let taken = 0; taken < 300; taken += atOnce) {
    const { now_ms, steps } = source.next(atOnce)
    if (taken > 0 && source.below(1000) < losses) {
      const run = source.below(4) === 0 ? undefined : ['one', 'two', 'three'][source.below(3)]
      // A record without leases has lost none.
      const key = (await connection.ask((client) => client.exists(`switchyard:{${env}}:leases`))) ? 'leases' : 'ledger'
      memory.lose(env, run)
      await lose(env, run, key)
    }
    const inMemory = steps.map((step) => parse(memory.step(now_ms, JSON.stringify(step))))
    const asked = steps.map((step) => inRedis(step, tickets))
    const answers = (await ledger.stepsAt(now_ms, env, asked)).map(parse)
    const [expected, got] = matched(inMemory, answers, tickets)
    assert.deepEqual(got, expected, `seed ${seed}, from step ${taken} at ${now_ms}: ${JSON.stringify(steps)}`)
    for (const { launches } of inMemory) source.learn(launches)
  }
}

const ENOUGH = [1e6]

test('random steps are answered as by the ledger in memory, one at a time', async () => {
  for (let seed = 1; seed <= 12; seed++) await compare(seed, 1, LIMITS, ENOUGH)
})

test('and several in a call', async () => {
  for (const atOnce of [5, 25]) for (let seed = 1; seed <= 12; seed++) await compare(seed, atOnce, LIMITS, ENOUGH)
})

// One at a time in flight, since which of several is the last one within a budget is no promise either.
test('and with budgets that are used up', async () => {
  for (let seed = 1; seed <= 12; seed++) await compare(seed, 1, { ...LIMITS, in_flight: 1 }, [2, 10, 400])
})

test('and where single keys are lost between them: a run, the leases, what counts them', async () => {
  for (const atOnce of [1, 5]) for (let seed = 101; seed <= 108; seed++) await compare(seed, atOnce, LIMITS, ENOUGH, 100)
})

test('the ledger in Redis keeps the contract of all hosts, whichever key of a record is the one that goes', async () => {
  const steps = readFileSync(new URL('../core/src/host/contract/ledger.jsonl', import.meta.url), 'utf8')
  for (const key of ['ledger', 'leases'] as const) {
    const ledger = new RedisLedger(connection, { in_flight: 4, start: 4, lease_s: 60, keep_s: 60 })
    const blobs = new Map<string, Uint8Array>()
    const host = {
      ...{ invoke() {}, publish() {}, log() {} },
      read: (key: string) => blobs.get(key),
      write: (key: string, bytes: Uint8Array) => void blobs.set(key, bytes),
      list: (prefix: string) => [...blobs.keys()].filter((key) => key.startsWith(prefix)),
      step: (step: string) => ledger.step(step),
    }
    const env = `contract-${key}`
    assert.deepEqual(await wasm.brokenPromises(host, env, steps, (run) => lose(env, run, key)), [])
  }
})

test('runs that wait are served in turn, whoever else is told of them by a call that did not name them', async () => {
  const limits = { ...LIMITS, in_flight: 2, start: 2 }
  const take = async (run: string, by: string, act: Step['act']) => {
    // Each its own, as a cold instance that has seen no other run.
    return parse(await new RedisLedger(connection, limits).step(JSON.stringify({ env: 'turns', run, by, act })))
  }
  const runs = Array.from({ length: 30 }, (_, at) => `run-${at}`)
  const launches: Answer['launches'] = []
  for (const run of runs) launches.push(...(await take(run, 'plan', open(run, ['a/1', 'a/2']).act)).launches)
  const served: string[] = []
  for (let launch = launches.shift(); launch; launch = launches.shift()) {
    const { run, part } = launch
    served.push(run)
    launches.push(...(await take(run, part, { finish: { part, work: 1, next: [] } })).launches)
  }
  assert.equal(served.length, 60)
  assert.deepEqual(new Set(served.slice(0, 32)), new Set(runs))
})

test('steps asked for at once are taken in their order, each for its environment, whatever is wrong with another', async () => {
  const ledger = new RedisLedger(connection, { ...LIMITS, in_flight: 3, start: 3 })
  const step = (step: Step) => ledger.step(JSON.stringify(step))
  const look = (env: string): Step => ({ env, run: 'at-once', by: 'me', act: { look: {} } })
  const [opened, other, wrong, looked] = await Promise.allSettled([
    step(open('at-once', ['a/1', 'a/2', 'a/3', 'a/4'])),
    step(look('prod')),
    step({ ...look('dev'), run: 'two words' }),
    step(look('dev')),
  ])
  assert.ok(opened.status === 'fulfilled' && other.status === 'fulfilled' && looked.status === 'fulfilled')
  assert.deepEqual(
    parse(opened.value).launches.map(({ part }) => part),
    ['a/1', 'a/2', 'a/3'],
  )
  assert.equal(parse(other.value).state, 'unknown')
  assert.equal(parse(looked.value).of, 4)
  assert.ok(wrong.status === 'rejected')
  assert.match(String(wrong.reason), /run: got `two words`, expected no spaces/)
})

test('steps of more than a call, all at once: each is told its own', async () => {
  const ledger = new RedisLedger(connection, { ...LIMITS, in_flight: 500, start: 120 })
  const run = 'many'
  const take = async (by: string, act: Step['act']) => parse(await ledger.step(JSON.stringify({ env: 'many', run, by, act })))
  const parts = Array.from({ length: 240 }, (_, at) => `a/${at}`)
  const { launches } = parse(await ledger.step(JSON.stringify({ ...open(run, parts), env: 'many' })))
  const begun = await Promise.all(launches.map(({ part, ticket }) => take(`${part}#${ticket}`, { begin: { part, ticket } })))
  assert.deepEqual(new Set(begun.map(({ go }) => go)), new Set(['work']))
  const work = launches.map((_, at) => at + 1)
  const finished = await Promise.all(
    launches.map(({ part, ticket }, at) => take(`${part}#${ticket}`, { finish: { part, work: work[at] ?? 0, next: [] } })),
  )
  let done = 0
  assert.deepEqual(
    finished.map((answer) => answer.done),
    work.map((each) => (done += each)),
  )
  const granted = finished.flatMap((answer) => answer.launches)
  assert.deepEqual(granted.map(({ part }) => part).sort(), parts.slice(120).sort())
  assert.equal(new Set([...launches, ...granted].map(({ ticket }) => ticket)).size, 240)
})

test('a call whose answers were lost: asked again, each is granted the same, and nothing counts twice', async () => {
  const ledger = new RedisLedger(connection, { ...LIMITS, in_flight: 9, start: 3 })
  const at = async (now_ms: number, steps: Step[]) => (await ledger.stepsAt(now_ms, 'lost-answers', steps)).map(parse)
  const parts = Array.from({ length: 9 }, (_, at) => `a/${at}`)
  const [opened] = await at(1_000_000, [{ ...open('run', parts), env: 'lost-answers' }])
  const finish = (opened?.launches ?? []).map(({ part, ticket }): Step => {
    return { env: 'lost-answers', run: 'run', by: `${part}#${ticket}`, act: { finish: { part, work: 1, next: [] } } }
  })
  const names = (answers: Answer[]) => answers.map(({ launches }) => launches.map(({ part }) => part))
  const first = await at(1_000_001, finish)
  const again = await at(1_000_002, finish)
  assert.deepEqual(names(first), [
    ['a/3', 'a/4'],
    ['a/5', 'a/6'],
    ['a/7', 'a/8'],
  ])
  assert.deepEqual(names(again), names(first))
  assert.deepEqual(
    again.map(({ done }) => done),
    [3, 3, 3],
  )
})

test('a call that Redis cannot make fails each of its steps with why, and no other', async () => {
  const ledger = new RedisLedger(connection, LIMITS)
  await connection.ask((client) => client.set('switchyard:{broken}:leases', 'no set'))
  const look = (env: string, run: string) => ledger.step(JSON.stringify({ env, run, by: 'me', act: { look: {} } }))
  const told = await Promise.allSettled([look('broken', 'one'), look('sound', 'one'), look('broken', 'two')])
  assert.deepEqual(
    told.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected'],
  )
  for (const one of told)
    if (one.status === 'rejected')
      assert.match(String(one.reason), /WRONGTYPE.*under switchyard:\{broken\}: is what another program stored/)
})

test('a large run, with numbers that Lua would round', async () => {
  const ledger = new RedisLedger(connection, LIMITS)
  const parts = Array.from({ length: 100_000 }, (_, at) => `replay/shares-${at}`)
  const done: [string, number][] = [['sample/1', 2 ** 52 + 1]]
  const opened = parse((await ledger.stepsAt(Date.now(), 'large', [open('large', parts, { of: 2 ** 53 - 1, done })]))[0])
  assert.deepEqual([opened.of, opened.done, opened.launches.length], [2 ** 53 - 1, 2 ** 52 + 1, 3])
})

test('runs are listed, the latest first; all that is kept of them expires', async () => {
  const ledger = new RedisLedger(connection, { ...LIMITS, keep_s: 60 })
  await ledger.stepsAt(
    5_000,
    'listed',
    [open('first', ['a/1']), open('second', [])].map((step) => ({ ...step, env: 'listed' })),
  )
  await ledger.stepsAt(6_000, 'listed', [{ ...open('third', ['a/1', 'a/2'], { gates: [['a', 2]] }), env: 'listed' }])
  const lines = await ledger.runs('listed')
  assert.deepEqual(
    lines.map(({ run, of, opened_ms }) => [run, of, opened_ms]),
    [
      ['third', 2, 6_000],
      ['second', 0, 5_000],
      ['first', 1, 5_000],
    ],
  )
  const keys = await connection.ask((client) => client.keys('switchyard:{listed}:run:*'))
  const times = await Promise.all(keys.map((key) => connection.ask((client) => client.pttl(key))))
  assert.equal(keys.length, 3)
  for (const time of times) assert.ok(time > 60_000 && time < 130_000, `${time}`)
})

test('after a restart without its data Redis knows the script again, and no run', async () => {
  const ledger = new RedisLedger(connection, LIMITS)
  const look: Step = { env: 'dev', run: 'lost', by: 'me', act: { look: {} } }
  await ledger.step(JSON.stringify(open('lost', ['a/1'])))
  await redis.stop()
  await redis.start()
  assert.equal(parse(await ledger.step(JSON.stringify(look))).state, 'unknown')
})

test('a run of more gates than Lua passes values is ended, and goes on', async () => {
  const ledger = new RedisLedger(connection, { in_flight: 4, start: 4, lease_s: 60, keep_s: 60 })
  const gates = Array.from({ length: 5000 }, (_, chunk) => [`supply/${chunk}`, 1])
  const next = gates.map(([after], chunk) => ({ part: `replay/${chunk}`, after }))
  const end = (state: string): Step => ({ env: 'dev', run: 'gated', by: state, act: { end: { state, message: '' } } })
  const state = async (step: Step) => parse(await ledger.step(JSON.stringify(step))).state
  assert.equal(await state(open('gated', [], { of: 5000, gates, next })), 'running')
  assert.equal(await state(end('cancelled')), 'cancelled')
  assert.equal(await state(open('gated', [], { of: 5000, gates, next, again: true })), 'running')
  assert.equal(await state(end('completed')), 'completed')
})

test('a run that is over gives up what it has in flight, and is forgotten, without a part of another being touched', async () => {
  const ledger = new RedisLedger(connection, { ...LIMITS, in_flight: 3, start: 3 })
  const env = 'gone'
  const take = async (step: Step) => parse(await ledger.step(JSON.stringify({ ...step, env })))
  const launched = (answer: Answer) => answer.launches.map(({ run, part }) => `${run} ${part}`)
  const [{ ticket = 0 } = {}] = (await take(open('R', ['a/1', 'a/2', 'a/3']))).launches
  await take({ env, run: 'R', by: 'cancel', act: { end: { state: 'cancelled', message: '' } } })
  assert.deepEqual(launched(await take(open('S', ['b/1', 'b/2']))), [])
  await ledger.release(env, ['R', 'S', 'T'])
  assert.deepEqual(launched(await take(open('T', ['c/1']))).sort(), ['S b/1', 'S b/2', 'T c/1'])
  await ledger.release(env, ['R', 'S', 'T'])
  // What was given up comes back after all: no place is free that was not.
  await take({ env, run: 'R', by: 'a/1#1', act: { begin: { part: 'a/1', ticket } } })
  assert.deepEqual(launched(await take(open('U', ['d/1']))), [])
  assert.deepEqual((await ledger.runs(env)).map(({ run }) => run).sort(), ['R', 'S', 'T', 'U'])
  await ledger.forget(env, 'R')
  assert.deepEqual((await ledger.runs(env)).map(({ run }) => run).sort(), ['S', 'T', 'U'])
  assert.equal((await take({ env, run: 'R', by: 'look', act: { look: {} } })).state, 'unknown')
})
