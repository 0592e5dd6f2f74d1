// Tells of work that takes long: a line when it begins and a line when it ends. In between, a terminal shows what is still at
// work in one line, rewritten each second; where there is no terminal, a line a minute says so.
const terminal = process.stdout.isTTY
const atWork = new Map()
let ticker

/** Does the work, telling of it. */
export async function announced(title, estimate, work) {
  say(`• ${title}: about ${estimate}`)
  const began = Date.now()
  atWork.set(title, began)
  ticker ??= setInterval(sayWhatIsAtWork, terminal ? 1_000 : 60_000)
  try {
    await work()
  } finally {
    atWork.delete(title)
    if (atWork.size === 0) ticker = clearInterval(ticker)
    erase()
  }
  say(`✓ ${title}: ${since(began)}`)
}

/** Prints a line. */
export function say(line) {
  erase()
  console.log(line)
}

function sayWhatIsAtWork() {
  const line = `… ${[...atWork].map(([title, began]) => `${title}: ${since(began)}`).join(', ')}`
  if (!terminal) return console.log(line)
  erase()
  process.stdout.write(line.slice(0, process.stdout.columns - 1))
}

// To the first column, and the line emptied.
function erase() {
  if (terminal) process.stdout.write('\r\x1b[K')
}

const since = (began) => `${Math.round((Date.now() - began) / 1000)} s`

process.on('exit', erase)
