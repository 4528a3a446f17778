import htmx from "htmx.org";
import { content } from "./islands/content";
import { live } from "./islands/live";
import { navigation } from "./islands/navigation";
import { upload } from "./islands/upload";

/** One starter per kind of island; an element names its kind in data-island. */
const islands: Record<string, (element: HTMLElement) => void> = { content, live, navigation, upload };

function start(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-island]:not([data-started])")) {
    element.dataset.started = "";
    islands[element.dataset.island ?? ""]?.(element);
  }
}

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.selfRequestsOnly = true;

start(document);
document.addEventListener("htmx:load", (event) => start(event.target as HTMLElement));
