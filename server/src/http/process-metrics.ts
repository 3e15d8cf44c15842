import type { Registry } from "prom-client";
import eventLoopLag from "prom-client/lib/metrics/eventLoopLag.js";
import heapSizeAndUsed from "prom-client/lib/metrics/heapSizeAndUsed.js";
import heapSpacesSizeAndUsed from "prom-client/lib/metrics/heapSpacesSizeAndUsed.js";
import osMemoryHeap from "prom-client/lib/metrics/osMemoryHeap.js";
import processCpuTotal from "prom-client/lib/metrics/processCpuTotal.js";
import processHandles from "prom-client/lib/metrics/processHandles.js";
import processMaxFileDescriptors from "prom-client/lib/metrics/processMaxFileDescriptors.js";
import processOpenFileDescriptors from "prom-client/lib/metrics/processOpenFileDescriptors.js";
import processRequests from "prom-client/lib/metrics/processRequests.js";
import processResources from "prom-client/lib/metrics/processResources.js";
import processStartTime from "prom-client/lib/metrics/processStartTime.js";
import version from "prom-client/lib/metrics/version.js";

/**
 * Figures of the process as prom-client names them, without `nodejs_gc_duration_seconds`: to be told of every garbage
 * collection costs a bridge one percent of its CPU.
 */
export function collectProcessMetrics(registry: Registry): void {
  const collectors = [
    ...[processCpuTotal, processStartTime, osMemoryHeap, processOpenFileDescriptors],
    ...[processMaxFileDescriptors, eventLoopLag, processResources, processHandles],
    ...[processRequests, heapSizeAndUsed, heapSpacesSizeAndUsed, version],
  ];
  for (const collect of collectors) collect(registry, { eventLoopMonitoringPrecision: 10 });
}
