/** The most schedules, ticket categories and gates that one event has: they are read with it, as a whole. */
export const MAX_PARTS = 100
