/** What every template of the gallery shares: style for both themes, the way out at the end, and a picture drawn for it. */
export const head = (accent, font = "Helvetica, Arial, sans-serif") => `<mj-head>
  <mj-title>[[subject]]</mj-title>
  <mj-attributes>
    <mj-all font-family="${font}" />
    <mj-text color="#1f2937" font-size="16px" line-height="1.6" padding="8px 32px" css-class="es-ink" />
    <mj-button background-color="${accent}" color="#ffffff" font-size="16px" font-weight="bold" border-radius="6px" inner-padding="14px 28px" padding="16px 32px" />
    <mj-image padding="0" />
  </mj-attributes>
  <mj-style>
    :root { color-scheme: light dark; supported-color-schemes: light dark; }
    @media (prefers-color-scheme: dark) {
      body, .es-page { background: #111827 !important; }
      .es-card, .es-card > table { background: #1f2937 !important; }
      .es-soft, .es-soft > table { background: #273449 !important; }
      .es-ink div, .es-ink p, .es-ink td { color: #f3f4f6 !important; }
      .es-small div, .es-small a { color: #cbd5e1 !important; }
    }
  </mj-style>
</mj-head>`;

export const top = `<mj-section padding="12px 0"><mj-column><mj-text align="center" font-size="12px" color="#6b7280" css-class="es-small"><a href="WEB_VERSION_URL" style="color:#6b7280">[[web]]</a></mj-text></mj-column></mj-section>`;

export const foot = `<mj-section padding="24px 0"><mj-column><mj-text align="center" font-size="12px" color="#6b7280" css-class="es-small">[[sender]]<br />[[why]]<br /><a href="UNSUBSCRIBE_URL" style="color:#6b7280">[[unsubscribe]]</a></mj-text></mj-column></mj-section>`;

export const section = (inside, more = "") => `<mj-section background-color="#ffffff" css-class="es-card" padding="0" ${more}><mj-column>${inside}</mj-column></mj-section>`;

export const picture = (name) => `<mj-section background-color="#ffffff" css-class="es-card" padding="0"><mj-column><mj-image src="/m/gallery/${name}.png" alt="[[alt]]" width="600px" /></mj-column></mj-section>`;

export const title = (key, size = 30) => `<mj-text font-size="${size}px" line-height="1.25" font-weight="bold" padding="28px 32px 8px">[[${key}]]</mj-text>`;

export const text = (key, more = "") => `<mj-text ${more}>[[${key}]]</mj-text>`;

export const button = (key, href = "https://example.org/") => `<mj-button align="left" href="${href}">[[${key}]]</mj-button>`;

export const gap = (height = 16) => `<mj-spacer height="${height}px" />`;

export const page = (accent, body, options = {}) =>
  `<mjml lang="[[lang]]">${head(accent, options.font)}<mj-body background-color="${options.background ?? "#f3f4f6"}" css-class="es-page">${top}${body}${foot}</mj-body></mjml>`;

export const shared = {
  fr: { lang: "fr", web: "Voir ce message en ligne", sender: "Votre organisation, 1 rue de l’Exemple, 69001 Lyon", why: "Vous recevez ce message parce que vous vous êtes inscrit à notre liste.", unsubscribe: "Me désinscrire" },
  en: { lang: "en", web: "View this message in a browser", sender: "Your organisation, 1 Example Street, London", why: "You receive this message because you signed up to our list.", unsubscribe: "Unsubscribe" },
};
