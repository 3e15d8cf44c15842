import type { Environment } from "./expand-variables.ts";
import { type ServiceName, serviceNames } from "./server-section.ts";
import { type MapNode, nodeAt, type SourceNode } from "./source-node.ts";

interface ServiceSources {
  file: MapNode;
  environment: Environment;
  overrides: Readonly<Record<string, unknown>>;
}

/**
 * The service, when this process runs exactly one. Needed before the sources are merged: the
 * meaning of HOST, PORT and v1's server_port depends on it.
 */
export function soleService(sources: ServiceSources): ServiceName | undefined {
  const names = [...new Set(writtenServices(sources))];
  const [first] = names;
  return names.length === 1 ? serviceNames.find((name) => name === first) : undefined;
}

function writtenServices({ file, environment, overrides }: ServiceSources): string[] {
  const option = overrides.services;
  if (Array.isArray(option)) return option.map(String);
  const variable = environment.SEKHA__SERVICES || environment.SEKHA_SERVICES;
  const text = variable || scalarText(nodeAt(file, ["services"]));
  if (text !== undefined && text !== "") return text.match(/\w+/g) ?? [];
  const list = nodeAt(file, ["services"]);
  return list?.kind === "list" ? list.items.map((item) => scalarText(item) ?? "") : [];
}

function scalarText(node: SourceNode | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}
