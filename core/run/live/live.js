/**
 * The live page in the browser: takes the events of the run, shows what is new in them, and asks for
 * changes. Asks nobody but the run's own server. Runs after charts.js, which draws.
 * @module
 */

const TOKEN_KEY = "scaletool.token";
/** The server says something every 10 s, whatever happens. */
const LONGEST_SILENCE_MS = 25_000;
const SHORTEST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** How long a button that ends the run waits for a second press. */
const CONFIRM_MS = 4_000;

const byId = (id) => document.getElementById(id);

/* The token: in the fragment of the address, which no server sees, then in this tab alone. */

function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  sessionStorage.setItem(TOKEN_KEY, token);
  // Neither in the history nor in what is copied from the address bar.
  history.replaceState(null, "", location.pathname);
}

function authorization() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/* What the run has come to, as events tell it. */

const stretches = new Map();
const seen = { id: undefined, status: undefined, stretchMs: 0, curves: [] };

/** Series from points by stretch, in the order of first appearance, as the report has them. */
function seriesOf(kind) {
  const lists = new Map();
  for (const [, points] of [...stretches].sort(([one], [other]) => one - other)) {
    for (const [name, point] of points[kind]) {
      if (!lists.has(name)) lists.set(name, []);
      lists.get(name).push(point);
    }
  }
  return [...lists].map(([name, points]) => ({ name, op: name, points }));
}

function takeUpdate({ isWhole, status, parts, frame, stretchMs, stretches: changed, curves }) {
  if (isWhole || stretchMs !== seen.stretchMs) stretches.clear();
  for (const [index, points] of changed) stretches.set(index, points);
  Object.assign(seen, { status, stretchMs, curves: curves ?? seen.curves });
  for (const [name, html] of parts) showPart(name, html);
  globalThis.charts.show({
    ...frame,
    percentileCurves: seen.curves,
    series: {
      operations: seriesOf("operations"),
      counters: seriesOf("counters"),
      gauges: seriesOf("gauges"),
    },
  });
  showStatus();
}

/* What is shown. */

function showPart(name, html) {
  const place = document.querySelector(`[data-part="${name}"]`);
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  patchChildren(place, fresh);
}

function isSameFigure(one, other) {
  return one.matches("figure.chart") && other.matches("figure.chart") &&
    ["chart", "indexes", "unit", "axis"].every((key) => one.dataset[key] === other.dataset[key]) &&
    one.querySelector("figcaption").textContent === other.querySelector("figcaption").textContent;
}

/** Makes one tree like another, and leaves alone what is so: selections and drawn charts stay. */
function patch(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(document.adoptNode(fresh));
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (!isSameFigure(old, fresh)) {
    if (old.matches("figure.chart")) return old.replaceWith(document.adoptNode(fresh));
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    patchChildren(old, fresh);
  }
}

function patchChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  const there = [...old.childNodes];
  for (const extra of there.slice(wanted.length)) extra.remove();
  wanted.forEach((node, at) => {
    if (at < there.length) patch(there[at], node);
    else old.append(document.adoptNode(node));
  });
}

function showConnection(text, kind = "") {
  const place = byId("connection");
  if (place.textContent !== text) place.textContent = text;
  place.className = kind;
}

function showStatus() {
  const { command, state } = seen.status;
  document.title = `${state} · ${command}`;
  document.documentElement.dataset.state = state;
  showControls();
}

/** Shown as far as the load can be asked for it, and in the state that it is in. */
function showControls() {
  const { state, changes, targetRatePerSec, workers } = seen.status;
  const isOver = state === "stopping" || state === "over";
  const can = {
    pause: changes.includes("pause") && state !== "paused",
    resume: changes.includes("resume") && state === "paused",
    rate: changes.includes("rate"),
    scale: changes.includes("scale"),
    mark: changes.includes("mark"),
    stop: changes.includes("stop"),
  };
  const hasToken = sessionStorage.getItem(TOKEN_KEY) !== null;
  byId("controls").hidden = !hasToken || isOver || !Object.values(can).includes(true);
  byId("unlock").hidden = hasToken || state === "over";
  for (const control of document.querySelectorAll("[data-change]")) {
    control.hidden = !can[control.dataset.change];
  }
  suggest(byId("rate"), targetRatePerSec);
  suggest(byId("workers"), workers);
}

/** What is so now, unless the reader is about to say something else. */
function suggest(input, value) {
  if (value === null || input === document.activeElement || input.dataset.isTouched) return;
  const text = String(Number(value.toPrecision(6)));
  if (input.value !== text) input.value = text;
}

/* Changes. */

function answer(text, kind = "") {
  byId("answer").textContent = text;
  byId("answer").className = kind;
}

async function ask(change) {
  answer("asking …");
  try {
    const response = await fetch("/live/change", {
      method: "POST",
      headers: { "content-type": "application/json", ...authorization() },
      body: JSON.stringify(change),
      cache: "no-store",
    });
    if (response.ok) {
      answer(`now: ${(await response.json()).now}`);
      return true;
    }
    answer((await response.text()).trim(), "bad");
    if (response.status === 401) refuseToken();
  } catch {
    answer("nobody answers: the change may or may not be in force", "bad");
  }
  return false;
}

function refuseToken() {
  sessionStorage.removeItem(TOKEN_KEY);
  byId("unlock").hidden = false;
  byId("controls").hidden = true;
}

/** The first press asks whether it is meant, the second does it. */
function confirmed(button) {
  if (button.dataset.isSure === "true") {
    unsure(button);
    return true;
  }
  button.dataset.isSure = "true";
  button.dataset.text = button.textContent;
  button.textContent = "End the run?";
  setTimeout(() => unsure(button), CONFIRM_MS);
  return false;
}

function unsure(button) {
  if (button.dataset.isSure !== "true") return;
  delete button.dataset.isSure;
  button.textContent = button.dataset.text;
}

function listen() {
  for (const button of document.querySelectorAll("button[data-change]")) {
    const kind = button.dataset.change;
    button.addEventListener("click", () => {
      if (kind !== "stop" || confirmed(button)) void ask({ kind });
    });
  }
  const fields = {
    rate: ({ valueAsNumber }) => ({ kind: "rate", ratePerSec: valueAsNumber }),
    scale: ({ valueAsNumber }) => ({ kind: "scale", workers: valueAsNumber }),
    mark: ({ value }) => ({ kind: "mark", text: value }),
  };
  for (const form of document.querySelectorAll("form[data-change]")) {
    const input = form.querySelector("input");
    input.addEventListener("input", () => input.dataset.isTouched = "true");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!await ask(fields[form.dataset.change](input))) return;
      delete input.dataset.isTouched;
      if (form.dataset.change === "mark") input.value = "";
    });
  }
  byId("unlock").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN_KEY, byId("token").value);
    byId("token").value = "";
    byId("unlock").hidden = true;
    answer("");
    connection?.abort();
  });
}

/* Events: a stream that is read with fetch, as EventSource shows no token. */

let connection;

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Blank lines end events; one may come in several pieces. */
async function* eventsOf(body, onAlive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onAlive();
    text += value;
    const pieces = text.split("\n\n");
    text = pieces.pop();
    for (const piece of pieces) {
      const fields = Object.fromEntries(
        piece.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)),
      );
      if (fields.data !== undefined) yield fields;
    }
  }
}

/** Reads one connection to its end. */
async function follow() {
  connection = new AbortController();
  let silence;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => connection.abort(), LONGEST_SILENCE_MS);
  };
  alive();
  try {
    const lastSeen = seen.id === undefined ? {} : { "last-event-id": seen.id };
    const response = await fetch("/live/events", {
      headers: { ...authorization(), ...lastSeen },
      cache: "no-store",
      signal: connection.signal,
    });
    if (!response.ok) return response;
    showConnection("live", "good");
    if (seen.status !== undefined) showControls();
    for await (const { id, data } of eventsOf(response.body, alive)) {
      takeUpdate(JSON.parse(data));
      seen.id = id;
    }
    return response;
  } finally {
    clearTimeout(silence);
  }
}

/** Waits until the reader has given a token. */
async function locked(response) {
  const hadToken = sessionStorage.getItem(TOKEN_KEY) !== null;
  refuseToken();
  showConnection(
    hadToken ? (await response.text()).trim() : "this page needs the token of the run",
    "bad",
  );
  connection = new AbortController();
  await new Promise((resolve) => connection.signal.addEventListener("abort", resolve));
}

async function run() {
  let retryMs = SHORTEST_RETRY_MS;
  while (seen.status?.state !== "over") {
    const idBefore = seen.id;
    const response = await follow().catch(() => undefined);
    if (seen.status?.state === "over") break;
    if (response?.status === 401) {
      // A token that is not needed to look is not asked for again.
      await locked(response);
      continue;
    }
    if (seen.id !== idBefore) retryMs = SHORTEST_RETRY_MS;
    const why = response === undefined || response.ok
      ? "connection lost"
      : (await response.text()).trim();
    showConnection(`${why}; trying again …`, "bad");
    await pause(retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs);
  }
  showConnection("The run is over. This is what it came to; nothing here changes any more.");
}

takeToken();
listen();
void run();
