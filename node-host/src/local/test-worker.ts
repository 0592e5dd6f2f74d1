// A worker whose components misbehave: for pool.test.ts.

import { serve } from './serve.ts'

serve(async (component, message, host) => {
  const text = new TextDecoder().decode(message)
  await host.publish('called', new TextEncoder().encode(`${component} ${text}`))
  switch (component) {
    case 'launch':
      for (const next of text.split(' ')) await host.invoke(next, message)
      return
    case 'once':
      // The ledger outlives the call: only the first delivery fails.
      if ((await host.members('tried')).length > 0) return
      await host.enter('tried', component)
      return fail(true)
    case 'never':
      return fail(true)
    case 'wrong':
      return fail(false)
    case 'exit':
      return process.exit(3)
    case 'trap':
      // As a panic in an async export: the error goes uncaught and the call never settles.
      queueMicrotask(() => {
        throw new Error('unreachable')
      })
      return new Promise(() => {})
  }
})

function fail(retry: boolean): never {
  throw Object.assign(new Error('no'), { kind: 'host', retry })
}
