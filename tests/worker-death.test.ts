// A worker that dies costs time, never truth: its message is delivered again, and the report is the same bytes.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadPackage } from '../node-host/src/local/module.ts'
import type { Pool } from '../node-host/src/local/pool.ts'
import { LocalSystem } from '../node-host/src/local/system.ts'
import { planFiles, readFiles, readInput } from '../node-host/src/predict/question.ts'
import { defaultNames } from '../node-host/src/server/names.ts'
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
async function predict(path: string, work: string, hear: (pool: Pool, announcement: Announcement) => void) {
  const wasm = await loadPackage()
  const scenario = await readInput(join(path, 'small.json'), 'a scenario file')
  const question = await readFiles(scenario, wasm.exports.scenarioFiles(scenario.path, scenario.bytes))
  const system = new LocalSystem({ workers: 1, names: defaultNames(), inFlight: 4, scale: 0.001, log: () => {} })
  system.start({ wasm, folder: work })
  for (const { key, bytes } of [scenario, ...question.files.values()]) await system.write('dev', key, bytes)
  await system.subscribe('dev', (_, message) => hear(system.pool, JSON.parse(new TextDecoder().decode(message))))
  const run = system.newRunId()
  const message = system.firstMessage(run, run, 'dev', { ...planFiles(question), chunk: 10_000 })
  system.launch({ env: 'dev', component: 'plan', message, requestId: run })
  await system.idle()
  await system.close()
  const report = await system.read('dev', system.reportKey('dev', run))
  assert.ok(report)
  const retries = Object.values(system.stats.byComponent).reduce((sum, { retries }) => sum + retries, 0)
  return { report: new TextDecoder().decode(report), replaced: system.pool.replaced, retries }
}
