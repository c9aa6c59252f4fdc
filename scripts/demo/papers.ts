import type { Bought } from './buy.ts'
import type { DemoClient } from './client.ts'

/** The ticket page, the PDFs and the calendar, each by a signed link. */
export async function papers(client: DemoClient, { id, accessToken }: Bought): Promise<void> {
  const { step, check, call, get, look } = client
  step('Signed links that expire lead to what the buyer keeps')
  const { documents } = (await call('OrderDocuments', { id, accessToken })).data['order']
  const fetched = async (what: string, url: string): Promise<{ body: Buffer; headers: Headers }> => {
    const response = await get(url)
    const body = Buffer.from(await response.arrayBuffer())
    check(`${what} is there, ${body.length} bytes`, response.status === 200)
    look(`${what}: ${url}`)
    return { body, headers: response.headers }
  }

  const page = await fetched('the ticket page', documents.ticketPage)
  check('it shows its codes without a script', /<svg/.test(`${page.body}`) && !/<script/.test(`${page.body}`))
  const tickets = await fetched('the PDF of the tickets', documents.ticketsPdf)
  check('it is a PDF', tickets.body.subarray(0, 5).toString() === '%PDF-')
  const invoice = await fetched('the invoice', documents.invoicePdf)
  check('it is a PDF', invoice.body.subarray(0, 5).toString() === '%PDF-')
  const [, number] = /filename="(.+)\.pdf"/.exec(invoice.headers.get('content-disposition') ?? '') ?? []
  check(`its number is ${number}, the next of its organizer`, Boolean(number))
  const calendar = await fetched('the calendar', documents.calendar)
  check('it has the event', `${calendar.body}`.includes('BEGIN:VEVENT'))

  const forged = await get(`${documents.ticketPage.slice(0, -2)}AA`)
  check('a link that was tampered with is refused', forged.status === 403)
}
