// What a worker of children.ts does: one piece of work after the other, told and answered over the channel to the bench.

/** Runs `act` for each piece of work. The process ends when the bench lets go of it. */
export function serveWork<Work, Done>(act: (work: Work) => Promise<Done>): void {
  process.on('message', (work: Work) => {
    act(work).then(
      (done) => process.send?.(done),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
}
