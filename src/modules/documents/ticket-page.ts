import { spacedCode } from '../../platform/ids.ts'
import { type Locale, whenText } from '../../platform/locale.ts'
import { qrMatrix } from '../../platform/qr.ts'
import { type Html, html, nothing } from './html.ts'
import { page } from './page.ts'
import { qrPath } from './qr-path.ts'
import { showsQr, type TicketedOrder, type TicketRow, timesOf } from './queries.ts'
import { type Words, words } from './words.ts'

/** Where the page leads to. */
export interface TicketPageLinks {
  readonly pdf: string
  readonly calendar: string
}

/** The tickets of an order, one a screen, first of all for a phone held up at a gate. */
export function ticketPage(order: TicketedOrder, locale: Locale, links: TicketPageLinks): string {
  const said = words[locale]
  const tickets = order.tickets.map((ticket, at) => screen(order, ticket, at, locale))
  const body = html`<main>
${tickets}
</main>
<footer class="foot">
<ul><li><a href="${links.pdf}">${said.pdf}</a></li><li><a href="${links.calendar}">${said.calendar}</a></li>
<li><a href="?lang=${locale === 'id' ? 'en' : 'id'}" lang="${locale === 'id' ? 'en' : 'id'}">${said.other}</a></li></ul>
<p>${said.secret}</p>
</footer>`
  return page(locale, `${said.ticket} · ${order.event.title}`, body)
}

function screen(order: TicketedOrder, ticket: TicketRow, at: number, locale: Locale): Html {
  const said = words[locale]
  const { event } = order
  const { startsAt, endsAt } = timesOf(order, ticket)
  const place = [event.venue, event.city].filter(Boolean).join(', ')
  const title = at === 0 ? html`<h1>${event.title}</h1>` : html`<h2>${event.title}</h2>`
  return html`<article class="ticket" id="${ticket.code}" aria-label="${said.ofTickets(at + 1, order.tickets.length)}">
<div class="card">
<header class="head">
<div class="row"><span>${event.organizer.name}</span><span>${said.ofTickets(at + 1, order.tickets.length)}</span></div>
${title}
<p><time datetime="${startsAt.toISOString()}">${whenText(locale, startsAt, endsAt, event.timeZone)}</time></p>
${place ? html`<p>${place}</p>` : nothing}
</header>
${event.status === 'CANCELLED' ? html`<p class="alarm">${said.cancelled}</p>` : nothing}
${showsQr(order, ticket) ? code(ticket, said) : dead(ticket, said)}
<dl class="facts">
${fact(said.category, ticket.ticketCategory.name)}
${fact(said.holder, ticket.attendeeName ?? order.buyerName)}
${ticket.schedule ? fact(said.schedule, ticket.schedule.name) : nothing}
${fact(said.order, order.number)}
</dl>
</div>
</article>
`
}

const fact = (name: string, value: string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`

function code(ticket: TicketRow, said: Words): Html {
  const { side, path } = qrPath(qrMatrix(ticket.token))
  return html`<div class="code"><svg role="img" aria-label="${said.qrOf(ticket.code)}" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path stroke="#000" d="${path}"/></svg></div>
<p class="short" aria-label="${said.code}">${spacedCode(ticket.code)}</p>
<p class="note">${ticket.status === 'USED' ? said.reentry : said.show}</p>`
}

function dead(ticket: TicketRow, said: Words): Html {
  const why = ticket.status === 'USED' ? said.usedWhy : said.revokedWhy
  const state = ticket.status === 'USED' ? said.USED : said.REVOKED
  return html`<div class="dead"><strong>${state}</strong>${why}</div>
<p class="short">${spacedCode(ticket.code)}</p>`
}
