import htmx from "htmx.org";
import islands from "islands:";
import { navigation } from "./shell/navigation";

/** Starts what the elements name in data-island; the code of an island is fetched the first time a page has one. */
function start(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-island]:not([data-started])")) {
    const load = islands[element.dataset.island ?? ""];
    if (load === undefined) continue;
    element.dataset.started = "";
    void load().then((island) => island.default(element));
  }
}

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.selfRequestsOnly = true;

navigation();
start(document);
// The event names what was put in place, which may be an island itself.
document.addEventListener("htmx:load", (event) => start((event.target as HTMLElement).parentNode ?? document));
