// A worker that tries the host contract instead of doing a component's work: for host-contract.test.ts.

import { readFileSync } from 'node:fs'
import { serve } from '../node-host/src/local/instance.ts'
import { brokenPromises } from '../wasm/pkg/switchyard.js'

const STEPS = readFileSync(new URL('../core/src/host/contract/ledger.jsonl', import.meta.url), 'utf8')

serve(async ({ component, message }, host) => {
  // The ledger is in the main thread, which loses what it is told on this topic.
  const lose = (run: string | undefined) => host.publish('lose', new TextEncoder().encode(run))
  const broken = component === 'suite' ? await brokenPromises(host, new TextDecoder().decode(message), STEPS, lose) : []
  await host.publish(
    `test:${component}`,
    broken.length === 0 ? message : new TextEncoder().encode(`broken: ${broken.join('; ')}`),
  )
})
