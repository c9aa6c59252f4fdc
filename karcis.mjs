// node karcis.mjs <command>: the commands of this program, for whoever calls them without npm. It is JavaScript, so a Node that
// does not know TypeScript, and would only complain of a file's name, hears from it which one is needed.
const COMMANDS = {
  start: './scripts/start.ts',
  server: './src/main.ts',
  worker: './src/worker.ts',
  migrate: './scripts/migrate.ts',
  organizer: './scripts/organizer.ts',
  seed: './prisma/seed.ts',
  demo: './scripts/demo.ts',
  generate: './scripts/generate.ts',
}
const NEEDED = 24

const [command = ''] = process.argv.splice(2, 1)
if (Number.parseInt(process.versions.node, 10) < NEEDED)
  refuse(
    `Karcis needs Node ${NEEDED} or newer, and this is ${process.versions.node}. After npm ci there is one: npm start, or npx node karcis.mjs ${command}`,
  )
else if (!Object.hasOwn(COMMANDS, command))
  refuse(`Usage: node karcis.mjs ${Object.keys(COMMANDS).join(' | ')}`)
else await import(COMMANDS[command])

function refuse(why) {
  console.error(why.trim())
  process.exitCode = 1
}
