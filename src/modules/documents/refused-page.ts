import { html } from './html.ts'
import { page } from './page.ts'

interface Said {
  readonly title: string
  readonly text: string
}

/** Why there is no document. */
export type Refusal = 'forged' | 'expired' | 'limited' | 'busy'

// In both languages at once: who comes with a bad link has told us nothing else.
const SAID: Readonly<Record<Refusal, { id: Said; en: Said }>> = {
  forged: {
    id: {
      title: 'Tautan ini tidak berlaku',
      text: 'Alamatnya tidak lengkap atau berubah. Salin seluruh tautan dari surel Anda, atau buka pesanan Anda di tempat Anda membeli.',
    },
    en: {
      title: 'This link is not valid',
      text: 'The address is incomplete or was changed. Copy the whole link from your e-mail, or open your order where you bought it.',
    },
  },
  expired: {
    id: {
      title: 'Tautan ini sudah kedaluwarsa',
      text: 'Tiket Anda tetap ada. Buka pesanan Anda di tempat Anda membeli: di sana ada tautan baru. Atau pakai PDF dari surel Anda.',
    },
    en: {
      title: 'This link has expired',
      text: 'Your tickets are still there. Open your order where you bought it to get a new link, or use the PDF from your e-mail.',
    },
  },
  limited: {
    id: {
      title: 'Terlalu sering dibuka',
      text: 'Halaman ini dibuka terlalu sering dalam waktu singkat. Tunggu sebentar, lalu muat ulang.',
    },
    en: {
      title: 'Opened too often',
      text: 'This page was opened too often within a short time. Wait a moment, then reload it.',
    },
  },
  busy: {
    id: {
      title: 'Sedang sangat ramai',
      text: 'Tiket Anda tetap ada. Tunggu beberapa detik, lalu muat ulang. Atau pakai PDF dari surel Anda.',
    },
    en: {
      title: 'Very busy right now',
      text: 'Your tickets are still there. Wait some seconds, then reload. Or use the PDF from your e-mail.',
    },
  },
}

/** Why a link opens nothing. Says the same of every order. */
export function refusedPage(why: Refusal): string {
  const { id, en } = SAID[why]
  const body = html`<main class="refused">
<section><h1>${id.title}</h1><p>${id.text}</p></section>
<section lang="en"><h2>${en.title}</h2><p>${en.text}</p></section>
</main>`
  return page('id', id.title, body)
}
