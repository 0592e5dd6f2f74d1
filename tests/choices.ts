// Choices to fit a model to, in long format.

/** 160 choices among three deals by 40 people: the higher its rating and the lower its price, the likelier. */
export function longChoices(): string {
  let state = 7
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
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
