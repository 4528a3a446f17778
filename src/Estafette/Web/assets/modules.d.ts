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
