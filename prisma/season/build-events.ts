import type { Prisma } from '../../src/platform/prisma.ts'
import { daysAfter, hoursAfter, localTime } from './calendar.ts'
import { eventsByCategory } from './catalogue.ts'
import type { SoldItem, Stall } from './plan-carts.ts'
import { idOf, randomFrom } from './random.ts'
import { type EventSpec, minorOf, timeZoneOf } from './spec.ts'

const DEFAULT_MAX_PER_ORDER = 4
const GATES_OPEN_HOURS_BEFORE = 2

export interface EventRows {
  readonly event: Prisma.EventCreateManyInput
  readonly schedules: Prisma.ScheduleCreateManyInput[]
  readonly categories: Prisma.TicketCategoryCreateManyInput[]
  readonly gates: Prisma.GateCreateManyInput[]
  readonly gateCategories: Prisma.GateCategoryCreateManyInput[]
  readonly stall: Stall
}

export const buildEvents = (now: Date): EventRows[] =>
  Object.entries(eventsByCategory).flatMap(([category, specs]) =>
    specs.map((spec) => buildEvent(now, category, spec)),
  )

function buildEvent(now: Date, category: string, spec: EventSpec): EventRows {
  const id = idOf(`event ${spec.slug}`)
  const organizerId = idOf(`organizer ${spec.organizer}`)
  const schedules = schedulesOf(now, id, spec)
  const times = timesOf(now, spec)
  const startsAt = earliest(schedules.map((schedule) => schedule.startsAt))
  const lastStart = latest(schedules.map((schedule) => schedule.startsAt))
  const salesEndAt = spec.status === 'DRAFT' ? null : lastStart
  const categories = categoriesOf(now, id, spec, schedules)
  const gates = gatesOf(id, spec, times.createdAt)
  return {
    event: {
      id,
      organizerId,
      slug: spec.slug,
      title: spec.title,
      description: spec.description,
      status: spec.status ?? 'PUBLISHED',
      category,
      tags: [...spec.tags],
      city: spec.city,
      venue: spec.venue,
      timeZone: timeZoneOf(spec.city),
      startsAt,
      endsAt: latest(schedules.map((schedule) => schedule.endsAt)),
      salesStartAt: times.salesStartAt,
      salesEndAt,
      imageUrl: `https://images.karcis.test/events/${spec.slug}.jpg`,
      allowReentry: spec.allowReentry ?? false,
      maxPerBuyer: spec.maxPerBuyer ?? null,
      publishedAt: times.publishedAt,
      createdAt: times.createdAt,
      updatedAt: times.publishedAt ?? times.createdAt,
    },
    schedules,
    categories,
    ...gates,
    stall: {
      key: spec.slug,
      eventId: id,
      organizerId,
      opensAt: times.salesStartAt ?? now,
      closesAt: earliest([
        lastStart,
        ...categories.flatMap((row) => row.salesEndAt ?? []),
        hoursAfter(now, -3),
      ]),
      items: soldOf(spec),
    },
  }
}

const categoryId = (spec: EventSpec, name: string): string => idOf(`ticket category ${spec.slug} ${name}`)

function soldOf(spec: EventSpec): SoldItem[] {
  return spec.categories.flatMap(([name, rupiah, , { sold: units = 0, max = DEFAULT_MAX_PER_ORDER } = {}]) =>
    units === 0
      ? []
      : [{ kind: 'TICKET', id: categoryId(spec, name), name, priceMinor: minorOf(rupiah), units, max }],
  )
}

const asDates = (times: (Date | string)[]): Date[] =>
  times.map((time) => new Date(time)).sort((a, b) => a.getTime() - b.getTime())
const earliest = (times: (Date | string)[]): Date => asDates(times)[0] ?? new Date(0)
const latest = (times: (Date | string)[]): Date => asDates(times).at(-1) ?? new Date(0)

function schedulesOf(now: Date, eventId: string, spec: EventSpec): Prisma.ScheduleCreateManyInput[] {
  return spec.schedules.map(([name, plusDays, start, hours]) => {
    const startsAt = localTime(now, timeZoneOf(spec.city), {
      days: spec.day,
      plusDays,
      weekday: spec.weekday,
      start,
    })
    return {
      id: idOf(`schedule ${spec.slug} ${name}`),
      eventId,
      name,
      startsAt,
      endsAt: hoursAfter(startsAt, hours),
      gatesOpenAt: spec.gatesAlwaysOpen ? null : hoursAfter(startsAt, -GATES_OPEN_HOURS_BEFORE),
    }
  })
}

function categoriesOf(
  now: Date,
  eventId: string,
  spec: EventSpec,
  schedules: readonly Prisma.ScheduleCreateManyInput[],
): Prisma.TicketCategoryCreateManyInput[] {
  const opening = (days: number | undefined) =>
    days === undefined ? null : localTime(now, timeZoneOf(spec.city), { days, plusDays: 0, start: '10:00' })
  return spec.categories.map(([name, rupiah, quota, options = {}], position) => {
    const schedule = options.schedule === undefined ? undefined : schedules[options.schedule]
    return {
      id: categoryId(spec, name),
      eventId,
      scheduleId: schedule?.id ?? null,
      name,
      description: options.description ?? null,
      priceMinor: minorOf(rupiah),
      currencyCode: 'IDR',
      quota,
      remaining: quota - (options.sold ?? 0),
      maxPerOrder: options.max ?? DEFAULT_MAX_PER_ORDER,
      salesStartAt: opening(options.opensIn),
      // A day's tickets are no longer sold once that day has begun.
      salesEndAt: opening(options.closesIn) ?? schedule?.startsAt ?? null,
      position,
    }
  })
}

function gatesOf(
  eventId: string,
  spec: EventSpec,
  createdAt: Date,
): Pick<EventRows, 'gates' | 'gateCategories'> {
  if (spec.status === 'DRAFT') return { gates: [], gateCategories: [] }
  const lists = Object.entries(spec.gates ?? { 'Gerbang Utama': spec.categories.map(([name]) => name) })
  const gateId = (name: string) => idOf(`gate ${spec.slug} ${name}`)
  return {
    gates: lists.map(([name]) => ({ id: gateId(name), eventId, name, createdAt })),
    gateCategories: lists.flatMap(([name, categories]) =>
      categories.map((category) => ({
        gateId: gateId(name),
        ticketCategoryId: categoryId(spec, category),
      })),
    ),
  }
}

/** Written, then published, then on sale. */
function timesOf(
  now: Date,
  spec: EventSpec,
): { createdAt: Date; publishedAt: Date | null; salesStartAt: Date | null } {
  const random = randomFrom(`times ${spec.slug}`)
  const timeZone = timeZoneOf(spec.city)
  if (spec.status === 'DRAFT')
    return { createdAt: daysAfter(now, -random.between(2, 6)), publishedAt: null, salesStartAt: null }
  const saleDay = spec.salesIn ?? Math.min(spec.day, 0) - random.between(18, 32)
  const salesStartAt = localTime(now, timeZone, { days: saleDay, plusDays: 0, start: '10:00' })
  const publishedAt = hoursAfter(spec.salesIn === undefined ? salesStartAt : now, -random.between(24, 200))
  return { createdAt: daysAfter(publishedAt, -random.between(4, 12)), publishedAt, salesStartAt }
}
