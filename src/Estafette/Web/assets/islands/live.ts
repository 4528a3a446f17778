/**
 * Shows the figures of a running campaign as they move. The server renders the fragment, so the page and its stream say the same words;
 * a screen reader hears the summary at most every ten seconds.
 */
export default function live(element: HTMLElement): void {
  const source = new EventSource(element.dataset.source ?? "");
  const announcer = document.getElementById(element.dataset.announce ?? "");
  let announced = 0;
  source.addEventListener("figures", (event) => {
    element.innerHTML = (event as MessageEvent<string>).data;
    const now = performance.now();
    const summary = element.querySelector<HTMLElement>("[data-summary]")?.dataset.summary;
    if (announcer !== null && summary !== undefined && now - announced > 10_000) {
      announced = now;
      announcer.textContent = summary;
    }
  });
  // The campaign changed its status: the buttons of the page change with it.
  source.addEventListener("status", () => {
    source.close();
    window.location.reload();
  });
  window.addEventListener("pagehide", () => source.close());
}
