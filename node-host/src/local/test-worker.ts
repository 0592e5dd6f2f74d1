// A worker whose components misbehave: for pool.test.ts.

import { serve } from './instance.ts'

serve(async ({ component, message }, host) => {
  const text = new TextDecoder().decode(message)
  await host.publish('called', new TextEncoder().encode(`${component} ${text}`))
  switch (component) {
    case 'launch':
      for (const next of text.split(' ')) await host.invoke(next, message)
      return
    case 'step':
      return host.publish('answered', new TextEncoder().encode(await host.step(text)))
    case 'wrong':
      host.log('ERROR', 'it is wrong')
      throw Object.assign(new Error('no'), { kind: 'host', retry: false })
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
