# syntax=docker/dockerfile:1
# One image for the HTTP process, the job process (node src/worker.ts) migrations (node scripts/migrate.ts up)
# and organizers (node scripts/organizer.ts).

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY scripts/generate.ts ./scripts/
# The install scripts unpack databases for development; of all that only the generated client is wanted.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund \
  && node scripts/generate.ts

FROM node:24-bookworm-slim
# glibc keeps a heap for each thread, unless told. Node sizes its own by the machine: where memory is scarce, README says
# which NODE_OPTIONS halve it, and what they cost.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY package.json package-lock.json karcis.mjs ./
# Nothing that runs here needs an install script: argon2 and msgpackr come as ready binaries. The Node that npm brings
# along for machines with an older one goes: the image has its own.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-linux-* node_modules/node-bin-* node_modules/.bin/node
COPY src ./src
COPY --from=build /app/src/generated ./src/generated
COPY persisted-queries ./persisted-queries
COPY prisma ./prisma
COPY scripts/migrate.ts scripts/organizer.ts scripts/dot-env.ts ./scripts/
COPY scripts/migrations ./scripts/migrations
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# A replica is one core's work. V8 would collect garbage on four threads more, and leave the server a fifth of that core.
CMD ["node", "--v8-pool-size=1", "src/main.ts"]
