// An execution environment of Lambda, as far as the bundle sees it: a process that loads index.mjs and answers one call at a time.

import { pathToFileURL } from 'node:url'

/** What the process is told. */
export interface Told {
  component: string
  event: unknown
  context: Record<string, unknown>
  trace: string
}

/** What it answers. */
export type Tells = { answer: unknown } | { error: { errorType: string; errorMessage: string; trace: string[] } }

type Handler = (event: unknown, context: Record<string, unknown>) => Promise<unknown>

const handlers = (await import(pathToFileURL(`${process.argv[2]}/index.mjs`).href)) as Record<string, Handler>

process.on('message', async ({ component, event, context, trace }: Told) => {
  process.env._X_AMZN_TRACE_ID = trace
  const handler = handlers[component]
  if (!handler) throw new Error(`${component} is not exported`)
  const tell = (tells: Tells) => process.send?.(tells)
  try {
    tell({ answer: await handler(event, context) })
  } catch (thrown) {
    const error = thrown as Error
    tell({ error: { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') } })
  }
})
