import type { Random } from './random.ts'

export type Person = { name: string; email: string; phone: string; company: string; address: PostalAddress }
export type PostalAddress = {
  line1: string
  line2: string | null
  city: string
  state: string | null
  postal_code: string
  country: string
}

/** An invented person. `n` keeps the e-mail unique; names come in many scripts, for that is how the world is. */
export function inventPerson(random: Random, n: number): Person {
  const [first, last] = [random.pick(FIRST), random.pick(LAST)]
  return {
    name: `${first} ${last}`,
    email: `${mailbox(first)}.${n}@example.com`,
    phone: `+1555010${String(random.int(0, 9999)).padStart(4, '0')}`,
    company: `${random.pick(LAST)} ${random.pick(COMPANY)}`,
    address: inventAddress(random),
  }
}

export function inventAddress(random: Random): PostalAddress {
  const [city, state, country] = random.pick(PLACES)
  const line2 = random.chance(0.2) ? `Apt ${random.int(1, 99)}` : null
  const postal_code = String(random.int(10000, 99999))
  return { line1: `${random.int(1, 999)} ${random.pick(STREETS)}`, line2, city, state, postal_code, country }
}

// Names that are not of ASCII keep their letters in a few addresses: such mailboxes exist (RFC 6531).
const mailbox = (first: string) => first.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')

const FIRST = [
  ...['Ada', 'Bruno', 'Carla', 'Dmitri', 'Esi', 'Femi', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kaya', 'Liam', 'Mona'],
  ...['Nadia', 'Omar', 'Priya', 'Quentin', 'Rosa', 'Sven', 'Tara', 'Uma', 'Viktor', 'Wanda', 'Xenia', 'Yusuf', 'Zoë'],
  ...['Jean-Luc', 'Renée', 'Łukasz', 'Søren', 'Ξένη', 'Ольга', '美咲', '민준', 'أمينة', 'दीपा', 'Nguyễn'],
]
const LAST = [
  ...['Abbott', 'Brandt', 'Castell', 'Dovic', 'Eriksen', 'Fontaine', 'Garrick', 'Hollis', 'Ivers', 'Jarvik'],
  ...['Kessler', 'Lindqvist', 'Marlow', 'Novak', "O'Dell", 'Pereira', 'Quist', 'Rowan', 'Salter', 'Tiemann'],
  ...['Ünal', 'von der Heide', 'Wójcik', 'Παππάς', 'Соколова', '山田', '김', 'الفاسي', 'शर्मा', '"Ace" <Smythe>'],
]
const COMPANY = ['GmbH', 'Ltd', 'Inc.', 'S.à r.l.', '& Sons', '株式会社', 'Coop']
const STREETS = ['Mill Lane', 'Quay Road', 'Rue des Saules', 'Lindenstraße', 'Calle del Río', 'Harbour Way']
const PLACES: [city: string, state: string | null, country: string][] = [
  ['Springfield', 'IL', 'US'],
  ['Portland', 'OR', 'US'],
  ['Köln', null, 'DE'],
  ['Lyon', null, 'FR'],
  ['大阪市', '大阪府', 'JP'],
  ['São Paulo', 'SP', 'BR'],
  ['الكويت', null, 'KW'],
]
