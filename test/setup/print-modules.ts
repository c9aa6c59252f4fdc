// Loaded before a program with `--import`: prints each file that the program loads.
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, next) {
    writeSync(1, `${url}\n`)
    return next(url, context)
  },
})
