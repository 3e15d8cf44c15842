/** The page loads nothing and runs nothing. */
export const HOME_CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** How to point a client here. `origin` is where the page was called. */
export function homePage(origin: string, version: string): string {
  const base = escapeHtml(origin);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sekha proxy</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:44rem;padding:1.5rem}
code{font:.9rem ui-monospace,monospace}td,th{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}
</style></head><body>
<h1>Sekha proxy <small>${escapeHtml(version)}</small></h1>
<p>Any client that speaks one of these protocols gets a memory when its base URL points here.</p>
<table><tr><th>Client</th><th>Base URL</th></tr>
<tr><td>OpenAI (chat completions, responses)</td><td><code>${base}/v1</code></td></tr>
<tr><td>Anthropic (messages)</td><td><code>${base}</code></td></tr>
<tr><td>Ollama (chat)</td><td><code>${base}</code></td></tr></table>
<p>Its key is a key of Sekha; on this machine, while none is configured, any text will do. Every route:
<a href="docs">docs</a>. How it is: <a href="health">health</a>.</p>
</body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
