// What there is at the prompt: the components, the blobs, the bus and the ledger of one Switchyard, as functions.

import { existsSync } from 'node:fs'
import { type Announcement, type Answered, decode, type Environment, type Event } from '../environment/environment.ts'
import { follow, reason } from '../environment/follow.ts'
import { storeFiles } from '../environment/run.ts'
import { Complaint } from '../errors.ts'
import { planFiles, readScenario } from '../predict/question.ts'
import type { Report } from '../predict/report.ts'
import { show } from '../terminal/progress.ts'
import { loadPackage, type Wasm } from '../wasm.ts'

/** A function at the prompt, and what `.help` says of it. */
export interface Hand {
  usage: string
  does: string
  // biome-ignore lint/suspicious/noExplicitAny: whoever types at the prompt passes what they like
  run: (...args: any[]) => unknown
}

/** A run: its name, or what a component answered about it. */
type RunOf = string | Pick<Answered, 'run'>

/** The functions by name. `print` says something that nobody waits for. */
export async function atHand(at: Environment, print: (line: string) => void): Promise<Map<string, Hand>> {
  const wasm = await loadPackage()
  const call = async (component: string, input: Event = {}) =>
    at.call(component, component === 'plan' ? await planEvent(at, wasm, input) : input)
  const components = wasm.exports.components().map((component): [string, Hand] => {
    const hand = { usage: `${component}(input)`, does: 'call this component', run: (input?: Event) => call(component, input) }
    return [component, hand]
  })
  const hands: Record<string, Hand> = {
    ...Object.fromEntries(components),
    call: { usage: 'call(component, input)', does: 'call any component', run: call },
    plan: {
      usage: 'plan({scenario, …})',
      does: 'begin a run of a scenario: a file here, or the key of a blob',
      run: (input) => call('plan', input),
    },
    ...runHands(at, wasm, call),
    ...blobHands(at),
    ...busHands(at, print),
  }
  return new Map(Object.entries(hands))
}

/** The event with the files of a scenario that lies here stored; a scenario that is stored already stays its key. */
async function planEvent(at: Environment, wasm: Wasm, event: Event): Promise<Event> {
  const { scenario } = event
  if (typeof scenario !== 'string' || !existsSync(scenario)) return event
  const question = await readScenario(Promise.resolve(wasm), scenario)
  await storeFiles(at, [question.scenario, ...question.files.values()])
  return { ...event, ...planFiles(question) }
}

type Call = (component: string, input: Event) => Promise<Answered>

function runHands(at: Environment, wasm: Wasm, call: Call): Record<string, Hand> {
  const tell = (component: string) => (run: RunOf) => call(component, { run: nameOf(run) })
  const look = (run: RunOf) => at.look(nameOf(run))
  const watch = async (run: RunOf) => {
    const ending = await show(false, (tracker) => follow(at, nameOf(run), tracker))
    if (ending.state === 'unknown') throw noRun(at, nameOf(run))
    if (ending.state !== 'completed') throw new Complaint(reason(ending))
    return look(run)
  }
  const report = async (run: RunOf): Promise<Report> => {
    const bytes = await at.read(wasm.exports.runKey(at.name, nameOf(run), 'report.json'))
    if (bytes) return JSON.parse(new TextDecoder().decode(bytes)) as Report
    const { state } = await look(run)
    throw state === 'unknown' ? noRun(at, nameOf(run)) : new Complaint(`run \`${nameOf(run)}\` is ${state} and has no report`)
  }
  const table = async (run: RunOf) => console.log((await import('../predict/text.ts')).render(await report(run)))
  return {
    runs: { usage: 'runs()', does: 'the runs, the newest first', run: () => at.runs() },
    look: { usage: 'look(run)', does: 'how a run stands', run: look },
    watch: { usage: 'watch(run)', does: 'show how far a run is, to its end', run: watch },
    cancel: { usage: 'cancel(run)', does: 'end a run', run: tell('cancel') },
    resume: { usage: 'resume(run)', does: 'have what is missing of a run done', run: tell('resume') },
    report: { usage: 'report(run)', does: "what a run found; the component is call('report', …)", run: report },
    table: { usage: 'table(run)', does: 'the same, printed for people', run: table },
  }
}

function blobHands(at: Environment): Record<string, Hand> {
  const read = async (key: string) => {
    const bytes = await at.read(key)
    return bytes && Buffer.from(bytes)
  }
  const write = (key: string, value: unknown) => at.write(key, value instanceof Uint8Array ? value : encoded(value))
  return {
    read: { usage: 'read(key)', does: 'a blob, or undefined', run: read },
    write: { usage: 'write(key, value)', does: 'store bytes, a text, or anything else as JSON', run: write },
    list: { usage: "list('prefix')", does: 'the keys that begin so', run: (prefix = '') => at.list(prefix) },
  }
}

function busHands(at: Environment, print: (line: string) => void): Record<string, Hand> {
  const on = async (topics: string, listener: (announcement: Announcement, topic: string) => unknown) => {
    const form = new RegExp(`^${topics.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`)
    const unsubscribe = await at.subscribe((topic, message) => {
      const announcement = form.test(topic) ? decode(message) : undefined
      if (!announcement) return
      // Whoever announces it is not to fail by it.
      new Promise((resolve) => resolve(listener(announcement, topic))).catch((error) => print(`${topics}: ${String(error)}`))
    })
    return function stop() {
      unsubscribe()
    }
  }
  const all = `switchyard:${at.name}:*`
  const listen = (topics = all) => on(topics, (announcement, topic) => print(`${topic} ${toldOf(announcement)}`))
  return {
    on: { usage: `on('${all}', fn)`, does: 'call fn(announcement, topic) for each; gives what stops it', run: on },
    listen: { usage: 'listen()', does: 'print announcements, of all topics or those given; gives what stops it', run: listen },
  }
}

function toldOf(announcement: Announcement): string {
  const { part, event, done, of } = announcement
  const percent = of === 0 ? '' : `${Math.floor((100 * done) / of)} %`
  return [part, event, percent, announcement.event === 'failed' ? announcement.message : ''].filter(Boolean).join('  ')
}

function nameOf(run: RunOf): string {
  const name = typeof run === 'string' ? run : run?.run
  if (typeof name !== 'string') throw new Complaint(`run: got \`${JSON.stringify(run)}\`, expected the name of a run, see runs()`)
  return name
}

function noRun({ name, where }: Environment, run: string): Complaint {
  return new Complaint(`no run \`${run}\` is known in environment \`${name}\` of ${where}`)
}

function encoded(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
}
