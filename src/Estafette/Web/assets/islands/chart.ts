import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { save } from "../save";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

interface Series {
  label: string;
  colour: string;
  shape: string;
  pale: boolean;
  values: (number | null)[];
}

/** Draws the table of a figure; the table stays one click away, and everything drawn comes from it. */
export default function chart(figure: HTMLElement): void {
  const canvas = figure.querySelector<HTMLElement>(".chart-canvas");
  const table = figure.querySelector("table");
  if (canvas === null || table === null) return;
  const tools = figure.querySelector<HTMLElement>(".chart-tools");
  const details = figure.querySelector("details");
  canvas.hidden = false;
  if (tools !== null) tools.hidden = false;
  if (details !== null) details.open = false;

  const labels = [...table.querySelectorAll("tbody th")].map((cell) => cell.textContent ?? "");
  const series = read(table);
  const drawn = init(canvas, undefined, { renderer: "canvas" });
  const draw = (): void => drawn.setOption(options(figure, labels, series), true);
  draw();
  new ResizeObserver(() => {
    drawn.resize();
    draw();
  }).observe(canvas);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  const name = figure.dataset.name ?? "chart";
  tools?.addEventListener("click", (event) => {
    const act = (event.target as HTMLElement).closest<HTMLElement>("[data-act]")?.dataset.act;
    if (act === "csv") save(`${name}.csv`, `\ufeff${csv(table)}`, "text/csv");
    if (act === "png") {
      const background = colour("--tblr-bg-surface");
      fetchImage(drawn.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: background }), `${name}.png`);
    }
  });
}

function read(table: HTMLTableElement): Series[] {
  const rows = [...table.querySelectorAll("tbody tr")];
  return [...table.querySelectorAll<HTMLElement>("thead th[data-shape]")].map((head, column) => ({
    label: head.textContent ?? "",
    colour: head.dataset.colour ?? "azure",
    shape: head.dataset.shape ?? "bar",
    pale: head.dataset.pale !== undefined,
    values: rows.map((row) => {
      const value = row.querySelectorAll<HTMLElement>("td")[column]?.dataset.value;
      return value === undefined || value === "" ? null : Number(value);
    }),
  }));
}

function options(figure: HTMLElement, labels: string[], series: Series[]): EChartsCoreOption {
  const language = document.documentElement.lang;
  const unit = figure.dataset.unit ?? "";
  const narrow = figure.clientWidth < 480;
  const [text, soft, line] = [colour("--tblr-body-color"), colour("--tblr-secondary"), colour("--tblr-border-color")];
  const number = (value: unknown): string => (typeof value === "number" ? value.toLocaleString(language) + unit : "–");
  const category = {
    type: "category" as const,
    data: labels,
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { color: soft, hideOverlap: true, fontSize: narrow ? 10 : 12, width: narrow ? 90 : 160, overflow: "truncate" as const },
  };
  const value = {
    type: "value" as const,
    minInterval: unit === "" ? 1 : 0,
    axisLabel: { color: soft, fontSize: narrow ? 10 : 12, formatter: (figureOf: number) => number(figureOf) },
    splitLine: { lineStyle: { color: line } },
  };
  const horizontal = figure.dataset.kind === "horizontal";
  return {
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
    grid: { left: 8, right: 12, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: text } },
    // Rich text is drawn into the canvas; an HTML tip would need style attributes, which our pages forbid.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("--tblr-bg-surface"),
      borderColor: line,
      textStyle: { color: text, fontSize: 12 },
      valueFormatter: number,
    },
    xAxis: horizontal ? value : category,
    yAxis: horizontal ? { ...category, inverse: true } : value,
    series: series.map((one) => ({
      name: one.label,
      type: one.shape === "line" ? ("line" as const) : ("bar" as const),
      stack: one.shape === "stacked" ? "all" : undefined,
      data: one.values,
      color: colour(`--tblr-${one.colour}`),
      symbol: labels.length > 40 ? "none" : "circle",
      showAllSymbol: labels.length < 3,
      symbolSize: 5,
      lineStyle: { width: 2 },
      barMaxWidth: 28,
      itemStyle: { opacity: one.pale ? 0.4 : one.shape === "line" ? 1 : 0.85, borderRadius: horizontal ? [0, 2, 2, 0] : [2, 2, 0, 0] },
    })),
  };
}

/** A colour of the theme, as it is now; the theme mixes colours, which only the browser can work out. */
function colour(name: string): string {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const element = document.createElement("span");
  element.style.color = `var(${name}, #888)`;
  document.body.append(element);
  const computed = getComputedStyle(element).color;
  element.remove();
  if (probe === null) return computed;
  probe.fillStyle = computed;
  probe.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}

function csv(table: HTMLTableElement): string {
  const cell = (text: string): string => (/[";\n]|^[=+\-@]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const guard = (text: string): string => (/^[=+@-](?![\d.,]+$)/.test(text) ? `'${text}` : text);
  return [...table.rows]
    .map((row) => [...row.cells].map((one) => cell(guard(one.dataset.value ?? one.textContent?.trim() ?? ""))).join(";"))
    .join("\r\n");
}

function fetchImage(address: string, name: string): void {
  const [head, data] = address.split(",");
  const bytes = Uint8Array.from(atob(data ?? ""), (character) => character.charCodeAt(0));
  save(name, bytes, head?.slice(5, head.indexOf(";")) ?? "image/png");
}
