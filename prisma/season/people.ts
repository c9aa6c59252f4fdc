import type { OrganizerKey } from './spec.ts'

export const organizers: Readonly<Record<OrganizerKey, { slug: string; name: string }>> = {
  gelora: { slug: 'gelora-nusantara', name: 'Gelora Nusantara' },
  panggung: { slug: 'panggung-raya', name: 'Panggung Raya' },
  rasa: { slug: 'rasa-dan-raga', name: 'Rasa & Raga' },
}

export interface AccountSpec {
  readonly email: string
  readonly name: string
  readonly member?: readonly [OrganizerKey, 'OWNER' | 'GATE']
}

/** They sign in with this password, which everyone can read here: hence never in production. */
export const PASSWORD = 'karcis-dev-only'

export const BUYER = 'buyer@karcis.test'

export const knownAccounts: readonly AccountSpec[] = [
  { email: 'owner@karcis.test', name: 'Ratna Kusuma', member: ['gelora', 'OWNER'] },
  { email: 'gate@karcis.test', name: 'Joko Prasetyo', member: ['gelora', 'GATE'] },
  { email: BUYER, name: 'Dimas Aditya' },
]

/** Nobody signs in as one of these. */
export const lockedAccounts: readonly AccountSpec[] = [
  { email: 'sari@panggung-raya.test', name: 'Sari Maheswari', member: ['panggung', 'OWNER'] },
  { email: 'yusuf@rasa-dan-raga.test', name: 'Yusuf Harahap', member: ['rasa', 'OWNER'] },
  { email: 'nadia@surel.test', name: 'Nadia Rahmawati' },
  { email: 'bayu@surel.test', name: 'Bayu Setiawan' },
  { email: 'kadek@surel.test', name: 'Kadek Wirawan' },
  { email: 'tiur@surel.test', name: 'Tiur Simanjuntak' },
  { email: 'andi@surel.test', name: 'Andi Mappanyukki' },
  { email: 'laras@surel.test', name: 'Laras Puspita' },
  { email: 'rizky@surel.test', name: 'Rizky Firmansyah' },
  { email: 'meilin@surel.test', name: 'Mei Lin Hartono' },
]

const firstNames = [
  'Agus',
  'Ayu',
  'Bima',
  'Citra',
  'Dewi',
  'Eko',
  'Fajar',
  'Gita',
  'Hendra',
  'Intan',
  'Kirana',
  'Lukman',
  'Maya',
  'Nanda',
  'Putri',
  'Reza',
  'Siti',
  'Taufik',
  'Wulan',
  'Yoga',
] as const

const lastNames = [
  'Anggraini',
  'Batubara',
  'Fauzi',
  'Gunawan',
  'Hidayat',
  'Lestari',
  'Manurung',
  'Nugroho',
  'Permata',
  'Ramadhan',
  'Saputra',
  'Tanjung',
  'Wibowo',
] as const

export interface Guest {
  readonly name: string
  readonly email: string
}

/** Guest number `index`. The lists' lengths share no divisor, so 260 in a row are all different people. */
export function guest(index: number): Guest {
  const first = firstNames[index % firstNames.length] ?? firstNames[0]
  const last = lastNames[index % lastNames.length] ?? lastNames[0]
  return { name: `${first} ${last}`, email: `${first}.${last}@surel.test`.toLowerCase() }
}
