import { spawnSync } from "node:child_process";
import { Ajv } from "ajv";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { StatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import { Ingress } from "kubernetes-models/networking.k8s.io/v1/Ingress";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Service } from "kubernetes-models/v1/Service";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { where } from "../support/skipping.ts";
import { has, REPOSITORY, read } from "./repository.ts";

const MODELS = {
  ConfigMap,
  Deployment,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
  StatefulSet,
};
const GO = where(
  has("go"),
  "Go with sprig, which renders charts as Helm does",
  "apt-get install --no-install-recommends golang-go golang-github-masterminds-sprig-dev golang-gopkg-yaml.v3-dev",
);

interface Rendered {
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: what stands there is what the tests look at
  spec: any;
}

function render(values: object): { status: number | null; errors: string; objects: Rendered[] } {
  const { status, stdout, stderr } = spawnSync(
    "go",
    ["run", "test/support/helm/render.go", "deploy/helm/sekha", "demo"],
    {
      cwd: REPOSITORY,
      encoding: "utf8",
      input: JSON.stringify(values),
      env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" },
    },
  );
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
  return { status, errors: stderr, objects };
}

function rendered(values: object): Rendered[] {
  const { status, errors, objects } = render(values);
  expect(errors).toBe("");
  expect(status).toBe(0);
  for (const object of objects) {
    if (object.kind === "ServiceMonitor") continue;
    const Model = MODELS[object.kind as keyof typeof MODELS];
    expect(Model, object.kind).toBeDefined();
    // Throws with the place where it is not what Kubernetes' own schema says.
    new Model(object as never).validate();
  }
  return objects;
}

function find(objects: Rendered[], kind: string, suffix: string): Rendered {
  const found = objects.find((one) => one.kind === kind && one.metadata.name.endsWith(suffix));
  if (found === undefined) throw new Error(`no ${kind} …${suffix}`);
  return found;
}

describe("values of the chart", () => {
  const validate = new Ajv({ strict: false }).compile(
    JSON.parse(read("deploy/helm/sekha/values.schema.json")),
  );
  test("the defaults are what the schema allows", () => {
    expect(
      validate(parse(read("deploy/helm/sekha/values.yaml"))),
      JSON.stringify(validate.errors),
    ).toBe(true);
  });
  test.each([
    ["a misspelled key", { controler: {} }],
    ["no replica", { controller: { replicas: 0 } }],
    [
      "a database in the configuration, where the chart sets it",
      { config: { database_url: "sqlite://x" } },
    ],
    ["a ChromaDB without a scheme", { chroma: { url: "chroma:8000" } }],
    ["a size without a unit", { controller: { persistence: { size: "20" } } }],
    [
      "a controller whose memory goes with its pod",
      { controller: { persistence: { enabled: false } } },
    ],
  ])("%s is refused", (_, values) => {
    expect(validate(values)).toBe(false);
  });
});

GO.describe("the chart, rendered", () => {
  GO.test(
    "with nothing set: one controller on a volume of its own, one bridge, both without rights",
    () => {
      const objects = rendered({});
      const controller = find(objects, "StatefulSet", "controller");
      const bridge = find(objects, "StatefulSet", "bridge");
      for (const { spec } of [controller, bridge]) {
        expect(spec.volumeClaimTemplates).toHaveLength(1);
        expect(spec.volumeClaimTemplates[0].metadata.name).toBe("data");
        expect(spec.template.spec.volumes.map(({ name }: { name: string }) => name)).not.toContain(
          "data",
        );
      }
      for (const pod of [controller, bridge].map(({ spec }) => spec.template.spec)) {
        expect(pod.securityContext.runAsNonRoot).toBe(true);
        expect(pod.automountServiceAccountToken).toBe(false);
        const [container] = pod.containers;
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        });
        expect(container.readinessProbe.httpGet.path).toBe("/health");
        expect(container.startupProbe).toBeDefined();
        expect(container.livenessProbe).toBeDefined();
      }
      expect(objects.map(({ kind }) => kind).sort()).toEqual([
        "ConfigMap",
        "NetworkPolicy",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PodDisruptionBudget",
        "Service",
        "Service",
        "StatefulSet",
        "StatefulSet",
      ]);
    },
  );

  GO.test("with PostgreSQL: as many controllers as wanted, and its address from a Secret", () => {
    const objects = rendered({
      postgres: { urlSecret: "memory-db" },
      controller: { replicas: 3 },
      secretRef: "keys",
    });
    const { spec } = find(objects, "Deployment", "controller");
    expect(spec.replicas).toBe(3);
    const [container] = spec.template.spec.containers;
    expect(container.env).toContainEqual({
      name: "DATABASE_URL",
      valueFrom: { secretKeyRef: { name: "memory-db", key: "url" } },
    });
    expect(container.envFrom).toEqual([{ secretRef: { name: "keys" } }]);
  });

  GO.test("with the proxy: one, on a volume of its own, that reaches controller and bridge", () => {
    const objects = rendered({
      proxy: { enabled: true },
      secretRef: "keys",
      networkPolicy: { allowFrom: [{ podSelector: {} }] },
    });
    const { spec } = find(objects, "StatefulSet", "proxy");
    expect(spec.volumeClaimTemplates).toHaveLength(1);
    const [container] = spec.template.spec.containers;
    expect(container.env).toContainEqual({
      name: "CONTROLLER_URL",
      value: "http://demo-sekha-controller:8080",
    });
    expect(find(objects, "Service", "proxy").spec.ports[0].port).toBe(8081);
    for (const name of ["controller", "bridge"]) {
      const peers = find(objects, "NetworkPolicy", name).spec.ingress[0].from;
      expect(JSON.stringify(peers)).toContain('"app.kubernetes.io/component":"proxy"');
    }
    const { errors } = render({ proxy: { enabled: true } });
    expect(errors).toContain("needs secretRef");
  });

  GO.test("several controllers on SQLite are refused with what to do", () => {
    const { status, errors } = render({ controller: { replicas: 2 } });
    expect(status).not.toBe(0);
    expect(errors).toContain("needs postgres.urlSecret");
  });

  GO.test(
    "with everything: ingress with TLS, a ChromaDB, a service monitor; no secret in clear [req:deploy.helm]",
    () => {
      const objects = rendered({
        config: {
          log_level: "debug",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference that Sekha expands
          llm_providers: [{ id: "a", provider_type: "openai", api_key: "${OPENAI_API_KEY}" }],
        },
        chroma: { url: "http://chroma:8000", tokenSecret: "chroma" },
        ingress: { enabled: true, className: "nginx", tlsSecret: "tls", annotations: { a: "b" } },
        serviceMonitor: { enabled: true, keySecret: "metrics" },
        controller: {
          nodeSelector: { disk: "ssd" },
          tolerations: [{ key: "memory", operator: "Exists" }],
          persistence: { existingClaim: "old" },
        },
        imagePullSecrets: [{ name: "registry" }],
      });
      expect(find(objects, "Ingress", "sekha").spec.tls).toHaveLength(1);
      const { spec } = find(objects, "StatefulSet", "controller");
      expect(spec.template.spec.nodeSelector).toEqual({ disk: "ssd" });
      expect(spec.template.spec.volumes).toContainEqual({
        name: "data",
        persistentVolumeClaim: { claimName: "old" },
      });
      const map = find(objects, "ConfigMap", "sekha") as unknown as {
        data: Record<string, string>;
      };
      expect(parse(map.data["config.yaml"] ?? "")).toMatchObject({ log_level: "debug" });
      expect(
        find(objects, "ServiceMonitor", "sekha").spec.endpoints[0].authorization.credentials.name,
      ).toBe("metrics");
    },
  );

  GO.test(
    "the bridge's costs are kept on a volume, unless they need not be [req:deploy.helm-costs]",
    () => {
      const own = find(
        rendered({ bridge: { replicas: 2, persistence: { size: "2Gi", storageClass: "fast" } } }),
        "StatefulSet",
        "bridge",
      );
      expect(own.spec.serviceName).toBe("demo-sekha-bridge");
      expect(own.spec.volumeClaimTemplates[0].spec).toEqual({
        accessModes: ["ReadWriteOnce"],
        storageClassName: "fast",
        resources: { requests: { storage: "2Gi" } },
      });
      const claimed = rendered({ bridge: { persistence: { existingClaim: "costs" } } });
      const { spec } = find(claimed, "Deployment", "bridge");
      expect(spec.strategy).toEqual({ type: "Recreate" });
      expect(spec.template.spec.volumes).toContainEqual({
        name: "data",
        persistentVolumeClaim: { claimName: "costs" },
      });
      const passing = rendered({ bridge: { persistence: { enabled: false } } });
      expect(find(passing, "Deployment", "bridge").spec.template.spec.volumes).toContainEqual({
        name: "data",
        emptyDir: {},
      });
      const shared = render({ bridge: { replicas: 2, persistence: { existingClaim: "costs" } } });
      expect(shared.status).not.toBe(0);
      expect(shared.errors).toContain("each keeps costs of its own");
    },
  );

  GO.test("without the bridge nothing refers to it", () => {
    const objects = rendered({ bridge: { enabled: false }, networkPolicy: { enabled: false } });
    expect(JSON.stringify(objects)).not.toContain("demo-sekha-bridge");
  });
});
