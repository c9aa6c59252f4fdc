import { type Html, html, nothing } from '../../modules/documents/html.ts'
import { page } from '../../modules/documents/page.ts'
import type { OpenInvitation } from '../../modules/organizers/invitations.ts'
import type { Locale } from '../../platform/locale.ts'

export type Refusal = 'invalid' | 'password' | 'input' | 'busy'

const WORDS = {
  id: {
    title: (name: string) => `Undangan ${name}`,
    lead: (name: string) => `Anda diundang menjadi anggota ${name}. Tentukan nama dan kata sandi.`,
    known: (name: string) =>
      `Anda diundang menjadi anggota ${name}. Surel ini sudah punya akun: masukkan kata sandinya.`,
    email: 'Surel',
    name: 'Nama',
    password: 'Kata sandi',
    send: 'Terima undangan',
    done: 'Undangan diterima',
    next: (name: string) => `Anda sekarang anggota ${name}. Masuklah dengan surel dan kata sandi ini.`,
    refused: {
      invalid: 'Undangan ini tidak berlaku, sudah dipakai, atau kedaluwarsa. Mintalah yang baru.',
      password: 'Kata sandi salah, atau terlalu sering dicoba. Tunggu sebentar.',
      input: 'Nama atau kata sandi tidak dapat dipakai:',
      busy: 'Terlalu banyak permintaan. Coba lagi sebentar lagi.',
    },
  },
  en: {
    title: (name: string) => `Invitation to ${name}`,
    lead: (name: string) => `You are invited to be a member of ${name}. Choose a name and a password.`,
    known: (name: string) =>
      `You are invited to be a member of ${name}. This e-mail has an account: enter its password.`,
    email: 'E-mail',
    name: 'Name',
    password: 'Password',
    send: 'Accept the invitation',
    done: 'Invitation accepted',
    next: (name: string) => `You are a member of ${name} now. Sign in with this e-mail and password.`,
    refused: {
      invalid: 'This invitation is not valid, was used, or has expired. Ask for a new one.',
      password: 'The password is wrong, or was tried too often. Wait a moment.',
      input: 'The name or the password cannot be used:',
      busy: 'Too many requests. Try again in a moment.',
    },
  },
} as const

const shown = (locale: Locale, title: string, body: Html): string =>
  page(locale, title, html`<main class="refused"><section><h1>${title}</h1>${body}</section></main>`)

/** The form. `hasAccount`: the password is asked for, else chosen. `refusal`: why the last try failed, in words for people. */
export function invitationForm(
  locale: Locale,
  { email, organizer }: OpenInvitation,
  hasAccount: boolean,
  refusal: { readonly why: Refusal; readonly detail?: string; readonly name?: string } | null = null,
): string {
  const words = WORDS[locale]
  const said = refusal ? `${words.refused[refusal.why]} ${refusal.detail ?? ''}`.trim() : null
  const name = hasAccount
    ? nothing
    : html`<label>${words.name}<input name="name" autocomplete="name" maxlength="100" required value="${refusal?.name ?? ''}"></label>`
  const length = hasAccount ? nothing : html` minlength="10"`
  const form = html`<p>${hasAccount ? words.known(organizer.name) : words.lead(organizer.name)}</p>
${said ? html`<p class="alarm" role="alert">${said}</p>` : nothing}
<form method="post">
<label>${words.email}<input type="email" autocomplete="username" readonly value="${email}"></label>
${name}
<label>${words.password}<input type="password" name="password" autocomplete="${hasAccount ? 'current-password' : 'new-password'}"${length} maxlength="200" required></label>
<button>${words.send}</button>
</form>`
  return shown(locale, words.title(organizer.name), form)
}

export const acceptedPage = (locale: Locale, organizer: string): string =>
  shown(locale, WORDS[locale].done, html`<p>${WORDS[locale].next(organizer)}</p>`)

/** What is left to say where there is no form to show. */
export const refusedInvitation = (locale: Locale, why: Refusal): string =>
  shown(locale, 'Karcis', html`<p>${WORDS[locale].refused[why]}</p>`)
