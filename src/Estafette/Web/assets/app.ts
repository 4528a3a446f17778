import htmx from "htmx.org";
import islands from "islands:";
import { confirm } from "./shell/confirm";
import { keys } from "./shell/keys";
import { menus } from "./shell/menus";
import { navigation } from "./shell/navigation";
import { toasts } from "./shell/toasts";

/** Starts what the elements name in data-island; the code of an island is fetched the first time a page has one. */
function start(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-island]:not([data-started])")) {
    const load = islands[element.dataset.island ?? ""];
    if (load === undefined) continue;
    element.dataset.started = "";
    void load()
      .then((island) => island.default(element))
      .finally(() => (element.dataset.started = "ready"));
  }
}

/** A table that is wider than its place is scrolled by keyboard too. */
function reach(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>(".table-scroll"))
    if (place.scrollWidth > place.clientWidth && place.querySelector("a, button, input, select, [tabindex]") === null) place.tabIndex = 0;
}

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
// Going back loads the page anew: the server keeps no half pages.
htmx.config.refreshOnHistoryMiss = true;
htmx.config.selfRequestsOnly = true;
// Style attributes are forbidden on our pages, so none is carried over.
htmx.config.attributesToSettle = ["class"];

// Fields that say nothing do not lengthen the address.
document.addEventListener("htmx:configRequest", (event) => {
  const { verb, parameters } = (event as CustomEvent<{ verb: string; parameters: Record<string, unknown> }>).detail;
  if (verb !== "get") return;
  for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
});

navigation();
menus();
toasts();
confirm();
keys();
start(document);
reach(document);
window.addEventListener("resize", () => reach(document));
// The event names what was put in place, which may be an island itself.
document.addEventListener("htmx:load", (event) => start((event.target as HTMLElement).parentNode ?? document));
