import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadPackage } from '../wasm.ts'
import { Pool } from './pool.ts'

test('calls wait for an idle worker, and what they ask for is told with the call it is about', async (t) => {
  const { pool, call, said } = await misbehaving(t)
  const outcomes = await Promise.all([call('launch', 'a b'), call('one'), call('two'), call('three'), call('wrong')])
  assert.deepEqual(
    outcomes.map(({ failure }) => failure?.message),
    [undefined, undefined, undefined, undefined, 'no'],
  )
  assert.deepEqual(said.toSorted(), [
    'ERROR it is wrong about wrong',
    'called launch a b',
    'called one ',
    'called three ',
    'called two ',
    'called wrong ',
    'invoke a of launch',
    'invoke b of launch',
  ])
  assert.equal(pool.replaced, 0)
})

test("a step's answer reaches whoever took it, and its error too", async (t) => {
  const { call, said } = await misbehaving(t)
  assert.equal((await call('step', 'fine')).failure, undefined)
  assert.ok(said.includes('answered to fine'))
  // An error of the host's own that nobody catches ends the worker: components turn it into one of theirs.
  const { failure } = await call('step', 'broken')
  assert.deepEqual([failure?.kind, failure?.retry], ['worker', true])
  assert.match(failure?.message ?? '', /the ledger is away/)
})

for (const [component, why] of [
  ['exit', 'it was ended'],
  ['trap', 'unreachable'],
] as const) {
  test(`a worker that dies (${component}) fails its call, may pass, and is replaced`, async (t) => {
    const { pool, call, said } = await misbehaving(t)
    const failure = { kind: 'worker', message: `its worker died: ${why}`, retry: true }
    assert.deepEqual(await call(component), { duration_ms: 0, failure })
    assert.equal(pool.replaced, 1)
    assert.ok(said.includes(`WARN a worker died (${why}) and is replaced about ${component}`), said.join('\n'))
    assert.equal((await call('fine')).failure, undefined)
  })
}

/** A pool of two workers that do as test-worker.ts says, and what they said. */
async function misbehaving(t: TestContext) {
  const said: string[] = []
  const text = (message: Uint8Array) => new TextDecoder().decode(message)
  const entry = new URL('./test-worker.ts', import.meta.url)
  const services = {
    invoke: (component: string, _: Uint8Array, from: { component: string }) => {
      said.push(`invoke ${component} of ${from.component}`)
    },
    publish: (topic: string, message: Uint8Array) => void said.push(`${topic} ${text(message)}`),
    step: async (step: string) => {
      if (step === 'broken') throw new Error('the ledger is away')
      return `to ${step}`
    },
    log: (level: string, message: string, from?: { component: string }) => {
      said.push(`${level} ${message} about ${from?.component}`)
    },
  }
  const pool = new Pool({ workers: 2, services, entry })
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-'))
  t.after(async () => {
    await pool.close()
    rmSync(folder, { recursive: true })
  })
  const { module } = await loadPackage()
  pool.start({ module, folder })
  const call = (component: string, message = '') =>
    pool.call({ component, env: 'dev', message: new TextEncoder().encode(message) })
  return { pool, call, said }
}
