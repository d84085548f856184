/**
 * How do the charts of the HTML report and of the live page look? Draws every `figure.chart` with
 * uPlot, again when the colours change; a report that has grown moves its lines on. Runs in the
 * browser after chart_series.js; asks nothing of any server.
 * @module
 */

const CHART_HEIGHT_PX = 230;
/** From this ratio of largest to smallest time on, a linear axis would hide the small ones. */
const LOG_AXIS_RATIO = 50;
/** Labels of marks stand above the chart; of those that overlap, this many rows. The table has them all. */
const MARK_LABEL_ROWS = 2;
const MARK_LABEL_HEIGHT_PX = 14;
/** Steps of a time axis in seconds: what people count in. */
const TIME_STEPS_SEC = [
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
]
  .concat([14400, 21600, 43200, 86400]);

/** The one that is shown. */
let report;

const { formatValue, formatSeconds, formatPercentile, byKind } = globalThis.chartSeries;

function colorOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function needsLogAxis(columns) {
  const values = columns.slice(1).flat().filter((value) => value !== null && value !== undefined);
  const smallest = values.reduce((one, other) => Math.min(one, other), Infinity);
  const largest = values.reduce((one, other) => Math.max(one, other), 0);
  return smallest > 0 && largest / smallest > LOG_AXIS_RATIO;
}

const linear = uPlot.paths.linear();

/** A line, with a dot for what a line cannot show: a value without neighbours, or each rare event. */
function uplotSeries({ label, color, width = 1.5, dash, rare = false }, unit) {
  const isLone = (column, at) =>
    column[at] !== null && column[at - 1] === null && column[at + 1] === null;
  const isDot = (column, at) =>
    rare ? column[at] > 0 : column[at] !== undefined && isLone(column, at);
  const neverOccurs = (column) => rare && !column.some((value) => value > 0);
  return {
    label,
    stroke: colorOf(color),
    width,
    value: (_plot, value) => formatValue(value, unit),
    ...(dash === undefined ? {} : { dash }),
    paths: (plot, at, ...ends) => neverOccurs(plot.data[at]) ? null : linear(plot, at, ...ends),
    points: {
      show: true,
      size: 5,
      fill: colorOf(color),
      filter: ({ data }, at) => [...data[at].keys()].filter((place) => isDot(data[at], place)),
    },
  };
}

function axis(options) {
  const stroke = colorOf("--muted");
  const line = { stroke: colorOf("--grid"), width: 1 };
  return { stroke, grid: line, ticks: { ...line, size: 4 }, font: "12px system-ui", ...options };
}

/** Decades, and 2 and 5 between them as long as they are not too many to read. */
function logSplits(_plot, _axis, min, max) {
  const first = Math.floor(Math.log10(min));
  const count = Math.ceil(Math.log10(max)) - first + 1;
  const steps = count > 3 ? [1] : [1, 2, 5];
  return Array.from({ length: count }, (_, at) => steps.map((step) => step * 10 ** (first + at)))
    .flat().filter((value) => value >= min && value <= max);
}

function valueAxis({ unit, axisText }, isLog) {
  const log = { label: `${axisText} (log scale)`, splits: logSplits, filter: (_plot, all) => all };
  return axis({
    label: axisText,
    labelFont: "12px system-ui",
    labelSize: 20,
    // uPlot's own width of 50 px cuts longer figures off.
    size: (_plot, texts) => 16 + 7 * Math.max(3, ...(texts ?? []).map((text) => text.length)),
    values: (_plot, ticks) => ticks.map((tick) => formatValue(tick, unit)),
    ...(isLog ? log : {}),
  });
}

function timeAxes() {
  // The points are in the middle of their intervals; the axis begins and ends with the run.
  const range = ({ data: [times] }, min, max) => {
    const endSec = Math.max(times.at(-1), (report.end?.atMs ?? 0) / 1000);
    return [min === times[0] ? 0 : min, max === times.at(-1) ? endSec : max];
  };
  return {
    scale: { time: false, range },
    axis: axis({
      label: "time since the start",
      labelFont: "12px system-ui",
      labelSize: 18,
      size: 30,
      incrs: TIME_STEPS_SEC,
      values: (_plot, ticks) => ticks.map(formatSeconds),
    }),
    value: (_plot, seconds) => seconds === null ? "–" : formatSeconds(seconds),
    label: "time",
  };
}

function percentileAxes() {
  const decades = ({ data: [places] }) =>
    Array.from(
      { length: Math.floor(Math.log10(places.at(-1)) + 1e-9) },
      (_, at) => 10 ** (at + 1),
    );
  return {
    scale: { time: false, distr: 3, range: (_plot, _min, max) => [1, Math.max(max, 2)] },
    axis: axis({
      label: "percentile, log scale of 1/(1 − p)",
      labelFont: "12px system-ui",
      labelSize: 18,
      size: 30,
      splits: (plot) => [2, ...decades(plot)],
      filter: (_plot, ticks) => ticks,
      values: (_plot, ticks) => ticks.map(formatPercentile),
    }),
    value: (_plot, x) => x === null ? "–" : formatPercentile(x),
    label: "percentile",
  };
}

/** What is shaded, in ms: the stages of a staged run, else the warm-up; and all pauses. */
function bandsOf({ manifest, stages, changes }) {
  const warmUp = stages.find(({ kind }) => kind === "preparing");
  return [
    ...manifest.isStaged
      ? stages.filter(({ kind }) => kind === "measured")
      : manifest.warmUpMs > 0
      ? [{ startMs: 0, endMs: warmUp?.endMs ?? manifest.warmUpMs }]
      : [],
    ...changes.filter(({ untilMs }) => untilMs !== null)
      .map(({ atMs, untilMs }) => ({ startMs: atMs, endMs: untilMs, name: "paused" })),
  ];
}

/** Where a band is in a chart, as far as it is shown. */
function bandEnds({ bbox, valToPos }, { startMs, endMs }) {
  const right = bbox.left + bbox.width;
  const within = (ms) => Math.min(Math.max(valToPos(ms / 1000, "x", true), bbox.left), right);
  return [within(startMs), within(endMs)];
}

function shadeBands(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colorOf("--shade");
  for (const band of bandsOf(report)) {
    const [from, to] = bandEnds(plot, band);
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
  }
  ctx.restore();
}

/** Above the grid, which would strike them through. */
function nameBands(plot) {
  const { ctx, bbox } = plot;
  const inset = 4 * uPlot.pxRatio;
  ctx.save();
  ctx.font = `${11 * uPlot.pxRatio}px system-ui`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillStyle = colorOf("--muted");
  for (const band of bandsOf(report)) {
    if (band.name === undefined) continue;
    const [from, to] = bandEnds(plot, band);
    const { width } = ctx.measureText(band.name);
    // A name that does not fit is in the table.
    if (width + 2 * inset <= to - from) ctx.fillText(band.name, from + inset, bbox.top + inset);
  }
  ctx.restore();
}

function markLabelsHeight() {
  return 6 + Math.min(MARK_LABEL_ROWS, report.marks.length) * MARK_LABEL_HEIGHT_PX;
}

function drawMarks({ ctx, bbox, valToPos }) {
  const scale = uPlot.pxRatio;
  const right = bbox.left + bbox.width;
  const rowEnds = [];
  ctx.save();
  ctx.font = `${11 * scale}px system-ui`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  ctx.lineWidth = scale;
  ctx.setLineDash([3 * scale, 3 * scale]);
  ctx.strokeStyle = ctx.fillStyle = colorOf("--muted");
  for (const { atMs, label } of [...report.marks].sort((a, b) => a.atMs - b.atMs)) {
    const x = Math.round(valToPos(atMs / 1000, "x", true));
    if (x < bbox.left || x > right) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const text = label.length > 32 ? `${label.slice(0, 31)}…` : label;
    const { width } = ctx.measureText(text);
    const left = Math.max(bbox.left, Math.min(x - 2 * scale, right - width));
    const free = rowEnds.findIndex((end) => end <= left);
    const row = free === -1 ? rowEnds.length : free;
    if (row >= MARK_LABEL_ROWS) continue;
    rowEnds[row] = left + width + 8 * scale;
    ctx.fillText(text, left, bbox.top - (1 + row * MARK_LABEL_HEIGHT_PX) * scale);
  }
  ctx.restore();
}

/** What a figure shows now; `look` is what has to be drawn anew when it changes. */
function shown(figure) {
  const title = figure.querySelector("figcaption").textContent;
  const { chart: kind, indexes, unit, axis: axisText } = figure.dataset;
  const { columns, series } = byKind[kind](report, {
    indexes: indexes.split(" ").map(Number),
    title,
  });
  const isOverTime = kind !== "percentiles";
  const isLog = (kind === "latency" || kind === "percentiles") && needsLogAxis(columns);
  const look = JSON.stringify([series, isLog, isOverTime && markLabelsHeight()]);
  return { title, unit, axisText, columns, series, isOverTime, isLog, look };
}

function draw(figure) {
  const { title, unit, axisText, columns, series, isOverTime, isLog, look } = shown(figure);
  const x = isOverTime ? timeAxes() : percentileAxes();
  const fromZero = (_plot, min, max) => [Math.min(0, min ?? 0), max > 0 ? max * 1.08 : 1];
  const plot = new uPlot(
    {
      width: figure.clientWidth,
      height: CHART_HEIGHT_PX,
      padding: [isOverTime ? markLabelsHeight() : null, 24, null, null],
      scales: { x: x.scale, y: isLog ? { distr: 3 } : { range: fromZero } },
      axes: [x.axis, valueAxis({ unit, axisText }, isLog)],
      series: [
        { label: x.label, value: x.value },
        ...series.map((one) => uplotSeries(one, unit)),
      ],
      legend: {
        markers: {
          width: (drawn, at) => drawn.series[at].width,
          dash: (drawn, at) => drawn.series[at].dash === undefined ? "solid" : "dashed",
        },
      },
      cursor: isOverTime ? { sync: { key: "time", scales: ["x", null] } } : { drag: { x: false } },
      hooks: {
        drawClear: isOverTime ? [shadeBands] : [],
        draw: [
          (drawn) => {
            if (isOverTime) {
              nameBands(drawn);
              drawMarks(drawn);
            }
            figure.dataset.points = String(drawn.data[0].length);
          },
        ],
      },
    },
    columns,
    figure,
  );
  const names = series.map(({ label }) => label).join(", ");
  plot.ctx.canvas.setAttribute("role", "img");
  plot.ctx.canvas.setAttribute(
    "aria-label",
    `Line chart of ${title}, ${axisText}: ${names}. The tables below hold the figures.`,
  );
  return { plot, look };
}

/** The charts that are drawn, by their figures. */
const charts = new Map();

function drawAgain(figure) {
  charts.get(figure)?.plot.destroy();
  charts.set(figure, draw(figure));
}

function drawAll() {
  for (const figure of document.querySelectorAll("figure.chart")) drawAgain(figure);
}

/** Moves the lines on; a part that the reader has zoomed into stays. */
function moveOn(figure) {
  const { plot, look } = charts.get(figure);
  const { columns, look: lookNow } = shown(figure);
  if (look !== lookNow) return drawAgain(figure);
  const { min, max } = plot.scales.x;
  const [first, last] = [plot.data[0][0], plot.data[0].at(-1)];
  const isZoomed = min > first || max < last;
  plot.batch(() => {
    plot.setData(columns, !isZoomed);
    if (isZoomed) plot.setScale("x", { min, max });
  });
}

const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = charts.get(target)?.plot;
    if (plot !== undefined && plot.width !== target.clientWidth) {
      plot.setSize({ width: target.clientWidth, height: CHART_HEIGHT_PX });
    }
  }
});

/** Shows a report in the figures that the page has: another one, or the same that has grown. */
function show(newReport) {
  report = newReport;
  for (const [figure, { plot }] of charts) {
    if (figure.isConnected) continue;
    plot.destroy();
    resizes.unobserve(figure);
    charts.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure.chart")) {
    if (charts.has(figure)) moveOn(figure);
    else {
      drawAgain(figure);
      resizes.observe(figure);
    }
  }
}

function setPrinting(isPrinting) {
  document.documentElement.classList.toggle("printing", isPrinting);
  drawAll();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("beforeprint", () => setPrinting(true));
addEventListener("afterprint", () => setPrinting(false));

const embedded = document.getElementById("report");
if (embedded !== null) show(JSON.parse(embedded.textContent));

/** All that a page whose report grows takes from here. */
globalThis.charts = { show };
