// A whole prediction on all the real parts, quietly and with everything going wrong: the report is the same bytes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openHere } from '../node-host/src/local/open.ts'
import { startWorld } from './aws-world.ts'
import { longChoices } from './choices.ts'
import { digest, GOLDEN } from './golden.ts'
import { folder } from './support.ts'

test("a client's event becomes a report, and all that happens is announced", async (t) => {
  const world = await startWorld(t)
  const scenario = await world.storeExample('inputs/one')
  const heard: { component: string; part: string; state: string; event: string; done: number }[] = []
  await world.bus.subscribe('switchyard:prod:*', (_, message) => heard.push(JSON.parse(new TextDecoder().decode(message))))
  const { answer, error } = await world.call('plan', { scenario, visits: GOLDEN.visits, chunk: 20_000 }, 'PROD')
  assert.equal(error, undefined, JSON.stringify(answer))
  const { run } = answer
  const ended = await world.until('prod', run, ({ state }) => state !== 'running')
  assert.deepEqual([ended.state, ended.done, ended.lost], ['completed', ended.of, []])
  assert.equal(digest(await world.get(answer.report)), GOLDEN.sha256.undercut)
  await sleep(100)
  assert.deepEqual(new Set(heard.map(({ component }) => component)), new Set(['plan', 'price', 'sample', 'replay', 'report']))
  assert.equal(heard.filter(({ event, component }) => event === 'completed' && component === 'replay').length > 10, true)
})

test('a fit is the same bytes on functions as in this process', async (t) => {
  const world = await startWorld(t)
  const coefficients = [{ variable: 'price' }, { variable: 'rating', distribution: 'normal' }]
  const files = { 'long.csv': longChoices(), 'spec.json': JSON.stringify({ coefficients, draws: { count: 50 } }) }
  const columns = { choice: 'chosen', set: 'set', alternative: 'deal', person: 'person' }
  const place = (path: string) => ({ path, key: `inputs/${path}` })
  const input = { data: { long: { file: place('long.csv'), columns } }, spec: place('spec.json'), chunks: 3 }
  const here = await openHere({ data: folder(t), workers: 2, log: () => {} })
  t.after(() => here.close())
  for (const [path, text] of Object.entries(files)) {
    await world.put(place(path).key, Buffer.from(text))
    await here.write(place(path).key, Buffer.from(text))
  }
  const run = await world.launch('fit', input, 'PROD')
  const ended = await world.until('prod', run, ({ state }) => state !== 'running' && state !== 'unknown')
  assert.equal(ended.state, 'completed', ended.message)
  const answered = await here.call('fit', { ...input, chunks: 1 })
  for (let state = ''; state !== 'completed'; await sleep(50)) ({ state } = await here.look(answered.run))
  const [there, expected] = [await world.get(`prod/runs/${run}/report.json`), await here.read(answered.report)]
  assert.equal(Buffer.from(there).toString(), Buffer.from(expected ?? []).toString())
})

/** Has a process fail as it does when the module traps in the middle of a call: outside of any promise. */
const TRAPPING = 'process.on("SIGUSR2", () => { throw new WebAssembly.RuntimeError("unreachable") })'

test('workers killed or trapped, events delivered twice, Redis restarted empty: the same bytes', async (t) => {
  const world = await startWorld(t, { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(TRAPPING)}`] })
  const scenario = await world.storeExample('inputs/two')
  let events = 0
  const seen = new Set<string>()
  world.functions.onCall = (call, child) => {
    if (seen.has(call.requestId)) return
    seen.add(call.requestId)
    events += 1
    if (events % 9 === 4) setTimeout(() => child.kill(events % 2 === 0 ? 'SIGKILL' : 'SIGUSR2'), 5)
    // As Lambda may: the same event, with the same request id.
    if (events % 5 === 2) world.deliveries.accept(call)
  }
  const requestId = await world.launch('plan', { scenario, visits: GOLDEN.visits, chunk: 20_000 }, 'PROD')
  await world.until('prod', requestId, ({ done, of }) => of > 0 && done > of / 4)
  await world.redis.stop()
  await sleep(300)
  await world.redis.start()
  assert.equal((await world.look('prod', requestId)).state, 'unknown')
  const ended = await world.until('prod', requestId, ({ state }) => state !== 'running' && state !== 'unknown')
  assert.equal(ended.state, 'completed', ended.message)
  assert.equal(digest(await world.get(`prod/runs/${requestId}/report.json`)), GOLDEN.sha256.undercut)
  const logged = (what: string) => world.functions.logged.filter((line) => line.includes(what)).length
  const befell = [world.functions.killed, logged('this instance ends'), logged('the ledger has lost run')]
  assert.ok(Math.min(...befell) > 0, `killed, trapped, healed: ${befell}`)
})

test('a chunk whose deliveries are spent: within the threshold a gap, else a failure that resume mends', async (t) => {
  const world = await startWorld(t)
  const scenario = await world.storeExample('inputs/three')
  const breaking = ({ payload }: { payload: Uint8Array }) => new TextDecoder().decode(payload).includes('"part":"shares-3"')
  world.functions.onCall = (call, child) => {
    if (call.component === 'replay' && breaking(call)) child.kill('SIGKILL')
  }
  const input = { scenario, visits: GOLDEN.visits, chunk: 15_000 }
  const tolerant = await world.launch('plan', { ...input, allow_lost: { count: 1 } }, 'PROD')
  const strict = await world.launch('plan', input, 'STAGING')
  const over = ({ state }: { state: string }) => state !== 'running' && state !== 'unknown'
  const gap = await world.until('prod', tolerant, over)
  assert.deepEqual([gap.state, gap.lost], ['completed', ['replay/shares-3']])
  const report = JSON.parse(new TextDecoder().decode(await world.get(`prod/runs/${tolerant}/report.json`)))
  assert.deepEqual([report.gap.visits_lost, report.gap.lost], [15_000, ['shares-3']])
  const failed = await world.until('staging', strict, over)
  assert.equal(failed.state, 'failed')
  assert.match(failed.message, /1 parts lost, more than the 0 allowed; the last: replay failed: Runtime exited/)
  world.functions.onCall = () => {}
  // Whoever told of the loss may still be at its end, and there are two processes.
  while (world.deliveries.pending > 0) await sleep(10)
  // Two at once, as two people might.
  const resumed = await Promise.all([0, 1].map(() => world.call('resume', { run: strict }, 'STAGING')))
  for (const { error, answer } of resumed) assert.equal(error, undefined, JSON.stringify(answer))
  const mended = await world.until('staging', strict, over)
  assert.deepEqual([mended.state, mended.lost], ['completed', []])
  assert.equal(digest(await world.get(`staging/runs/${strict}/report.json`)), GOLDEN.sha256.undercut)
})

test('what is wrong with an event is told at once; with the world, after a bounded wait, and the run goes on from there', async (t) => {
  const world = await startWorld(t)
  const names = { run: 'r', request_id: 'r', client: 'c', env: 'prod', trace: null }
  const envelope = { schema: 1, ...names, hops: 8, budget: 9, ticket: 1, input: { part: 'shares-0' } }
  const { answer: foreign } = await world.call('replay', { ...envelope, env: 'dev' }, 'PROD')
  assert.match(foreign.errorMessage, /env.*dev.*prod/)
  const { answer: newer } = await world.call('replay', { ...envelope, schema: 2 }, 'PROD')
  assert.match(newer.errorMessage, /schema.*2/)
  const { answer: stale } = await world.call('resume', { run: 'gone' }, 'PROD')
  assert.match(stale.errorMessage, /no run is called `gone` in environment `prod`/)
  const scenario = await world.storeExample('inputs/four')
  await world.redis.stop()
  const began_ms = Date.now()
  const { answer: down } = await world.call('plan', { scenario, visits: GOLDEN.visits }, 'PROD')
  assert.match(down.errorMessage, /Redis at 127\.0\.0\.1:\d+ gave no answer within 5 s/)
  assert.ok(Date.now() - began_ms < 20_000)
  const line = JSON.parse(world.functions.logged.findLast((line) => line.includes('plan failed')) ?? '{}')
  const { level, service, env, component, run, request_id, client, function_request_id, error } = line
  assert.deepEqual([level, service, env, component, client], ['ERROR', 'switchyard', 'prod', 'plan', 'lambda'])
  assert.deepEqual([run, request_id], [function_request_id, function_request_id])
  assert.match(error.stack, /gave no answer within 5 s/)
  assert.equal(world.functions.logged.filter((line) => line.includes('redis://')).length, 0, 'its address is a secret')
  await world.redis.start()
  const { answer } = await world.call('plan', { scenario, visits: GOLDEN.visits }, 'PROD')
  await world.until('prod', answer.run, ({ state }) => state === 'completed')
})
