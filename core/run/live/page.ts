/**
 * The live page without anything of a run: what a browser asks for, which cannot show a token then. Its
 * scripts ask for the rest. Charts and style are the report's.
 * @module
 */

import { createHash } from "node:crypto";
import { CHART_SCRIPTS, STYLES } from "../../report/html/assets.ts";
import {
  inlineModule,
  inlineScript,
  inlineStyle,
  type Markup,
  markup,
} from "../../report/html/markup.ts";
import liveCss from "./live.css" with { type: "text" };
import liveJs from "./live.js" with { type: "text" };
import { PART_NAMES } from "./parts.ts";
import { SAFE_HEADERS } from "./refusal.ts";

interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The same for all: made when it is asked for first. */
let made: Page | undefined;

function page(): Page {
  return made ??= makePage();
}

export function renderPage(): string {
  return page().html;
}

/** Nothing runs and nothing is shown but what is in the page, and it asks nobody but this server. */
export function pageHeaders(): Readonly<Record<string, string>> {
  return page().headers;
}

function makePage(): Page {
  const { globals, modules } = CHART_SCRIPTS;
  const styles = [...STYLES, liveCss].map(inlineStyle);
  const scripts = [...globals.map(inlineScript), ...[...modules, liveJs].map(inlineModule)];
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(" ")}`,
    `style-src ${styles.map(hashOf).join(" ")}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return {
    html: htmlOf(styles, scripts).toString(),
    headers: {
      ...SAFE_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
    },
  };
}

/** As CSP has it: of all between the tags. */
function hashOf(element: Markup): string {
  const content = /^<[^>]*>([\s\S]*)<\/\w+>$/.exec(element.toString())![1]!;
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}

function htmlOf(styles: readonly Markup[], scripts: readonly Markup[]): Markup {
  const [head, ...parts] = PART_NAMES.map((name) => markup`<div data-part="${name}"></div>\n`);
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>scaletool</title>
${styles}
</head>
<body>
<header>
<p id="connection" role="status">connecting …</p>
${head!}
${TOKEN_FORM}
${CONTROLS}
</header>
<main>
${parts}</main>
<noscript><p>The live page needs JavaScript; /metrics and the report do not.</p></noscript>
${scripts}
</body>
</html>
`;
}

const TOKEN_FORM = markup`<form id="unlock" hidden>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
<button>Unlock</button>
<span class="note">The run printed it with this page's address when it began.</span>
</form>`;

/** What the load can be asked for is shown when the run has said so. */
const CONTROLS = markup`<section id="controls" aria-label="Controls" hidden>
<button type="button" data-change="pause" hidden>Pause</button>
<button type="button" data-change="resume" hidden>Resume</button>
<form data-change="rate" hidden>
<label for="rate">Rate</label>
<input id="rate" type="number" min="0" step="any" inputmode="decimal" required>
<span aria-hidden="true">/s</span>
<button>Set</button>
</form>
<form data-change="scale" hidden>
<label for="workers">Workers</label>
<input id="workers" type="number" min="1" step="1" inputmode="numeric" required>
<button>Set</button>
</form>
<form data-change="mark" hidden>
<label for="mark">Mark</label>
<input id="mark" type="text" maxlength="200" placeholder="a note on the time axis" required>
<button>Add</button>
</form>
<button type="button" data-change="stop" class="danger" hidden>Stop</button>
<p id="answer" role="status"></p>
</section>`;
