// A worker that dies costs time, never truth: its message is delivered again, and the report is the same bytes.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Blobs } from '../node-host/src/local/blobs.ts'
import { Bus } from '../node-host/src/local/bus.ts'
import { Ledger } from '../node-host/src/local/ledger.ts'
import { loadPackage } from '../node-host/src/local/module.ts'
import { Pool } from '../node-host/src/local/pool.ts'
import { planFiles, readFiles, readScenario } from '../node-host/src/predict/question.ts'
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
  const { module, exports } = await loadPackage()
  const scenario = await readScenario(join(path, 'small.json'))
  const question = await readFiles(scenario, exports.scenarioFiles(scenario.path, scenario.bytes))
  const blobs = new Blobs(work)
  for (const { key, bytes } of [scenario, ...question.files.values()]) blobs.write(key, bytes)
  const bus = new Bus()
  const pool = new Pool({ workers: 1, ledger: new Ledger(), bus })
  bus.subscribe('switchyard:local:*', (_, message) => hear(pool, JSON.parse(new TextDecoder().decode(message))))
  pool.start({ module, folder: work })
  const run = exports.newRunId()
  const job = pool.run('plan', exports.planMessage(run, run, 'test', 'local', { ...planFiles(question), chunk: 10_000 }))
  await job.settled
  await pool.close()
  const report = blobs.read(exports.reportKey('local', run))
  assert.ok(report)
  const retries = Object.values(job.stats).reduce((sum, { retries }) => sum + retries, 0)
  return { report: new TextDecoder().decode(report), replaced: pool.replaced, retries }
}
