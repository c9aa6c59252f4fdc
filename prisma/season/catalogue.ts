import { apparel } from './apparel.ts'
import { campusSouvenirs } from './campus-souvenirs.ts'
import { concerts } from './concerts.ts'
import { culinary } from './culinary.ts'
import { festivals } from './festivals.ts'
import type { EventSpec, MerchandiseSpec } from './spec.ts'
import { sports } from './sports.ts'
import { stageSouvenirs } from './stage-souvenirs.ts'
import { talks } from './talks.ts'
import { theatre } from './theatre.ts'

/** All events by Event.category. */
export const eventsByCategory: Readonly<Record<string, readonly EventSpec[]>> = {
  festival: festivals,
  konser: concerts,
  talkshow: talks,
  olahraga: sports,
  teater: theatre,
  kuliner: culinary,
}

export const merchandise: readonly MerchandiseSpec[] = [...apparel, ...campusSouvenirs, ...stageSouvenirs]
