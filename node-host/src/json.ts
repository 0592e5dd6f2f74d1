// JSON from outside: parsed only as deep as the formats go, so that whatever walks through it later needs no care.

/** As deep as core reads. */
const LEVELS_MAX = 127

/** Parses JSON.
 *
 * @throws SyntaxError, also if it is nested too deep.
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${LEVELS_MAX} levels`)
  return JSON.parse(text)
}

function isTooDeep(text: string): boolean {
  let level = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) quoted = !quoted
    else if (quoted && char === BACKSLASH) at += 1
    else if (!quoted && (char === BRACKET || char === BRACE)) level += 1
    else if (!quoted && (char === BRACKET + 2 || char === BRACE + 2)) level -= 1
    if (level > LEVELS_MAX) return true
  }
  return false
}

const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b] as const
