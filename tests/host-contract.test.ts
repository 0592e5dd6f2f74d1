// The host on one machine keeps what components were promised, seen from a real worker.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { Bus } from '../node-host/src/local/bus.ts'
import { Ledger } from '../node-host/src/local/ledger.ts'
import { loadPackage } from '../node-host/src/local/module.ts'
import { Pool } from '../node-host/src/local/pool.ts'
import { folder } from './support.ts'

test('the host on one machine keeps the contract', async (t) => {
  const bus = new Bus()
  const heard: string[] = []
  bus.subscribe('*', (topic, message) => heard.push(`${topic} ${new TextDecoder().decode(message)}`))
  const logged: string[] = []
  const log = (level: string, message: string) => logged.push(`${level} ${message}`)
  const entry = new URL('./contract-worker.ts', import.meta.url)
  const pool = new Pool({ workers: 2, ledger: new Ledger(), bus, log, entry })
  t.after(() => pool.close())
  const { module } = await loadPackage()
  const blobs = folder(t)
  pool.start({ module, folder: blobs })
  // A prefix that would lead out of the folder, were it a path.
  const prefix = '../../x y'
  await pool.run('suite', new TextEncoder().encode(prefix)).settled
  assert.deepEqual(heard.sort(), [
    `${prefix}:topic announced`,
    // The suite launches the component `contract`, whose messages this worker repeats.
    'test:contract launched',
    `test:suite ${prefix}`,
  ])
  assert.deepEqual(logged, ['INFO the host contract was tried'])
  assert.deepEqual(readdirSync(blobs), ['%2E.%2F..%2Fx%20y%2Fblob%2Fa%20b.bin'])
})
