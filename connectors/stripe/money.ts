// https://docs.stripe.com/currencies#zero-decimal, without UGX: the special cases below that list take it back.
const zeroDecimal = new Set(
  ['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], // prettier-ignore
)
const threeDecimal = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/**
 * How many decimals an `amount` of Stripe's has; this is the API's unit, not always the currency's own. ISK and UGX have no
 * fractions, yet 5 of them is sent as 500; HUF and TWD are whole for payouts only, and charges have two decimals
 * (https://docs.stripe.com/currencies#special-cases).
 */
export function exponentOf(currency: string): number {
  const code = currency.toUpperCase()
  if (zeroDecimal.has(code)) return 0
  return threeDecimal.has(code) ? 3 : 2
}

/**
 * Minor units (`1050`, or a decimal of them: `'1050.5'`) to an exact amount of the currency (`'10.50'`, `'10.505'`).
 * Null where there is no amount, or no currency to tell what it means.
 */
export function toAmount(minor: number | string | null | undefined, currency: string | null | undefined) {
  if (minor == null || !currency) return null
  const places = exponentOf(currency)
  const { digits, scale } = parseDecimal(String(minor))
  return printDecimal({ digits, scale: scale + places }, places)
}

/** Sum of `unit` times `count`, as decimal text again. No float comes near it. */
export function sumOf(terms: { unit: string; count: number }[]): string {
  const parsed = terms.map(({ unit, count }) => ({ ...parseDecimal(unit), count: BigInt(count) }))
  const scale = Math.max(0, ...parsed.map((term) => term.scale))
  const digits = parsed.reduce((sum, term) => sum + term.digits * term.count * 10n ** BigInt(scale - term.scale), 0n)
  return printDecimal({ digits, scale }, 0)
}

type Decimal = { digits: bigint; scale: number }

function parseDecimal(text: string): Decimal {
  const [whole = '', fraction = ''] = text.split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}

/** At least `places` decimals, more only where they are not zero. */
function printDecimal({ digits, scale }: Decimal, places: number): string {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits)
    .slice(sign.length)
    .padStart(scale + 1, '0')
  const whole = text.slice(0, text.length - scale)
  const fraction = text
    .slice(text.length - scale)
    .replace(/0+$/, '')
    .padEnd(places, '0')
  return sign + whole + (fraction && `.${fraction}`)
}
