/** Scripts and styles that draw a report in a browser, as texts to be inlined in this order. @module */

import uplotCss from "uplot/css" with { type: "text" };
import uplotJs from "uplot/js" with { type: "text" };
import chartSeriesJs from "./chart_series.js" with { type: "text" };
import chartsJs from "./charts.js" with { type: "text" };
import styleCss from "./style.css" with { type: "text" };

export const STYLES: readonly string[] = [uplotCss, styleCss];

/** `globals` make globals, `modules` have scopes of their own and run after the page is read. */
export const CHART_SCRIPTS: Readonly<Record<"globals" | "modules", readonly string[]>> = {
  globals: [uplotJs],
  modules: [chartSeriesJs, chartsJs],
};
