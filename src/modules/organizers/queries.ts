import type { Organizer } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { isLine } from './input-check.ts'

/** One organizer with what the caller selects; null for an unknown slug. */
export const findOrganizer = async (
  deps: Pick<Deps, 'prisma'>,
  slug: string,
  query: Pick<Prisma.OrganizerFindUniqueArgs, 'include' | 'select'>,
): Promise<Organizer | null> =>
  isLine(slug) ? deps.prisma.organizer.findUnique({ ...query, where: { slug } }) : null
