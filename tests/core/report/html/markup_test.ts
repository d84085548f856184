import assert from "node:assert/strict";
import fc from "fast-check";
import {
  escapeHtml,
  inlineModule,
  inlineScript,
  inlineStyle,
  jsonScript,
  markup,
} from "../../../../core/report/html/markup.ts";

Deno.test("a template escapes text, keeps markup, joins lists and leaves false out", () => {
  const list = [markup`<li>${"a<b"}</li>`, "&"];
  assert.equal(
    markup`<p title="${`"'>`}">${false}${list}${0}</p>`.toString(),
    '<p title="&quot;&#39;&gt;"><li>a&lt;b</li>&amp;0</p>',
  );
});

Deno.test("a template does not read escape sequences or placeholders out of its values", () => {
  assert.equal(markup`${"${1} \\n $& $1"}`.toString(), "${1} \\n $&amp; $1");
});

Deno.test("escaped text holds no character that HTML gives a meaning, and nothing is lost", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const escaped = escapeHtml(text);
    assert.doesNotMatch(escaped, /[<>"']/);
    const back = escaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'").replaceAll("&amp;", "&");
    assert.equal(back, text);
  }));
});

Deno.test("embedded JSON cannot end its element and reads back as it was", () => {
  const hostile = fc.constantFrom("</script><img src=x>", "<!--<script>", "]]>", "\u2028");
  fc.assert(fc.property(fc.array(fc.oneof(hostile, fc.string({ unit: "binary" }))), (value) => {
    const element = jsonScript("data", value).toString();
    const open = '<script type="application/json" id="data">';
    assert.ok(element.startsWith(open) && element.endsWith("</script>"));
    const json = element.slice(open.length, -"</script>".length);
    assert.ok(!json.includes("<"));
    assert.deepEqual(JSON.parse(json), value);
  }));
});

Deno.test("a script or style sheet that would end its own element is refused", () => {
  assert.throws(() => inlineScript('x = "</SCRIPT>"'), /Cannot inline a script/);
  assert.throws(() => inlineModule("x <!--y"), /Cannot inline a script/);
  assert.throws(() => inlineStyle("a{}</style>"), /Cannot inline a style sheet/);
  assert.equal(inlineScript("a<b").toString(), "<script>\na<b\n</script>");
  assert.equal(inlineModule("1").toString(), '<script type="module">\n1\n</script>');
});
