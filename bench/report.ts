// What a bench says: a table in Markdown, and a page with its chart in docs/.
import { writeFile } from 'node:fs/promises'
import { machineName } from './machine.ts'
import { QUIET } from './quiet.ts'

/** The first column is text, the others are figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = ['---', ...head.slice(1).map(() => '--:')]
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export const machineNote = () =>
  `Measured with Node ${process.versions.node} on ${machineName()}, everything on this machine`

/** A line only when somebody disturbed. */
export const othersNote = (share: number): string[] =>
  share > QUIET
    ? [`Others used up to ${Math.round(share * 100)} % of the machine meanwhile: measure again.`]
    : []

/** Writes docs/<name>.md, and docs/<name>.svg where there is a chart. */
export async function writePage(
  name: string,
  { title, report, learned, chart }: { title: string; report: string; learned?: string; chart?: string },
): Promise<void> {
  const docs = new URL('../docs/', import.meta.url)
  const shownChart = chart ? `![The same as a chart](${name}.svg)\n\n` : ''
  const end = learned ? `\n## What was learned\n\n${learned}\n` : ''
  await writeFile(new URL(`${name}.md`, docs), `# ${title}\n\n${shownChart}${report}${end}`)
  if (chart) await writeFile(new URL(`${name}.svg`, docs), chart)
}
