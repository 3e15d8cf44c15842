import type { JsonSchema, OpenApiDocument, OpenApiOperation, OpenApiParameter } from "./openapi.ts";
import { exampleOf, refName, typeName } from "./schema-text.ts";

/** The page loads nothing and runs nothing. */
export const DOCS_CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--accent:#2563eb}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1.5rem}
a{color:var(--accent)}nav ul{columns:2;padding-left:1.2rem}code,pre{font:.875rem/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.75rem;border-radius:.4rem;overflow:auto}
section.route{border:1px solid var(--line);border-radius:.5rem;padding:0 1rem .75rem;margin:1rem 0}
h3{display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}h3 b{color:var(--accent);min-width:4.2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-top:1px solid var(--line)}
th{font-weight:600}td:first-child{white-space:nowrap}.aliases{opacity:.75}
@media(max-width:40rem){nav ul{columns:1}}
`;

interface Entry {
  path: string;
  method: string;
  operation: OpenApiOperation;
}

/** The OpenAPI document as one page of HTML without scripts or anything from elsewhere. */
export function docsPage(document: OpenApiDocument): string {
  const entries = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  const current = entries.filter((entry) => !entry.operation.deprecated);
  const groups = document.tags.map(({ name }) => ({
    name,
    entries: current.filter((entry) => entry.operation.tags.includes(name)),
  }));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(document.info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(document.info.title)} <small>${escapeHtml(document.info.version)}</small></h1>
<p>${escapeHtml(document.info.description)} The same for programs: <a href="openapi.json">openapi.json</a>.</p>
<nav>${groups.map(groupLinks).join("")}</nav>
${groups.map((group) => groupSection(group, { entries, document })).join("")}
<h2 id="schemas">Schemas</h2>${Object.entries(document.components.schemas).map(schemaSection).join("")}
</body></html>
`;
}

function groupLinks({ name, entries }: { name: string; entries: Entry[] }): string {
  const links = entries.map(
    ({ operation }) =>
      `<li><a href="#${escapeHtml(operation.operationId)}">${escapeHtml(operation.summary)}</a></li>`,
  );
  return `<h2>${escapeHtml(name)}</h2><ul>${links.join("")}</ul>`;
}

interface Page {
  entries: Entry[];
  document: OpenApiDocument;
}

function groupSection(group: { name: string; entries: Entry[] }, page: Page): string {
  const sections = group.entries.map((entry) => routeSection(entry, page));
  return `<h2>${escapeHtml(group.name)}</h2>${sections.join("")}`;
}

function routeSection(entry: Entry, { entries, document }: Page): string {
  const { path, method, operation } = entry;
  const aliases = entries.filter(
    (other) =>
      other.operation.deprecated &&
      other.operation.operationId.startsWith(`${operation.operationId}_`),
  );
  const aliasText =
    aliases.length === 0
      ? ""
      : `<p class="aliases">Also for clients of v1: ${aliases.map((alias) => `<code>${escapeHtml(alias.path)}</code>`).join(", ")}</p>`;
  return `<section class="route" id="${escapeHtml(operation.operationId)}">
<h3><b>${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code></h3><p>${escapeHtml(operation.summary)}.</p>${aliasText}
${parameterTable(operation.parameters ?? [])}${bodyText(operation)}${responseText(operation)}
<pre>${escapeHtml(curlExample(entry, document.components.schemas))}</pre></section>`;
}

function parameterTable(parameters: OpenApiParameter[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escapeHtml(parameter.name)}</code>${parameter.required ? " *" : ""}</td><td>${parameter.in}</td><td>${typeHtml(parameter.schema)}</td><td>${escapeHtml(parameter.description ?? "")}</td></tr>`,
  );
  return `<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>${rows.join("")}</table>`;
}

function bodyText(operation: OpenApiOperation): string {
  if (operation.requestBody === undefined) return "";
  const types = Object.entries(operation.requestBody.content);
  const json = types.find(([type]) => type === "application/json")?.[1].schema;
  if (json === undefined || Object.keys(json).length === 0) {
    return `<p>Body: ${types.map(([type]) => `<code>${escapeHtml(type)}</code>`).join(", ")}</p>`;
  }
  return `<p>Body: ${typeHtml(json)}</p>${propertyTable(json)}`;
}

function responseText(operation: OpenApiOperation): string {
  const parts = Object.entries(operation.responses).flatMap(([status, response]) => {
    if ("$ref" in response) return [`<code>${status}</code> ${escapeHtml(refName(response.$ref))}`];
    const types = Object.entries(response.content ?? {}).map(([type, { schema }]) =>
      Object.keys(schema).length === 0 ? `<code>${escapeHtml(type)}</code>` : typeHtml(schema),
    );
    return [`<b><code>${status}</code></b> ${types.join(" or ")}`];
  });
  return `<p>Answers: ${parts.join(" · ")}</p>`;
}

function schemaSection([name, schema]: [string, JsonSchema]): string {
  const description = typeof schema.description === "string" ? schema.description : "";
  return `<section class="route" id="schema-${escapeHtml(name)}"><h3><code>${escapeHtml(name)}</code></h3>
<p>${escapeHtml(description)}</p>${propertyTable(schema)}</section>`;
}

function propertyTable(schema: JsonSchema): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  if (properties.length === 0) return "";
  const required = (schema.required ?? []) as string[];
  const rows = properties.map(
    ([name, property]) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required.includes(name) ? " *" : ""}</td><td>${typeHtml(property)}</td><td>${escapeHtml(String(property.description ?? ""))}</td></tr>`,
  );
  return `<table><tr><th>Field</th><th>Type</th><th></th></tr>${rows.join("")}</table>`;
}

/** The type in words, names of schemas as links. */
function typeHtml(schema: JsonSchema): string {
  return escapeHtml(typeName(schema)).replace(
    /#(\w+)/g,
    (_match, name: string) => `<a href="#schema-${name}">${name}</a>`,
  );
}

function curlExample(
  { method, path, operation }: Entry,
  components: Record<string, JsonSchema>,
): string {
  const filled = path.replace(/\{\w+\}/g, "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b");
  const flag = method === "get" ? "" : ` -X ${method.toUpperCase()}`;
  const lines = [`curl${flag} http://localhost:8080${filled}`];
  if (operation.security === undefined) lines.push(`-H "Authorization: Bearer $SEKHA_API_KEY"`);
  const content = operation.requestBody?.content;
  const json = content?.["application/json"]?.schema;
  if (json !== undefined && Object.keys(json).length > 0) {
    lines.push(`--json '${JSON.stringify(exampleOf(json, components))}'`);
  } else if (content !== undefined) {
    lines.push("--data-binary @FILE");
  }
  return lines.join(" \\\n  ");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
