/**
 * Keeps the campaigns that are being sent up to date on the dashboard. The server renders the figures of all of them; each part is put where
 * the page has its campaign. When a campaign begins, ends or changes its status, its buttons change too: the page is loaded again.
 */
export default function running(element: HTMLElement): void {
  const source = new EventSource(element.dataset.source ?? "");
  const states = (root: ParentNode): string =>
    [...root.querySelectorAll<HTMLElement>("[data-campaign]")].map((part) => `${part.dataset.campaign}:${part.dataset.status}`).join(" ");
  source.addEventListener("figures", (event) => {
    const template = document.createElement("template");
    template.innerHTML = (event as MessageEvent<string>).data;
    if (states(template.content) !== states(element)) {
      source.close();
      window.location.reload();
      return;
    }
    for (const fresh of template.content.querySelectorAll<HTMLElement>("[data-campaign]")) {
      const shown = element.querySelector(`[data-campaign="${fresh.dataset.campaign}"]`);
      shown?.replaceWith(fresh);
    }
  });
  window.addEventListener("pagehide", () => source.close());
}
