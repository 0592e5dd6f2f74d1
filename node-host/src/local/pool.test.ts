import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Bus } from './bus.ts'
import { ComponentError } from './job.ts'
import { Ledger } from './ledger.ts'
import { loadPackage } from './module.ts'
import { Pool } from './pool.ts'

test('a job is done when everything that it launched is done', async (t) => {
  const { pool, called } = await misbehaving(t)
  const job = pool.run('launch', new TextEncoder().encode('a b c'))
  await job.settled
  assert.deepEqual(called.sort(), ['a a b c', 'b a b c', 'c a b c', 'launch a b c'])
  assert.deepEqual(Object.keys(job.stats).sort(), ['a', 'b', 'c', 'launch'])
})

test('a failure that may pass is tried again', async (t) => {
  const { pool, called } = await misbehaving(t)
  const job = pool.run('once', new Uint8Array())
  await job.settled
  assert.equal(called.length, 2)
  assert.deepEqual([job.stats.once?.calls, job.stats.once?.retries], [2, 1])
})

test('a failure that does not pass ends the job after three deliveries', async (t) => {
  const { pool, called } = await misbehaving(t)
  await assert.rejects(pool.run('never', new Uint8Array()).settled, (error: ComponentError) => {
    assert.deepEqual([error.component, error.message], ['never', 'no (after 3 attempts)'])
    return true
  })
  assert.equal(called.length, 3)
})

test('a failure that no retry heals ends the job at once, and no other', async (t) => {
  const { pool, called } = await misbehaving(t)
  const other = pool.run('launch', new TextEncoder().encode('x y'))
  await assert.rejects(pool.run('wrong', new Uint8Array()).settled, { component: 'wrong', message: 'no' })
  await other.settled
  assert.equal(called.filter((call) => call.startsWith('wrong')).length, 1)
})

for (const [component, why] of [
  ['exit', 'it was ended'],
  ['trap', 'unreachable'],
] as const) {
  test(`a message whose worker dies (${component}) is delivered three times in all, to a new worker each time`, async (t) => {
    const { pool, called, warned } = await misbehaving(t)
    const message = `its worker died: ${why} (after 3 attempts)`
    await assert.rejects(pool.run(component, new Uint8Array()).settled, new ComponentError(component, failure(message)))
    assert.equal(called.length, 3)
    assert.equal(pool.replaced, 3)
    assert.deepEqual(warned, Array(3).fill(`a worker died (${why}) and is replaced`))
    await pool.run('fine', new Uint8Array()).settled
  })
}

const failure = (message: string) => ({ kind: 'worker', message, retry: true })

/** A pool of two workers that do as test-worker.ts says, and what they were called with. */
async function misbehaving(t: TestContext) {
  const bus = new Bus()
  const called: string[] = []
  bus.subscribe('called', (_, message) => called.push(new TextDecoder().decode(message)))
  const warned: string[] = []
  const log = (_: string, message: string) => warned.push(message)
  const entry = new URL('./test-worker.ts', import.meta.url)
  const pool = new Pool({ workers: 2, ledger: new Ledger(), bus, log, entry })
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-'))
  t.after(async () => {
    await pool.close()
    rmSync(folder, { recursive: true })
  })
  pool.start({ module: (await loadPackage()).module, folder })
  return { pool, called, warned }
}
