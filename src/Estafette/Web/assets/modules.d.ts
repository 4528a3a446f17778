/** What build.mjs makes of the files of islands/: each exports by default the function that starts an element. */
declare module "islands:" {
  const islands: Record<string, () => Promise<{ default: (element: HTMLElement) => void }>>;
  export default islands;
}

/** The address of a style that is fetched only when an island needs it; see style.ts. */
declare module "*.css?url" {
  const address: string;
  export default address;
}

/** Words of the visual editor, which its packages ship without types. */
declare module "grapesjs-mjml/locale/fr" {
  const words: Record<string, object>;
  export default words;
}
declare module "grapesjs/locale/fr.mjs" {
  const words: Record<string, object>;
  export default words;
}
