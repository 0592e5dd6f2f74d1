// Choices to fit a model to, in long format.

import { gzipSync } from 'node:zlib'

/** 160 choices among three deals by 40 people: the higher its rating and the lower its price, the likelier. */
export function longChoices(): string {
  const random = uniform(7)
  const rows = ['person,set,deal,chosen,price,rating,both']
  for (let set = 0; set < 160; set += 1) {
    const taste = 0.5 + (set >> 2) / 20
    const deals = [1, 2, 3].map((deal) => ({ deal, price: Math.round(random() * 50) / 10, rating: Math.round(random() * 5) }))
    const utilities = deals.map(({ price, rating }) => taste * rating - price - Math.log(-Math.log(random())))
    const best = utilities.indexOf(Math.max(...utilities))
    deals.forEach(({ deal, price, rating }, at) => {
      rows.push(`p${set >> 2},s${set},${deal},${at === best ? 1 : 0},${price},${rating},${price + rating}`)
    })
  }
  return `${rows.join('\n')}\n`
}

/** Choices among four electricity suppliers, with the columns of Train's data and tastes that differ between 100 people; CSV, compressed. */
export function electricity(): Uint8Array {
  const random = uniform(11)
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
  const rows = ['choice,id,alt,pf,cl,loc,wk,tod,seas,chid']
  for (let id = 1; id <= 100; id += 1) {
    const taste = [-1, -0.2, 2, 1.5, -9, -9].map((mean) => mean + 0.4 * Math.abs(mean) * normal())
    for (let set = 1; set <= 12; set += 1) {
      const deals = [1, 2, 3, 4].map(() => {
        const rates = Math.floor(random() * 3)
        const fixed = rates === 0 ? 7 + Math.floor(random() * 3) : 0
        const [loc, known] = [random() < 0.3, random() < 0.4]
        return [fixed, Math.floor(random() * 3) * 2, Number(loc), Number(!loc && known), Number(rates === 1), Number(rates === 2)]
      })
      const utilities = deals.map((deal) => {
        return deal.reduce((sum, value, at) => sum + value * (taste[at] ?? 0), -Math.log(-Math.log(random())))
      })
      const best = utilities.indexOf(Math.max(...utilities))
      for (const [alt, deal] of deals.entries()) rows.push([alt === best ? 1 : 0, id, alt + 1, ...deal, id * 100 + set].join())
    }
  }
  return gzipSync(`${rows.join('\n')}\n`)
}

/** Numbers from 0 to 1, the same each time. */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
