import { button, gap, page, picture, section, text, title } from "./parts.mjs";

const two = (a, b, more = "") => `<mj-section background-color="#ffffff" css-class="es-card" padding="8px 16px" ${more}><mj-column>${a}</mj-column><mj-column>${b}</mj-column></mj-section>`;
const item = (n) => `<mj-text font-size="18px" font-weight="bold" padding="12px 16px 4px">[[i${n}]]</mj-text><mj-text font-size="15px" padding="0 16px 8px">[[i${n}t]]</mj-text><mj-text padding="0 16px 16px"><a href="https://example.org/${n}">[[more]]</a></mj-text>`;
const line = (a, b) => `<tr><td style="padding:6px 0">[[${a}]]</td><td style="padding:6px 0;text-align:right">[[${b}]]</td></tr>`;

/** The templates of the gallery: key, category, picture, source, and their words in both languages. */
export const templates = [
  {
    key: "newsletter",
    category: "newsletter",
    source: page("#0b6e4f", picture("newsletter") + section(title("title") + text("hello") + text("intro")) + section(item(1) + item(2) + item(3)) + section(button("cta") + gap())),
    fr: { name: "Lettre d’information", subject: "{{default first_name \"Bonjour\"}}, les nouvelles du mois", preheader: "Trois choses à lire, un rendez-vous à noter.", alt: "Un journal plié et une tasse sur une table", title: "Les nouvelles du mois", hello: "Bonjour {{default first_name \"à vous\"}},", intro: "Voici ce qui s’est passé chez nous, et ce qui vous attend.", i1: "Une première nouvelle", i1t: "Deux phrases qui donnent envie de lire la suite.", i2: "Une deuxième nouvelle", i2t: "Dites ce que le lecteur y gagne.", i3: "Un rendez-vous", i3t: "Le lieu, le jour et l’heure.", more: "Lire la suite", cta: "Tout lire sur le site" },
    en: { name: "Newsletter", subject: "{{default first_name \"Hello\"}}, this month’s news", preheader: "Three things to read, one date to note.", alt: "A folded newspaper and a cup on a table", title: "This month’s news", hello: "Hello {{default first_name \"there\"}},", intro: "Here is what happened with us, and what comes next.", i1: "A first story", i1t: "Two sentences that make one want to read on.", i2: "A second story", i2t: "Say what the reader gets from it.", i3: "A date", i3t: "Where, which day and what time.", more: "Read more", cta: "Read everything on the site" },
  },
  {
    key: "promotion",
    category: "promotion",
    source: page("#c2410c", picture("promotion") + section(`<mj-text align="center" font-size="15px" color="#c2410c" font-weight="bold" padding="28px 32px 0">[[tag]]</mj-text><mj-text align="center" font-size="44px" line-height="1.1" font-weight="bold">[[title]]</mj-text>` + text("intro", 'align="center"') + `<mj-text align="center" font-size="22px" font-weight="bold" padding="16px 32px" css-class="es-ink">[[code]]</mj-text><mj-button href="https://example.org/">[[cta]]</mj-button>` + text("terms", 'align="center" font-size="13px"') + gap()) + `<mj-section es-if="vip" background-color="#fff7ed" css-class="es-soft"><mj-column><mj-text align="center">[[vip]]</mj-text></mj-column></mj-section>`, { background: "#fff7ed" }),
    fr: { name: "Offre Spéciale", subject: "Offre Spéciale : -20 % jusqu’à dimanche", preheader: "Votre code est à l’intérieur.", alt: "Un soleil et une étiquette de prix", tag: "OFFRE SPÉCIALE D’ÉTÉ", title: "-20 % sur tout", intro: "{{default first_name \"Bonjour\"}}, profitez de l’été : une remise sur toute la boutique, jusqu’à dimanche minuit.", code: "Code : ETE20", cta: "J’en profite", terms: "Valable une fois par personne, hors frais de port.", vip: "<strong>Merci de votre fidélité :</strong> la livraison vous est offerte." },
    en: { name: "Special Offer", subject: "Special Offer: 20% off until Sunday", preheader: "Your code is inside.", alt: "A sun and a price tag", tag: "SUMMER SPECIAL OFFER", title: "20% off everything", intro: "{{default first_name \"Hello\"}}, enjoy the summer: a discount on the whole shop, until Sunday midnight.", code: "Code: SUMMER20", cta: "Shop now", terms: "Once per person, delivery not included.", vip: "<strong>Thank you for your loyalty:</strong> delivery is on us." },
  },
  {
    key: "event",
    category: "event",
    source: page("#4338ca", picture("event") + section(title("title") + text("intro")) + `<mj-section background-color="#eef2ff" css-class="es-soft"><mj-column><mj-text font-size="14px" color="#4338ca" font-weight="bold" padding="4px 32px">[[when]]</mj-text><mj-text font-size="18px" font-weight="bold" padding="0 32px">[[date]]</mj-text></mj-column><mj-column><mj-text font-size="14px" color="#4338ca" font-weight="bold" padding="4px 32px">[[where]]</mj-text><mj-text font-size="18px" font-weight="bold" padding="0 32px">[[place]]</mj-text></mj-column></mj-section>` + section(text("programme") + button("cta") + text("reply", 'font-size="14px"') + gap())),
    fr: { name: "Invitation", subject: "Vous êtes invité : notre soirée du 12 juin", preheader: "Une réponse d’un clic suffit.", alt: "Des guirlandes au-dessus d’une scène", title: "Vous êtes invité", intro: "{{default first_name \"Bonjour\"}}, nous fêtons nos dix ans et serions heureux de vous compter parmi nous.", when: "QUAND", date: "Vendredi 12 juin, 19 h", where: "OÙ", place: "La Halle, Lyon", programme: "Accueil à 19 h, quelques mots à 19 h 30, puis musique et buffet.", cta: "Je viens", reply: "Merci de répondre avant le 1er juin." },
    en: { name: "Event invitation", subject: "You are invited: our evening on 12 June", preheader: "One click is enough to answer.", alt: "Bunting above a stage", title: "You are invited", intro: "{{default first_name \"Hello\"}}, we turn ten and would love to have you with us.", when: "WHEN", date: "Friday 12 June, 7 pm", where: "WHERE", place: "The Old Hall, London", programme: "Doors at 7, a few words at 7.30, then music and food.", cta: "I am coming", reply: "Please answer before 1 June." },
  },
  {
    key: "welcome",
    category: "relation",
    source: page("#0369a1", picture("welcome") + section(title("title") + text("intro") + `<mj-text><strong>1.</strong> [[s1]]</mj-text><mj-text><strong>2.</strong> [[s2]]</mj-text><mj-text><strong>3.</strong> [[s3]]</mj-text>` + button("cta") + text("bye") + gap())),
    fr: { name: "Bienvenue", subject: "Bienvenue, {{default first_name \"et merci\"}}", preheader: "Trois choses pour bien commencer.", alt: "Une porte ouverte sur un jardin", title: "Bienvenue parmi nous", intro: "{{default first_name \"Bonjour\"}}, merci de votre inscription. Voici comment bien commencer :", s1: "Complétez votre profil, pour ne recevoir que ce qui vous intéresse.", s2: "Enregistrez notre adresse dans vos contacts.", s3: "Répondez à ce message si vous avez une question : une personne vous lira.", cta: "Commencer", bye: "À bientôt, l’équipe" },
    en: { name: "Welcome", subject: "Welcome, {{default first_name \"and thank you\"}}", preheader: "Three things for a good start.", alt: "A door open on a garden", title: "Welcome", intro: "{{default first_name \"Hello\"}}, thank you for signing up. Here is a good start:", s1: "Complete your profile, to receive only what interests you.", s2: "Save our address in your contacts.", s3: "Answer this message if you have a question: a person will read it.", cta: "Start", bye: "See you soon, the team" },
  },
  {
    key: "product",
    category: "promotion",
    source: page("#111827", section(`<mj-text font-size="13px" font-weight="bold" color="#6b7280" padding="28px 32px 0">[[tag]]</mj-text>` + title("title", 36) + text("intro")) + picture("product") + two(item(1), item(2)) + section(button("cta") + gap())),
    fr: { name: "Annonce de produit", subject: "Nouveau : le produit que vous attendiez", preheader: "Plus simple, plus rapide, disponible aujourd’hui.", alt: "Un objet rond sur un socle, éclairé de côté", tag: "NOUVEAU", title: "Plus simple, plus rapide", intro: "Nous l’avons repensé avec vous. Il est disponible dès aujourd’hui.", i1: "Un premier avantage", i1t: "Dites ce que cela change chaque jour.", i2: "Un deuxième avantage", i2t: "Un chiffre vaut mieux qu’un adjectif.", more: "En savoir plus", cta: "Découvrir le produit" },
    en: { name: "Product announcement", subject: "New: the product you were waiting for", preheader: "Simpler, faster, available today.", alt: "A round object on a stand, lit from the side", tag: "NEW", title: "Simpler, faster", intro: "We thought it through again with you. It is available from today.", i1: "A first benefit", i1t: "Say what it changes every day.", i2: "A second benefit", i2t: "A figure is better than an adjective.", more: "Learn more", cta: "See the product" },
  },
  {
    key: "donation",
    category: "association",
    source: page("#be123c", picture("donation") + section(title("title") + text("hello") + text("intro") + `<mj-text padding="8px 32px"><strong>20 €</strong> [[a1]]<br /><strong>50 €</strong> [[a2]]<br /><strong>100 €</strong> [[a3]]</mj-text>` + button("cta") + text("tax", 'font-size="14px"') + text("bye") + gap())),
    fr: { name: "Appel aux dons", subject: "{{default first_name \"Bonjour\"}}, cet hiver encore ils comptent sur vous", preheader: "20 € offrent une semaine de repas.", alt: "Deux mains qui tiennent un cœur", title: "Cet hiver, ils comptent sur vous", hello: "{{default first_name \"Chère amie, cher ami\"}},", intro: "L’an dernier, grâce à vous, 1 240 familles ont passé l’hiver au chaud. Cette année, elles sont plus nombreuses.", a1: "une semaine de repas", a2: "un mois de chauffage", a3: "une nuit d’abri pour dix personnes", cta: "Je donne", tax: "66 % de votre don sont déductibles de vos impôts : 50 € vous coûtent 17 €.", bye: "Merci. La présidente" },
    en: { name: "Appeal for donations", subject: "{{default first_name \"Hello\"}}, they count on you again this winter", preheader: "€20 give a week of meals.", alt: "Two hands holding a heart", title: "This winter they count on you", hello: "{{default first_name \"Dear friend\"}},", intro: "Last year, thanks to you, 1,240 families spent the winter in the warm. This year there are more of them.", a1: "a week of meals", a2: "a month of heating", a3: "a night of shelter for ten people", cta: "Give", tax: "Your gift may be deducted from your taxes.", bye: "Thank you. The chair" },
  },
  {
    key: "season",
    category: "relation",
    source: page("#1e3a8a", picture("season") + section(`<mj-text align="center" font-size="32px" line-height="1.3" padding="32px 32px 8px">[[title]]</mj-text>` + text("intro", 'align="center"') + text("bye", 'align="center"') + gap(24)), { font: "Georgia, 'Times New Roman', serif", background: "#e0e7ff" }),
    fr: { name: "Vœux de saison", subject: "Nos meilleurs vœux, {{default first_name \"et merci\"}}", preheader: "Merci de cette année passée ensemble.", alt: "Des sapins sous la neige, la nuit", title: "Belles fêtes et heureuse année", intro: "{{default first_name \"Chers amis\"}}, merci de cette année passée ensemble. Que la prochaine vous soit douce.", bye: "Toute l’équipe" },
    en: { name: "Season’s greetings", subject: "Season’s greetings, {{default first_name \"and thank you\"}}", preheader: "Thank you for this year together.", alt: "Fir trees under snow at night", title: "Happy holidays and a happy new year", intro: "{{default first_name \"Dear friends\"}}, thank you for this year together. May the next one be kind to you.", bye: "The whole team" },
  },
  {
    key: "confirmation",
    category: "transactional",
    source: page("#15803d", picture("confirmation") + section(title("title") + text("intro") + `<mj-table padding="12px 32px" font-size="15px" css-class="es-ink">${line("l1", "v1")}${line("l2", "v2")}${line("l3", "v3")}</mj-table>` + button("cta") + text("help", 'font-size="14px"') + gap())),
    fr: { name: "Confirmation", subject: "C’est noté : votre inscription est confirmée", preheader: "Gardez ce message : il contient votre référence.", alt: "Une coche dans un cercle vert", title: "C’est confirmé", intro: "{{default first_name \"Bonjour\"}}, nous avons bien reçu votre demande.", l1: "Référence", v1: "{{default reference \"2026-001\"}}", l2: "Adresse", v2: "{{email}}", l3: "Reçue par", v3: "{{default sender.name \"notre équipe\"}}", cta: "Voir ma demande", help: "Ce n’est pas vous ? Répondez à ce message." },
    en: { name: "Confirmation", subject: "Done: your registration is confirmed", preheader: "Keep this message: it holds your reference.", alt: "A tick in a green circle", title: "It is confirmed", intro: "{{default first_name \"Hello\"}}, we have received your request.", l1: "Reference", v1: "{{default reference \"2026-001\"}}", l2: "Address", v2: "{{email}}", l3: "Received by", v3: "{{default sender.name \"our team\"}}", cta: "See my request", help: "This was not you? Answer this message." },
  },
  {
    key: "digest",
    category: "newsletter",
    source: page("#7c3aed", picture("digest") + section(title("title", 26) + text("intro")) + two(item(1), item(2)) + two(item(3), item(4)) + section(button("cta") + gap())),
    fr: { name: "Sélection de la semaine", subject: "La sélection de la semaine : quatre lectures", preheader: "Dix minutes de lecture, pas une de plus.", alt: "Une pile de livres colorés", title: "La sélection de la semaine", intro: "Quatre lectures choisies pour vous, en dix minutes.", i1: "À la une", i1t: "L’essentiel en une phrase.", i2: "À comprendre", i2t: "Un chiffre, une carte, une explication.", i3: "À essayer", i3t: "Une idée à mettre en pratique.", i4: "À voir", i4t: "Une image, une vidéo, une rencontre.", more: "Lire", cta: "Voir toutes les sélections" },
    en: { name: "Weekly digest", subject: "This week’s digest: four reads", preheader: "Ten minutes of reading, not one more.", alt: "A stack of coloured books", title: "This week’s digest", intro: "Four reads chosen for you, in ten minutes.", i1: "On top", i1t: "The essence in a sentence.", i2: "To understand", i2t: "A figure, a map, an explanation.", i3: "To try", i3t: "An idea to put into practice.", i4: "To see", i4t: "A picture, a film, an encounter.", more: "Read", cta: "See all digests" },
  },
];
