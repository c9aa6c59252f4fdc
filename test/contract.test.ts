import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isOutputType,
  isTypeDefinitionNode,
  isUnionType,
  parse,
  print,
  type TypeDefinitionNode,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { schema } from '../src/schema.ts'

// What clients are written against. More may be there; none of this may go or change its type. Ticket.code and Ticket.token were
// never null until they were withheld from staff, who must not be able to go in with them; a buyer always has them.
const AGREED = parse(`
  scalar DateTime
  scalar Decimal
  type Money { amount: Decimal! currencyCode: String! }
  interface Error { code: String! message: String! path: [String!] }
  type Query {
    events(first: Int, after: String, last: Int, before: String, filter: EventFilter, orderBy: EventOrder): EventConnection!
    event(slug: String!): Event
    merchandise(first: Int, after: String, last: Int, before: String, filter: MerchandiseFilter, orderBy: MerchandiseOrder): MerchandiseConnection!
    merchandiseItem(slug: String!): Merchandise
    availability(eventId: ID!): EventAvailability
    organizer(slug: String!): Organizer
    me: User
    order(id: ID!, accessToken: String): Order
    gates(eventId: ID!): [Gate!]!
    waitingRoom(eventId: ID!, token: String): WaitingRoom
  }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type EventConnection { edges: [EventEdge!]! pageInfo: PageInfo! }
  type EventEdge { cursor: String! node: Event! }
  type MerchandiseConnection { edges: [MerchandiseEdge!]! pageInfo: PageInfo! }
  type MerchandiseEdge { cursor: String! node: Merchandise! }
  type Organizer { id: ID! slug: String! name: String! }
  type Event {
    id: ID! slug: String! title: String! description: String! status: EventStatus!
    category: String tags: [String!]! city: String venue: String timeZone: String!
    startsAt: DateTime! endsAt: DateTime! salesStartAt: DateTime salesEndAt: DateTime
    imageUrl: String organizer: Organizer!
    schedules: [Schedule!]! ticketCategories: [TicketCategory!]! merchandise: [Merchandise!]!
  }
  enum EventStatus { DRAFT PUBLISHED CANCELLED ENDED }
  input EventFilter { search: String category: String city: String tag: String startsAfter: DateTime startsBefore: DateTime organizerSlug: String }
  enum EventOrder { STARTS_AT_ASC STARTS_AT_DESC PUBLISHED_AT_DESC }
  type Schedule { id: ID! name: String! startsAt: DateTime! endsAt: DateTime! gatesOpenAt: DateTime }
  type TicketCategory {
    id: ID! name: String! description: String price: Money! maxPerOrder: Int!
    salesStartAt: DateTime salesEndAt: DateTime schedule: Schedule quota: Int! remaining: Int! soldOut: Boolean!
  }
  type EventAvailability { eventId: ID! asOf: DateTime! ticketCategories: [Availability!]! merchandiseVariants: [Availability!]! }
  type Availability { id: ID! remaining: Int! soldOut: Boolean! }
  type Merchandise {
    id: ID! slug: String! name: String! description: String! categories: [String!]! tags: [String!]!
    imageUrls: [String!]! variants: [MerchandiseVariant!]! event: Event organizer: Organizer!
    averageRating: Float reviewCount: Int! reviews(first: Int, after: String): ReviewConnection!
  }
  type MerchandiseVariant { id: ID! sku: String! name: String! price: Money! compareAtPrice: Money stock: Int! remaining: Int! soldOut: Boolean! }
  input MerchandiseFilter { search: String category: String tag: String eventSlug: String organizerSlug: String minPrice: Decimal maxPrice: Decimal }
  enum MerchandiseOrder { NEWEST PRICE_ASC PRICE_DESC RATING_DESC BEST_SELLING }
  type Review { id: ID! rating: Int! body: String! author: String! createdAt: DateTime! }
  type Mutation {
    register(input: RegisterInput!): RegisterResult!
    login(input: LoginInput!): LoginResult!
    refreshSession(refreshToken: String!): LoginResult!
    logout(refreshToken: String!): Boolean!
    joinWaitingRoom(eventId: ID!): JoinWaitingRoomResult!
    createOrder(input: CreateOrderInput!, idempotencyKey: String!): CreateOrderResult!
    cancelOrder(input: CancelOrderInput!, idempotencyKey: String!): CancelOrderResult!
    payOrder(input: PayOrderInput!, idempotencyKey: String!): PayOrderResult!
    checkIn(input: CheckInInput!, idempotencyKey: String!): CheckInResult!
  }
  input RegisterInput { name: String! email: String! password: String! phone: String }
  input LoginInput { email: String! password: String! }
  union RegisterResult = Session | EmailTakenError | ValidationError
  union LoginResult = Session | InvalidCredentialsError | LockedOutError | ValidationError
  type Session { accessToken: String! accessTokenExpiresAt: DateTime! refreshToken: String! user: User! }
  type User { id: ID! name: String! email: String! orders(first: Int, after: String): OrderConnection! }
  input TicketLineInput { ticketCategoryId: ID! quantity: Int! attendeeNames: [String!] }
  input MerchandiseLineInput { variantId: ID! quantity: Int! }
  input BuyerInput { name: String! email: String! phone: String }
  input CreateOrderInput {
    eventId: ID tickets: [TicketLineInput!] merchandise: [MerchandiseLineInput!] buyer: BuyerInput
    holdId: ID admissionToken: String promoCode: String expectedTotal: Decimal
  }
  union CreateOrderResult = Order | SoldOutError | SaleClosedError | LimitExceededError | HoldExpiredError | PromoCodeInvalidError | PriceChangedError | AdmissionRequiredError | IdempotencyConflictError | ValidationError
  type Order {
    id: ID! number: String! status: OrderStatus! currencyCode: String!
    lines: [OrderLine!]! subtotal: Money! discount: Money! total: Money!
    buyerName: String! buyerEmail: String! createdAt: DateTime! expiresAt: DateTime paidAt: DateTime
    accessToken: String payment: Payment tickets: [Ticket!]!
  }
  enum OrderStatus { PENDING_PAYMENT PAID EXPIRED CANCELLED PARTIALLY_REFUNDED REFUNDED }
  type OrderLine { id: ID! kind: OrderLineKind! name: String! unitPrice: Money! quantity: Int! total: Money! }
  enum OrderLineKind { TICKET MERCHANDISE }
  input CancelOrderInput { orderId: ID! accessToken: String reason: String }
  union CancelOrderResult = Order | OrderStateError | NotFoundError | IdempotencyConflictError
  input PayOrderInput { orderId: ID! accessToken: String method: PaymentMethod! }
  enum PaymentMethod { QRIS BCA_VA BNI_VA BRI_VA PERMATA_VA MANDIRI_BILL GOPAY SNAP }
  type Payment {
    id: ID! status: PaymentStatus! method: PaymentMethod! amount: Money! expiresAt: DateTime
    qrString: String vaNumber: String billKey: String billerCode: String redirectUrl: String
  }
  enum PaymentStatus { PENDING SETTLED FAILED EXPIRED REFUNDED PARTIALLY_REFUNDED }
  union PayOrderResult = Payment | OrderStateError | PaymentUnavailableError | NotFoundError | IdempotencyConflictError
  type Ticket { id: ID! code: String token: String status: TicketStatus! attendeeName: String ticketCategory: TicketCategory! schedule: Schedule }
  enum TicketStatus { VALID USED REVOKED }
  input CheckInInput { ticketToken: String! gateId: ID! direction: CheckInDirection scannedAt: DateTime }
  enum CheckInDirection { ENTRY EXIT }
  type Gate { id: ID! name: String! event: Event! ticketCategories: [TicketCategory!]! }
  type CheckIn { id: ID! ticket: Ticket! gateId: ID! direction: CheckInDirection! scannedAt: DateTime! }
  union CheckInResult = CheckIn | TicketAlreadyUsedError | TicketInvalidError | TicketRevokedError | WrongGateError | OutsideWindowError | IdempotencyConflictError
  type WaitingRoom { state: WaitingRoomState! position: Int estimatedWaitSeconds: Int admissionToken: String admissionExpiresAt: DateTime }
  enum WaitingRoomState { INACTIVE PRE_QUEUE WAITING ADMITTED PAUSED SOLD_OUT }
  type SoldOutError implements Error { itemId: ID! remaining: Int! }
  type LimitExceededError implements Error { limit: Int! }
  type LockedOutError implements Error { retryAfterSeconds: Int! }
  type TicketAlreadyUsedError implements Error { firstCheckIn: CheckIn! }
  type PriceChangedError implements Error { total: Money! }
  type OrderStateError implements Error { status: OrderStatus! }
`)

/** What a type has, each as `name: type`. */
function partsOf(type: GraphQLNamedType | undefined): Set<string> {
  if (isEnumType(type)) return new Set(type.getValues().map(({ name }) => name))
  if (isUnionType(type)) return new Set(type.getTypes().map(({ name }) => name))
  if (isInputObjectType(type)) {
    return new Set(Object.values(type.getFields()).map((field) => `${field.name}: ${field.type}`))
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return new Set()
  return new Set([
    ...type.getInterfaces().map(({ name }) => `implements ${name}`),
    ...Object.values(type.getFields()).flatMap((field) => [
      `${field.name}: ${field.type}`,
      ...field.args.map((arg) => `${field.name}(${arg.name}: ${arg.type})`),
    ]),
  ])
}

function agreedParts(definition: TypeDefinitionNode): string[] {
  switch (definition.kind) {
    case 'EnumTypeDefinition':
      return (definition.values ?? []).map(({ name }) => name.value)
    case 'UnionTypeDefinition':
      return (definition.types ?? []).map(({ name }) => name.value)
    case 'InputObjectTypeDefinition':
      return (definition.fields ?? []).map(({ name, type }) => `${name.value}: ${print(type)}`)
    case 'ObjectTypeDefinition':
    case 'InterfaceTypeDefinition':
      return [
        ...(definition.interfaces ?? []).map(({ name }) => `implements ${name.value}`),
        ...(definition.fields ?? []).flatMap(({ name, type, arguments: args }) => [
          `${name.value}: ${print(type)}`,
          ...(args ?? []).map((arg) => `${name.value}(${arg.name.value}: ${print(arg.type)})`),
        ]),
      ]
    default:
      return []
  }
}

describe('what clients are written against is there', () => {
  const named = AGREED.definitions.flatMap((definition) =>
    isTypeDefinitionNode(definition) ? [[definition.name.value, definition] as const] : [],
  )
  test.each(named)('%s', (name, definition) => {
    const type = schema.getType(name)
    expect(type, `${name} is gone`).toBeDefined()
    const parts = partsOf(type)
    // Never null is a promise that whoever was ready for null can live with.
    const missing = agreedParts(definition).filter(
      (part) => !parts.has(part) && !(isOutputType(type) && parts.has(`${part}!`)),
    )
    expect(missing).toEqual([])
  })
})
