// The host on one machine keeps what components were promised, seen from a real worker.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { Bus } from '../node-host/src/local/bus.ts'
import { Pool } from '../node-host/src/local/pool.ts'
import { loadPackage } from '../node-host/src/wasm.ts'
import { folder } from './support.ts'

test('the host on one machine keeps the contract', async (t) => {
  const bus = new Bus()
  const heard: string[] = []
  bus.subscribe('*', (topic, message) => {
    const text = new TextDecoder().decode(message)
    if (topic === 'lose') ledger.lose(env, text || undefined)
    else heard.push(`${topic} ${text}`)
  })
  const logged: string[] = []
  const { module, exports } = await loadPackage()
  const ledger = new exports.Ledger({ in_flight: 4, start: 4, lease_s: 60, keep_s: 60 })
  const launched: Promise<unknown>[] = []
  const services = {
    invoke: (component: string, message: Uint8Array) => void launched.push(pool.call({ component, env, message })),
    publish: (topic: string, message: Uint8Array) => bus.publish(topic, message),
    step: (step: string) => ledger.step(Date.now(), step),
    log: (level: string, message: string) => void logged.push(`${level} ${message}`),
  }
  const entry = new URL('./contract-worker.ts', import.meta.url)
  const pool = new Pool({ workers: 2, services, entry })
  t.after(() => pool.close())
  const blobs = folder(t)
  pool.start({ module, folder: blobs })
  // A name that would lead out of the folder, were its keys paths.
  const env = '../../x y'
  const { failure } = await pool.call({ component: 'suite', env, message: new TextEncoder().encode(env) })
  assert.equal(failure, undefined)
  await Promise.all(launched)
  assert.deepEqual(heard.sort(), [
    `${env}:topic announced`,
    // The suite launches the component `contract`, whose messages this worker repeats.
    'test:contract launched',
    `test:suite ${env}`,
  ])
  assert.deepEqual(logged, ['INFO the host contract was tried'])
  assert.deepEqual(readdirSync(blobs).sort(), ['%2E.%2F..%2Fx%20y%2Fblob%2F2', '%2E.%2F..%2Fx%20y%2Fblob%2Fa%20b.bin'])
})
