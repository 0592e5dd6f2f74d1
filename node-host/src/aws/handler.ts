// What Lambda calls: a component's handler decodes the event, calls the component and says where its run can be followed. setup/
// bundle.mjs exports one for each component by its name.

import { call, failedMessage, firstMessage, initSync, runKey } from '../../../wasm/pkg/switchyard.js'
import type { Answered } from '../environment/environment.ts'
import { answerTo, errorType, readEvent } from '../lambda/event.ts'
import { environmentOf } from './alias.ts'
import { ConfigFile, ssmSecrets } from './config.ts'
import { readConfig } from './files.ts'
import { resolvedEvent } from './lambda.ts'
import { log, logError, logger } from './log.ts'
import { compiled } from './module.ts'
import { Connections } from './resources.ts'

type Context = Parameters<typeof logger.addContext>[0] & { clientContext?: unknown }

const ready = compiled.then((module) => initSync({ module }))
const config = readConfig().then((text) => new ConfigFile('config.json', text))
config.catch(() => {}) // Told to whoever uses it first.
const connections = new Connections(config, ssmSecrets(), log)

// An instance whose module trapped is not used again: Lambda starts another. First of all listeners, since Lambda's own exits.
process.prependListener('uncaughtException', (error) => end('uncaught: this instance ends', error))

/** The handler of a component. */
export function handlerOf(component: string): (event: unknown, context: Context) => Promise<Answered> {
  return async (event, context) => {
    logger.resetKeys()
    logger.addContext(context)
    try {
      return await handle(component, event, context)
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) end('trapped: this instance ends', error)
      logError(`${component} failed`, error)
      throw typed(error)
    }
  }
}

async function handle(component: string, event: unknown, context: Context): Promise<Answered> {
  const { env, qualifier } = environmentOf(context.invokedFunctionArn)
  logger.appendKeys({ env, component })
  const { config, functions, host } = await connections.at(env, qualifier)
  logger.setLogLevel(await config.get('log_level'))
  const [payload] = await Promise.all([resolvedEvent(functions, event), ready])
  const clientContext = context.clientContext === undefined ? undefined : JSON.stringify(context.clientContext)
  const arrival = { component, env, requestId: context.awsRequestId, clientContext, prefix: functions.prefix }
  const wasm = { firstMessage, failedMessage, runKey }
  const arrived = readEvent(wasm, payload, { ...arrival, trace: process.env._X_AMZN_TRACE_ID })
  const { run, request_id, client, part } = arrived
  logger.appendKeys({ run, request_id, client, part })
  await call(component, env, arrived.message, host)
  return answerTo(wasm, arrived, env)
}

/** An error with its kind in its name, which is what Lambda hands on of it besides the message. What has none is the host's. */
function typed(error: unknown): unknown {
  if (!(error instanceof Error) || !('retry' in error)) return error
  const kind = 'kind' in error ? String(error.kind) : 'host'
  return Object.assign(error, { name: errorType(kind) })
}

function end(what: string, error: unknown): never {
  logError(what, error)
  process.exit(1)
}
