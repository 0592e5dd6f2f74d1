// A worker that tries the host contract instead of doing a component's work: for host-contract.test.ts.

import { serve } from '../node-host/src/local/serve.ts'
import { brokenPromises } from '../wasm/pkg/switchyard.js'

serve(async (component, message, host) => {
  const told = component === 'suite' ? (await brokenPromises(host, new TextDecoder().decode(message))).join('; ') : ''
  await host.publish(`test:${component}`, told === '' ? message : new TextEncoder().encode(`broken: ${told}`))
})
