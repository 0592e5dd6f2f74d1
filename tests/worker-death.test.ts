// A worker that dies costs time, never truth: its message is delivered again, and the report is the same bytes.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Tracker } from '../node-host/src/environment/follow.ts'
import { finish } from '../node-host/src/environment/run.ts'
import { LocalEnvironment } from '../node-host/src/local/environment.ts'
import { openSystem } from '../node-host/src/local/open.ts'
import type { Pool } from '../node-host/src/local/pool.ts'
import { planFiles, readScenario } from '../node-host/src/predict/question.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import type { Announcement } from '../wasm/pkg/switchyard.js'
import { folder, market } from './support.ts'

test('workers killed in the middle of calls do not change the report', async (t) => {
  const undisturbed = await predict(market(t), folder(t), () => {})
  let killed = 0
  const disturbed = await predict(market(t), folder(t), async (pool, { component, event }) => {
    // The first replay is begun by the only worker: a little later it is in the middle of it.
    if (component !== 'replay' || event !== 'started' || killed === 3) return
    killed += 1
    await sleep(5)
    await pool.workers[0]?.terminate()
  })
  assert.equal(killed, 3)
  assert.equal(disturbed.replaced, 3)
  assert.ok(disturbed.retries > 0, 'no message was delivered again')
  assert.deepEqual(disturbed.report, undisturbed.report)
})

/** Runs the small scenario with one worker; `hear` is told what components announce. */
async function predict(path: string, data: string, hear: (pool: Pool, announcement: Announcement) => void) {
  const wasm = await loadPackage()
  const question = await readScenario(Promise.resolve(wasm), join(path, 'small.json'))
  const { system, close } = await openSystem({ data, workers: 1, retryScale: 0.001, log: () => {} })
  const at = new LocalEnvironment(system, 'dev', { client: 'test', alone: true })
  await at.subscribe((_, message) => hear(system.pool, JSON.parse(new TextDecoder().decode(message))))
  const [run, files] = [wasm.exports.newRunId(), [question.scenario, ...question.files.values()]]
  const [record, key] = ['plan.json', 'report.json'].map((name) => wasm.exports.runKey('dev', run, name)) as [string, string]
  const asked = { begins: 'plan', input: { ...planFiles(question), chunk: 10_000 }, files }
  await finish(at, { run, question: asked, record, found: false, tracker: new Tracker(), say: () => {} })
  await system.idle()
  await close()
  const report = await at.read(key)
  assert.ok(report)
  const retries = Object.values(system.stats.byComponent).reduce((sum, { retries }) => sum + retries, 0)
  return { report: new TextDecoder().decode(report), replaced: system.pool.replaced, retries }
}
