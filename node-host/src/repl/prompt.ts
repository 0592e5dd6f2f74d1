// A prompt on node:repl. On a terminal it is that; with lines from elsewhere each is done before the next, values go to the
// standard output, and the first error ends it.

import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type REPLServer, Recoverable, start, writer } from 'node:repl'
import { PassThrough, Writable } from 'node:stream'
import { Complaint } from '../errors.ts'
import type { Hand } from './at-hand.ts'

export class Prompt {
  #server: REPLServer | undefined

  /** Says something that nobody waits for, above the line that is being typed. */
  readonly print = (line: string): void => {
    process.stdout.write(`${this.#server ? '\r\x1b[K' : ''}${line}\n`)
    this.#server?.displayPrompt(true)
  }

  /** Takes what is typed until that ends; gives the exit code. */
  async run(name: string, hands: Map<string, Hand>): Promise<number> {
    if (!process.stdin.isTTY || !process.stdout.isTTY) return script(hands)
    process.stdout.write('await what they answer; .help lists what there is, .exit ends\n')
    const server = start({ ...OPTIONS, prompt: `${name}> `, breakEvalOnSigint: true })
    this.#server = server
    equip(server, hands)
    try {
      const history = join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'switchyard/repl_history')
      mkdirSync(dirname(history), { recursive: true })
      server.setupHistory(history, () => {})
    } catch {
      // Without a home, or in one that cannot be written to, there is no history.
    }
    await once(server, 'exit')
    return 0
  }
}

const OPTIONS = { useGlobal: true, ignoreUndefined: true, writer: shown }

/** Does the lines of the standard input; gives the exit code. */
async function script(hands: Map<string, Hand>): Promise<number> {
  let said = ''
  const output = new Writable({
    decodeStrings: false,
    write(text, _, done) {
      said += text
      done()
    },
  })
  const server = start({ ...OPTIONS, input: new PassThrough(), output, terminal: false, prompt: '' })
  equip(server, hands)
  let unfinished = false
  const { eval: evaluate } = server
  Object.assign(server, {
    eval: ((code, context, file, done) => {
      evaluate.call(server, code, context, file, (error, value) => {
        unfinished = error instanceof Recoverable
        done(error, value)
      })
    }) satisfies typeof evaluate,
  })
  const tell = () => {
    const failed = server.lastError !== undefined
    if (failed) process.stderr.write(said.replace(/^Uncaught:?\s/, ''))
    else process.stdout.write(said)
    said = ''
    return failed
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const ready = Promise.withResolvers<void>()
    const ended = once(server, 'exit').then(() => true)
    // It is ready for the next line when it would ask for it.
    server.displayPrompt = () => ready.resolve()
    server.write(`${line}\n`)
    const exit = await Promise.race([ready.promise, ended])
    if (tell()) return 1
    if (exit) return 0
  }
  if (!unfinished) return 0
  process.stderr.write('the input ends in the middle of a statement\n')
  return 1
}

/** Puts the functions at hand, and what tells of them. */
function equip(server: REPLServer, hands: Map<string, Hand>): void {
  for (const [name, { run }] of hands) server.context[name] = run
  server.defineCommand('help', {
    help: 'Print this help message',
    action() {
      const usages = [...hands.values()].map(({ usage, does }) => `${usage.padEnd(30)} ${does}`)
      server.output.write(`${[...usages, ...COMMANDS].join('\n')}\n`)
      server.displayPrompt()
    },
  })
}

const COMMANDS = [
  '',
  'They answer with promises: await plan({…}). A run is its name, or what a component answered about it.',
  'Ctrl+C ends what is awaited. .editor takes several lines, .load FILE those of a file, .exit ends',
]

/** A value as it is printed; of an error what it says, without where. */
function shown(this: REPLServer, value: unknown): string {
  if (value instanceof Promise) return 'a promise: await it'
  if (value instanceof Complaint) return value.message
  return value instanceof Error ? String(value) : writer.call(this, value)
}
